"""编排检查 as a workbook (C9)."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from exam_ops.core import access, events, policies
from exam_ops.core.errors import NotFound
from exam_ops.core.language import say
from exam_ops.core.models import TimeUnit
from exam_ops.core.pages import Page
from exam_ops.office import workbooks
from exam_ops.office.selectors import roster_check
from exam_ops.office.views.downloads import download
from proctors.roster_query import RosterQuery
from proctors.selectors.roster_check import SEE


class RosterCheckExport(Page):
    """The check as it is filtered, always by site; that it was taken out is on record."""

    action = SEE

    def get(self, request: HttpRequest) -> HttpResponse:
        query = RosterQuery.of(request.GET)
        units = access.visible(self.actor, TimeUnit, SEE).select_related("plan").order_by("start", "code")
        if query.plan:
            units = units.filter(plan__code=query.plan)
        found = list(units)
        if not found:
            raise NotFound()
        plan = found[-1].plan
        own = [unit for unit in found if unit.plan_id == plan.pk]
        shown = query.units(own, plan.plan_time(self.now))
        asked = replace(query.asked(self.actor, plan, shown), by_branch=False)
        rows = list(roster_check.listed(self.actor, asked, query, policy=policies.of(plan), now=self.now))
        events.record(
            "roster.listed",
            now=self.now,
            actor=self.actor.user,
            plan=plan,
            subject=query.branch,
            rows=len(rows),
        )
        headers = [say(header) for header in roster_check.HEADERS]
        return download(workbooks.table(plan.code[:31], headers, rows), f"roster-check-{plan.code}.xlsx")
