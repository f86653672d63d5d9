"""撤回照片: one picture of 应急材料 is withdrawn with a reason; it stays to be seen (C14)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from exam_ops.core import access, clock
from exam_ops.core.errors import Refusal
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from incidents import selectors
from incidents.forms import WithdrawalForm, show_refusal
from incidents.models import Evidence
from incidents.services import withdrawals

DONE = Text(
    "照片已撤回，仍保留可查；它满足的应急任务已恢复为待交（如有）。",
    "The picture is withdrawn and stays to be seen. What it met is owed again, where anything was.",
)


class EvidenceWithdraw(Page):
    """Which picture, what follows, and why."""

    action = withdrawals.ACTION
    template = "incidents/evidence_withdraw.html"

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        row = self.picture(pk)
        refusal = withdrawals.refused(row, actor=self.actor) or withdrawals.too_late(row, now=self.now)
        return self.draw(row, WithdrawalForm(), refusal, 403 if refusal else 200)

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        row = self.picture(pk)
        form = WithdrawalForm(request.POST)
        if not form.is_valid():
            return self.draw(row, form, None, 422)
        try:
            withdrawals.withdraw(row, **form.cleaned_data, actor=self.actor, now=clock.now())
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self.draw(row, form, None, refusal.status)
        self.tell(DONE)
        return redirect("evidence-room", pk=row.room_session_id)

    def picture(self, pk: UUID) -> Evidence:
        rows = Evidence.objects.select_related(*withdrawals.RELATED).prefetch_related(
            "marks__sitting__candidate"
        )
        row = access.get(self.actor, Evidence, self.action, rows, pk=pk)
        self.about(row.room_session.site_unit.unit.plan)
        return row

    def draw(self, row: Evidence, form: WithdrawalForm, refusal: Refusal | None, status: int) -> HttpResponse:
        site_unit = row.room_session.site_unit
        context = {
            "form": form,
            "row": row,
            "session": row.room_session,
            "site_unit": site_unit,
            "closes_at": selectors.closes_at(site_unit),
            "may_not": refusal.detail if refusal else None,
            "received_at": site_unit.unit.plan.plan_time(row.received_at),
            "photo_url": reverse("evidence-photo", args=[row.pk]),
            "back": reverse("evidence-room", args=[row.room_session_id]),
        }
        return self.show(context, status=status)
