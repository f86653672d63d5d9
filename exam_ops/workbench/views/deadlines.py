"""期限总览: all deadlines of a day with countdown, carried out, late, skipped, failed; down to the site units."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, Subquery, Value
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.models import Branch, DeadlineRecord, ExamPlan, ExamSite, SiteUnit
from exam_ops.core.pages import Page
from exam_ops.rules import deadlines as table
from exam_ops.rules.moments import BEIJING
from exam_ops.workbench.selectors import deadlines, today
from exam_ops.workbench.selectors.deadlines import Line
from exam_ops.workbench.selectors.object_dues import object_dues
from exam_ops.workbench.views.day_clock import day_clock
from exam_ops.workbench.views.live import LivePage
from incidents.models import Decision, Entry, Incident

SITES_IN_A_LIST = 300
PER_PAGE = 50
STATES: dict[str, tuple[Any, str]] = {  # state → words, chip (`due` of ui/_chip.html)
    "failed": (_("失败，自动重试"), "late"),
    "due": (_("到点，执行中"), "soon"),
    "late": (_("迟到执行"), "late"),
    "ahead": (_("未到"), "ahead"),
    "fired": (_("已执行"), "fired"),
    "skipped": (_("已跳过"), "skipped"),
}
TONES = {"failed": "trouble", "due": "watch", "late": "watch", "fired": "good"}


class Overview(LivePage):
    """The day of one plan; a plan has one clock."""

    action = "deadline.see"
    template = "workbench/deadlines.html"
    fragment = "workbench/_deadlines.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        scope = access.visible(self.actor, SiteUnit, self.action)
        nearest = today.nearest_of(self.actor, now=self.now, plan=request.GET.get("plan", "")[:40])
        if nearest is None:
            return self.answer(lambda: 0, lambda: {"address": request.get_full_path()})
        self.plan = nearest.unit.plan
        self.about(self.plan)
        self.day = parse_day(request.GET.get("day", "")) or nearest.start.astimezone(BEIJING).date()
        rows = at_place(scope, request.GET)
        return self.answer(self.mark, lambda: self.draw(scope, rows))

    def mark(self) -> Any:
        minute = (
            int(self.plan.plan_time(self.now).timestamp()) // 60
        )  # what comes is shown without an engine too
        return self.request.GET.urlencode(), minute, mark_of(self.plan, now=self.now)

    def draw(self, scope: QuerySet[SiteUnit], rows: QuerySet[SiteUnit]) -> dict[str, Any]:
        found = deadlines.lines(rows, self.plan, self.day, now=self.now)
        objects = object_dues(self.actor, self.plan, self.day, rows, now=self.now)
        state = self.request.GET.get("state", "")
        shown = [line for line in found if state not in deadlines.STATES or line.counts[state]]
        troubled = [line for line in shown if line.counts["due"] or line.counts["failed"]]
        past = [line for line in reversed(shown) if line.is_past and line not in troubled]
        return {
            "address": self.request.get_full_path(),
            "plan": self.plan,
            "day": self.day,
            "earlier": self.day - timedelta(days=1),
            "later": self.day + timedelta(days=1),
            "is_today": self.plan.plan_time(self.now).astimezone(BEIJING).date() == self.day,
            "has_any": bool(found),
            "clock": day_clock(found, self.plan, self.day, self.now),
            "counts": self.counts(found, state),
            "troubled": self.rows(troubled),
            "ahead": self.rows(line for line in shown if not line.is_past),
            "past": self.rows(past),
            "objects": objects if state in ("", "ahead", "due") else None,
            "next": next((line for line in found if not line.is_past), None),
            **choices(self, scope),
        }

    def rows(self, lines: Any) -> list[dict[str, Any]]:
        return [
            {
                "line": line,
                "chips": self.chips(line),
                "only_ahead": self.site_units(line, "") if line.counts["ahead"] == line.total else "",
            }
            for line in lines
        ]

    def chips(self, line: Line) -> list[dict[str, Any]]:
        """The states of a line, each a link to its site units."""
        return [
            {
                "state": state,
                "label": STATES[state][0],
                "due": STATES[state][1],
                "count": line.counts[state],
                "url": self.site_units(line, state),
            }
            for state in deadlines.STATES
            if line.counts[state]
        ]

    def site_units(self, line: Line, state: str) -> str:
        query = place_query(self.request.GET)
        query.update({"at": line.at.isoformat(), "state": state})
        return f"{reverse('deadline-site-units', args=[self.plan.code, line.key])}?{query.urlencode()}"

    def counts(self, found: list[Line], chosen: str) -> list[dict[str, Any]]:
        """How many deadlines of site units stand in each state; each is a filter."""
        shown = []
        for state in ("ahead", "due", "fired", "late", "failed", "skipped"):
            value = sum(line.counts[state] for line in found)
            query = self.request.GET.copy()
            query.pop("state", None)
            if state != chosen:
                query["state"] = state
            shown.append(
                {
                    "key": state,
                    "label": STATES[state][0],
                    "value": value,
                    "url": f"{reverse('deadline-overview')}?{query.urlencode()}",
                    "active": state == chosen,
                    "tone": TONES.get(state, "") if value else "",
                }
            )
        return shown


class SiteUnitsOfDeadline(Page):
    """One deadline at one instant: what became of it at each site unit, the troubled first."""

    action = "deadline.see"
    template = "workbench/deadline.html"

    def get(self, request: HttpRequest, code: str, key: str) -> HttpResponseBase:
        scope = access.visible(self.actor, SiteUnit, self.action)
        plan = ExamPlan.objects.filter(code=code, pk__in=scope.order_by().values("unit__plan")).first()
        at = parse_instant(request.GET.get("at", ""))
        if plan is None or at is None or key.partition("+")[0] not in table.BY_KEY:
            raise Http404
        self.about(plan)
        rows = at_place(scope, request.GET)
        state = request.GET.get("state", "")
        found = deadlines.site_units_at(rows, plan, key, at, now=self.now, state=state)
        ordered = found.select_related("site__branch", "unit").order_by(
            "site__branch__code", "site__code", "pk"
        )
        page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
        standings = deadlines.standings(page.object_list, plan, at, now=self.now)
        return self.show(
            {
                "plan": plan,
                "deadline": table.get(key),
                "minutes": key.partition("+")[2],
                "at": at,
                "day": at.astimezone(BEIJING).date(),
                "page": page,
                "rows": [{"standing": one, "chip": STATES[one.state]} for one in standings],
                "state": state,
                "states": [(name, words) for name, (words, _due) in STATES.items()],
                "is_ahead": plan.real_time(at) > self.now,
            }
        )


def at_place(rows: QuerySet[SiteUnit], chosen: QueryDict) -> QuerySet[SiteUnit]:
    """Those of the chosen branch and site."""
    if branch := chosen.get("branch", "")[:20]:
        rows = rows.filter(site__branch__code=branch)
    if site := chosen.get("site", "")[:20]:
        rows = rows.filter(site__code=site)
    return rows


def place_query(chosen: QueryDict) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update({name: said for name in ("branch", "site") if (said := chosen.get(name))})
    return query


def choices(page: Overview, scope: QuerySet[SiteUnit]) -> dict[str, Any]:
    """What the filters offer: plans, branches, and the sites of one branch."""
    chosen = page.request.GET
    of_plan = scope.filter(unit__plan=page.plan).order_by()
    branches = list(Branch.objects.filter(pk__in=of_plan.values("site__branch")).order_by("code"))
    branch = chosen.get("branch", "") if len(branches) > 1 else branches[0].code if branches else ""
    sites = ExamSite.objects.filter(pk__in=of_plan.values("site"), branch__code=branch).order_by("code")
    return {
        "plans": list(
            ExamPlan.objects.filter(pk__in=scope.order_by().values("unit__plan")).order_by(
                "-starts_on", "code"
            )
        ),
        "branches": branches if len(branches) > 1 else [],
        "sites": list(sites[:SITES_IN_A_LIST]) if branch else [],
        "chosen": {name: chosen.get(name, "") for name in ("branch", "site", "state")},
    }


def mark_of(plan: ExamPlan, *, now: datetime) -> Any:
    """What the page depends on, in one statement of indexed look-ups: records, retries, ladders, decisions,
    and how many deadlines have come that nobody has carried out yet."""

    def last(model: Any) -> Subquery:
        return Subquery(model.objects.order_by("-pk").values("pk")[:1])

    def size(rows: QuerySet[Any]) -> Subquery:
        one = rows.order_by().annotate(one=Value(1)).values("one")
        return Subquery(one.annotate(n=Count("pk")).values("n"))

    marks = ExamPlan.objects.filter(pk=plan.pk).annotate(
        record=last(DeadlineRecord),
        entry=last(Entry),
        decision=last(Decision),
        failing=size(DeadlineRecord.objects.filter(retry_at__isnull=False)),
        due=size(SiteUnit.objects.filter(next_due_at__lte=now)),
        climbing=size(Incident.objects.filter(next_due_at__lte=now)),
        proposed=size(Decision.objects.filter(status=Decision.Status.PROPOSED)),
    )
    names = ("record", "entry", "decision", "failing", "due", "climbing", "proposed")
    return marks.values_list("clock_offset", "policy_version", *names).first()


def parse_day(said: str) -> date | None:
    try:
        return parse_date(said[:10])
    except ValueError:
        return None


def parse_instant(said: str) -> datetime | None:
    try:
        at = parse_datetime(said[:40].replace(" ", "+"))
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
