"""应急任务 as a workbook: who owed evidence, why, what met it, what was said of it (C14)."""

from django.http import HttpRequest, HttpResponse

from exam_ops.core import events
from exam_ops.core.errors import NotFound
from exam_ops.core.language import say
from exam_ops.core.pages import Page
from exam_ops.office import workbooks
from exam_ops.office.selectors import evidence_duties
from exam_ops.office.views.downloads import download
from incidents import duty_list_selectors
from incidents.forms_review import DutyQuery


class EvidenceDutiesExport(Page):
    """The list as it is filtered; that it was taken out is on record."""

    action = duty_list_selectors.SEE

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = DutyQuery(request.GET).named()
        plans = duty_list_selectors.plans_of(self.actor)
        plan = plans.filter(code=asked["plan"]).first() if asked["plan"] else plans.first()
        if plan is None:
            raise NotFound()
        rows = list(evidence_duties.listed(self.actor, plan, asked))
        events.record(
            "duty.listed",
            now=self.now,
            actor=self.actor.user,
            plan=plan,
            subject=asked["unit"],
            rows=len(rows),
        )
        headers = [say(header) for header in evidence_duties.HEADERS]
        return download(workbooks.table(plan.code[:31], headers, rows), f"evidence-duties-{plan.code}.xlsx")
