"""考务管理 → 考试计划: the list, and one plan with its units, deadlines, sites and papers."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.models import ExamPlan
from exam_ops.core.pages import Page
from exam_ops.office.forms import PlanFilter
from exam_ops.office.selectors import plans as selectors

PLANS_PER_PAGE = 30
SITES_PER_PAGE = 50

KINDS = {
    ExamPlan.Kind.REAL: (_("正式考试"), "good"),
    ExamPlan.Kind.MOCK: (_("模拟考试"), "info"),
    ExamPlan.Kind.DRILL: (_("演练"), "watch"),
}


class PlanList(Page):
    action = "plan.see"
    template = "office/plan_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = PlanFilter(request.GET)
        asked = form.cleaned_data if form.is_valid() else {}
        found = selectors.plans(self.actor, kind=asked.get("kind", ""), words=asked.get("words", ""))
        page = Paginator(found, PLANS_PER_PAGE).get_page(request.GET.get("page"))
        return self.show(
            {
                "filter": form,
                "is_filtered": any(asked.values()),
                "page": page,
                "lines": [
                    (line, *KINDS[ExamPlan.Kind(line.plan.kind)])
                    for line in selectors.plan_lines(self.actor, page)
                ],
                "may_load": self.actor.may("plan.load"),
            }
        )


class PlanDetail(Page):
    action = "plan.see"
    template = "office/plan_detail.html"

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        plan = access.get(self.actor, ExamPlan, self.action, code=code)
        self.about(plan)
        units = selectors.unit_lines(self.actor, plan, now=self.now)
        sites = selectors.sites_of(self.actor, plan)
        page = Paginator(sites, SITES_PER_PAGE).get_page(request.GET.get("page"))
        label, tone = KINDS[ExamPlan.Kind(plan.kind)]
        return self.show(
            {
                "plan": plan,
                "kind_label": label,
                "kind_tone": tone,
                "clock": selectors.clock_of(plan, units, now=self.now),
                "units": units,
                "counts": self.counts(units, page.paginator.count, plan),
                "page": page,
                "sites": selectors.site_lines(self.actor, plan, page),
                "papers": plan.papers.order_by("number"),
                "may_load": self.actor.may("plan.load"),
                "may_tell": self.actor.may("students.tell"),
            }
        )

    def counts(self, units: list[selectors.UnitLine], sites: int, plan: ExamPlan) -> list[dict[str, Any]]:
        return [
            {"key": "units", "label": _("时间单元"), "value": len(units)},
            {"key": "sites", "label": _("考点"), "value": f"{sites:,}"},
            {"key": "sessions", "label": _("场次"), "value": f"{sum(line.rooms for line in units):,}"},
            {"key": "sittings", "label": _("科次"), "value": f"{sum(line.sittings for line in units):,}"},
            {"key": "papers", "label": _("试卷"), "value": plan.papers.count()},
        ]
