"""监考编排: which rooms have their proctors, and what may still be changed until when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access, policies
from exam_ops.core.examclock import exam_clock
from exam_ops.core.models import ExamPlan, ExamSite, SiteUnit, TimeUnit
from exam_ops.core.pages import Page
from exam_ops.rules.policy import Policy
from exam_ops.rules.proctor_changes import ChangeWindow, change_window
from proctors.selectors import grid, short_rooms

SITES_PER_PAGE = 50

WORDS = {
    ChangeWindow.FREE: (_("可直接修改"), _("考点可以直接增改监考；之后的变更须经分部批准。"), "good"),
    ChangeWindow.BRANCH_APPROVAL: (
        _("变更须分部批准"),
        _("增改监考须提交分部批准；之后只能紧急更换。"),
        "watch",
    ),
    ChangeWindow.EMERGENCY: (
        _("只能紧急更换"),
        _("只有分部值班人员可以批准由已认证教师紧急更换；之后不再变更。"),
        "trouble",
    ),
    ChangeWindow.CLOSED: (_("已截止"), _("本单元已停止入场，监考编排不再变更。"), "quiet"),
}


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


class Roster(Page):
    """One site's grid; or, with several sites in scope, the sites with their short rooms first."""

    action = "roster.see"
    template = "proctors/roster.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        scope = access.visible(self.actor, SiteUnit, self.action)
        plans = list(
            ExamPlan.objects.filter(units__site_units__in=scope).distinct().order_by("-starts_on", "code")
        )
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

    def plan_of(self, plans: list[ExamPlan], scope: QuerySet[SiteUnit]) -> ExamPlan | None:
        """The plan asked for; else the one whose next unit is nearest, else the newest."""
        if asked := self.request.GET.get("plan"):
            return access.get(self.actor, ExamPlan, "plan.see", code=asked)
        nearest = (
            scope.filter(ends_at__gt=self.now).order_by("starts_at").values_list("unit__plan", flat=True)
        )
        first = nearest.first()
        return next((p for p in plans if p.pk == first), plans[0] if plans else None)

    def unit_of(self, units: list[TimeUnit], plan: ExamPlan) -> TimeUnit | None:
        """The unit asked for; else the running or next one, else the last."""
        asked = self.request.GET.get("unit")
        at = plan.plan_time(self.now)
        ahead = [u for u in units if u.end > at] or units[-1:]
        return next((u for u in units if u.code == asked), ahead[0] if ahead else None)

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
    until = {
        ChangeWindow.FREE: site_unit.start - policy.roster_free_until,
        ChangeWindow.BRANCH_APPROVAL: site_unit.start - policy.roster_change_until,
        ChangeWindow.EMERGENCY: site_unit.start + policy.entry_closes_after,
        ChangeWindow.CLOSED: None,
    }[found]
    label, sentence, tone = WORDS[found]
    return Window(label, sentence, tone, until)
