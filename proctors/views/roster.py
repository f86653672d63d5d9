"""监考编排: which rooms have their proctors, and what may still be changed until when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from exam_ops.core import access, policies
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotAllowed
from exam_ops.core.examclock import exam_clock
from exam_ops.core.models import ExamPlan, ExamSite, RoomSession, SiteUnit, TimeUnit
from exam_ops.rules.policy import Policy
from exam_ops.rules.proctor_changes import ChangeWindow, change_window, holds_until
from proctors import words
from proctors.selectors import grid, short_rooms
from proctors.services import asking
from proctors.views.choosing import ByPlan

SITES_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Window:
    """What may be done with a roster now, in words, and until when (plan time; None: for good)."""

    label: Any
    sentence: Any
    tone: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site of the overview: how many rooms it has in the unit, and how many are short."""

    site_unit: SiteUnit
    rooms: int
    short: int


class Roster(ByPlan):
    """One site's grid; or, with several sites in scope, the sites with their short rooms first."""

    action = "roster.see"
    template = "proctors/roster.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        scope = access.visible(self.actor, SiteUnit, self.action)
        plans = self.plans_of(scope)
        plan = self.plan_of(plans, scope)
        if plan is None:
            return self.show({"plans": []})
        self.about(plan)
        units = list(TimeUnit.objects.filter(plan=plan, site_units__in=scope).distinct())
        unit = self.unit_of(units, plan)
        rows = scope.filter(unit=unit).select_related("site__branch", "unit__plan")
        context = {"plans": plans, "plan": plan, "units": units, "unit": unit, "policy": policies.of(plan)}
        site_unit = self.site_unit_of(rows)
        return self.show(
            {**context, **(self.rooms(site_unit, plan) if site_unit else self.sites(rows, plan))}
        )

    def site_unit_of(self, rows: QuerySet[SiteUnit]) -> SiteUnit | None:
        asked = self.request.GET.get("site")
        if asked:
            access.get(self.actor, ExamSite, "site.see", code=asked)
            return rows.filter(site__code=asked).first()
        return rows.first() if rows.count() == 1 else None

    def rooms(self, site_unit: SiteUnit, plan: ExamPlan) -> dict[str, Any]:
        policy = policies.of(plan)
        rooms = grid(site_unit, needed=policy.proctors_per_room)
        short = sum(1 for room in rooms if room.is_short)
        return {
            "site_unit": site_unit,
            "clock": exam_clock(site_unit, plan, self.now),
            "rooms": rooms,
            "short": short,
            "full": len(rooms) - short,
            "window": window_of(site_unit, plan, policy, self.now),
            "ask_label": ask_label(self.actor, site_unit, self.now),
        }

    def sites(self, rows: QuerySet[SiteUnit], plan: ExamPlan) -> dict[str, Any]:
        policy = policies.of(plan)
        if asked := self.request.GET.get("q", "").strip():
            rows = rows.filter(Q(site__name__icontains=asked) | Q(site__code__iexact=asked))
        short = short_rooms(rows, needed=policy.proctors_per_room)
        per_site = dict(short.order_by().values_list("site_unit").annotate(n=Count("pk")))
        ordered = rows.annotate(size=Count("room_sessions")).order_by("site__branch__code", "site__code")
        listed = [SiteRow(s, s.size, per_site.get(s.pk, 0)) for s in ordered]
        listed.sort(key=lambda row: -row.short)
        page = Paginator(listed, SITES_PER_PAGE).get_page(self.request.GET.get("page"))
        return {"page": page, "q": asked, "short": sum(per_site.values()), "short_sites": len(per_site)}


def window_of(site_unit: SiteUnit, plan: ExamPlan, policy: Policy, now: datetime) -> Window:
    """What may be done with the roster of a site unit at `now`."""
    at = plan.plan_time(now)
    found = change_window(start=site_unit.start, now=at, policy=policy)
    closed = found is ChangeWindow.CLOSED
    until = None if closed else holds_until(found, start=site_unit.start, policy=policy).at
    label, sentence, tone = words.WINDOWS[found]
    return Window(label, sentence, tone, until)


def ask_label(actor: Actor, site_unit: SiteUnit, now: datetime) -> str:
    """The button beside each room, or nothing where the actor may not ask now."""
    try:
        _, window = asking.asker_window(actor, RoomSession(site_unit=site_unit), now=now)
    except NotAllowed:
        return ""
    return {
        ChangeWindow.FREE: gettext("修改监考"),
        ChangeWindow.BRANCH_APPROVAL: gettext("申请变更"),
        ChangeWindow.EMERGENCY: gettext("紧急更换"),
    }.get(window, "")
