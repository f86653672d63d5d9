"""应急事件: the board by level and grade, trouble first, with counts that are filters."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from exam_ops.core import access
from exam_ops.core.models import ExamPlan
from exam_ops.core.pages import Page
from exam_ops.rules.catalogue import INCIDENT_TYPES
from exam_ops.rules.escalation import Level
from exam_ops.rules.permissions import Role
from incidents import selectors, words
from incidents.models import Entry, Incident
from incidents.views import ageing

COLUMN = 60  # incidents shown per level; the rest is counted
PER_PAGE = 50
FACETS = {
    "plan": "site_unit__unit__plan__code",
    "unit": "site_unit__unit__code",
    "branch": "site_unit__site__branch__code",
    "site": "site_unit__site__code",
    "type": "type",
}
UNSOLVED = Q(status__in=[Incident.Status.OPEN, Incident.Status.ACKNOWLEDGED])
# Columns by where the reader stands: the own level first, then where it goes.
ORDER = {
    Level.SITE: (Level.SITE, Level.BRANCH, Level.HQ),
    Level.BRANCH: (Level.BRANCH, Level.HQ, Level.SITE),
    Level.HQ: (Level.HQ, Level.BRANCH, Level.SITE),
}


class IncidentList(Page):
    """The whole page; `IncidentBoard` is its live part."""

    action = "incident.see"
    template = "incidents/list.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = self.rows()
        return self.show(self.board(rows) | {"facets": self.facets(), "query": request.GET.urlencode()})

    def rows(self) -> QuerySet[Incident]:
        """The visible incidents of the chosen plan, unit, site and type; the page is about their one plan."""
        chosen = {
            lookup: value for name, lookup in FACETS.items() if (value := self.request.GET.get(name, "")[:40])
        }
        rows = access.visible(self.actor, Incident, self.action).filter(**chosen)
        plans = list(ExamPlan.objects.filter(pk__in=rows.values("site_unit__unit__plan"))[:2])
        self.plan = plans[0] if len(plans) == 1 else None
        if self.plan is not None:
            self.about(self.plan)
        return rows

    def board(self, rows: QuerySet[Incident]) -> dict[str, Any]:
        wanted = self.request.GET.get("status", "")
        grade, level = self.request.GET.get("grade", ""), self.request.GET.get("level", "")
        shown = rows.filter(status=wanted) if wanted in Incident.Status.values else rows.filter(UNSOLVED)
        if grade in {"1", "2", "3", "4"}:
            shown = shown.filter(grade=int(grade))
        context: dict[str, Any] = {"counts": self.counts(rows), "has_any": rows.exists()}
        if wanted == Incident.Status.RESOLVED:
            done = Paginator(
                selectors.with_times(shown, now=self.now).order_by("-resolved_at", "-pk"), PER_PAGE
            )
            page = done.get_page(self.request.GET.get("page"))
            return context | {"resolved": page, "lines": [self.resolved_line(row) for row in page]}
        levels = [one for one in self.order() if level not in set(Level) or one == level]
        return context | {
            "ageing": ageing.table(
                rows.filter(UNSOLVED), self.order(), self.request.GET, plan=self.plan, now=self.now
            ),
            "columns": [self.column(shown, one) for one in levels],
        }

    def order(self) -> tuple[Level, ...]:
        return ORDER[selectors.level_of(self.actor)]

    def column(self, rows: QuerySet[Incident], level: Level) -> dict[str, Any]:
        here = rows.filter(level=level)
        total = here.count()
        found = selectors.troubled_first(selectors.with_times(here, now=self.now))
        return {
            "key": level.value,
            "label": words.LEVELS[level],
            "mine": level is selectors.level_of(self.actor),
            "total": total,
            "more": max(total - COLUMN, 0),
            "lines": [selectors.line(row, self.plan) for row in found[:COLUMN]],
            "show_branch": self.actor.has(Role.HQ, Role.SUPPORT),
        }

    def resolved_line(self, row: Incident) -> dict[str, Any]:
        return selectors.line(row, self.plan) | {
            "cause": row.cause,
            "effect": row.effect,
            "by": row.resolved_by,
        }

    def counts(self, rows: QuerySet[Incident]) -> list[dict[str, Any]]:
        figures = rows.aggregate(
            unsolved=Count("pk", filter=UNSOLVED),
            open=Count("pk", filter=Q(status="open")),
            acknowledged=Count("pk", filter=Q(status="acknowledged")),
            resolved=Count("pk", filter=Q(status="resolved")),
        )
        status = self.request.GET.get("status", "")
        narrowed = status or self.request.GET.get("grade") or self.request.GET.get("level")
        shown: list[dict[str, Any]] = [
            self.count("unsolved", _("未办结"), figures["unsolved"], "", active=not narrowed)
        ]
        for key, tone in (("open", "trouble"), ("acknowledged", "watch")):
            shown.append(
                self.count(
                    key, words.STATUSES[key], figures[key], tone, {"status": key}, active=status == key
                )
            )
        key = "resolved"
        shown.append(
            self.count(key, words.STATUSES[key], figures[key], "good", {"status": key}, active=status == key)
        )
        return shown

    def count(
        self,
        key: str,
        label: Any,
        value: int,
        tone: str,
        adds: dict[str, Any] | None = None,
        *,
        active: bool,
    ) -> dict[str, Any]:
        query = QueryDict(mutable=True)
        query.update({name: said for name in FACETS if (said := self.request.GET.get(name))})
        if adds and not active:
            query.update({name: str(wanted) for name, wanted in adds.items()})
        url = reverse("incident-list") + (f"?{query.urlencode()}" if query else "")
        tone = tone if value else ""
        return {"key": key, "label": label, "value": value, "url": url, "active": active, "tone": tone}

    def facets(self) -> list[dict[str, Any]]:
        """One choice a filter: its values with how many unsolved incidents each has, the other filters laid on."""
        scope = access.visible(self.actor, Incident, self.action)
        labels = {
            "plan": _("考试计划"),
            "unit": _("时间单元"),
            "branch": _("分部"),
            "site": _("考点"),
            "type": _("事件类型"),
        }
        names = {
            "plan": "site_unit__unit__plan__name",
            "unit": "site_unit__unit__name",
            "branch": "site_unit__site__branch__name",
            "site": "site_unit__site__name",
            "type": "type",
        }
        facets = []
        for name, lookup in FACETS.items():
            others = {
                FACETS[other]: value
                for other in FACETS
                if other != name and (value := self.request.GET.get(other, "")[:40])
            }
            rows = (
                scope.filter(**others)
                .order_by(lookup)
                .values_list(lookup, names[name])
                .annotate(n=Count("pk", filter=UNSOLVED))
            )
            options = [
                {
                    "value": code,
                    "label": INCIDENT_TYPES[code].title if name == "type" else (said or code),
                    "count": n,
                }
                for code, said, n in rows
            ]
            facets.append(
                {
                    "name": name,
                    "label": labels[name],
                    "options": options,
                    "chosen": self.request.GET.get(name, ""),
                }
            )
        return facets


class IncidentBoard(IncidentList):
    """The live part of the list: counts and columns."""

    template = "incidents/_board.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = self.rows()
        last = Entry.objects.filter(incident__in=rows).aggregate(last=Max("pk"))["last"]
        offset = self.plan.clock_offset if self.plan else None
        overdue = Incident.objects.filter(next_due_at__lte=self.now).count()
        minute = int(self.now.timestamp()) // 60
        mark = (request.GET.urlencode(), last, rows.count(), offset, overdue, minute, self.actor.roles)
        return self.live(mark, lambda: self.draw(rows))

    def draw(self, rows: QuerySet[Incident]) -> HttpResponse:
        return self.show(self.board(rows) | {"query": self.request.GET.urlencode()})
