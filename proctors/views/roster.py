"""监考编排: which rooms have their proctors, and what may still be changed until when."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from exam_ops.core import access, policies
from exam_ops.core.models import ExamPlan, ExamSite, SiteUnit, TimeUnit
from proctors.selectors import short_rooms
from proctors.services.filling import ACTION
from proctors.views import grid_drawing
from proctors.views.choosing import ByPlan

SITES_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site of the overview: how many rooms it has in the unit, and how many are short."""

    site_unit: SiteUnit
    rooms: int
    short: int


class Roster(ByPlan):
    """One site's grid of a plan; or, with several sites in scope, the sites of a unit with their short rooms first."""

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
        context = {"plans": plans, "plan": plan, "units": units, "unit": unit, "policy": policies.of(plan)}
        context |= {"may_fill": self.actor.may(ACTION), "may_export": self.actor.may("change.see")}
        in_plan = scope.filter(unit__plan=plan)
        site = self.site_of(in_plan)
        if site is None:
            rows = in_plan.filter(unit=unit).select_related("site__branch", "unit__plan")
            return self.show({**context, **self.sites(rows, plan)})
        rows = in_plan.filter(site=site).select_related("site", "unit__plan").order_by("start", "unit__code")
        return self.show({**context, "site": site, **self.grid(site, plan, list(rows), unit)})

    def site_of(self, rows: QuerySet[SiteUnit]) -> ExamSite | None:
        """The site asked for, or the only one in scope."""
        if asked := self.request.GET.get("site"):
            return access.get(self.actor, ExamSite, "site.see", code=asked)
        found = list(ExamSite.objects.filter(pk__in=rows.values("site"))[:2])
        return found[0] if len(found) == 1 else None

    def grid(
        self, site: ExamSite, plan: ExamPlan, site_units: list[SiteUnit], unit: TimeUnit | None
    ) -> dict[str, Any]:
        ahead = [s for s in site_units if s.ends_at > self.now] or site_units[-1:]
        asked = (s for s in site_units if unit and s.unit_id == unit.pk)
        chosen = next(asked, ahead[0] if ahead else None)
        return grid_drawing.grid(
            site, plan, site_units, chosen, policy=policies.of(plan), actor=self.actor, now=self.now
        )

    def sites(self, rows: QuerySet[SiteUnit], plan: ExamPlan) -> dict[str, Any]:
        policy = policies.of(plan)
        if asked := self.request.GET.get("q", "").strip():
            rows = rows.filter(Q(site__name__icontains=asked) | Q(site__code__iexact=asked))
        short = short_rooms(rows, needed=policy.proctors_per_room)
        per_site = dict(short.order_by().values_list("site_unit").annotate(n=Count("pk")))
        sizes = rows.annotate(size=Count("room_sessions")).order_by("site__branch__code", "site__code")
        listed = sorted(sizes.values_list("pk", "size"), key=lambda row: -per_site.get(row[0], 0))
        page: Any = Paginator(listed, SITES_PER_PAGE).get_page(self.request.GET.get("page"))
        shown = rows.in_bulk([pk for pk, _size in page])
        page.object_list = [SiteRow(shown[pk], size, per_site.get(pk, 0)) for pk, size in page]
        return {"page": page, "q": asked, "short": sum(per_site.values()), "short_sites": len(per_site)}
