"""The candidate's wish to be checked by hand, set on the candidate's page (E9)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.models import Sitting
from exam_ops.core.pages import Page
from verification.services import manual_checks


class ManualCheck(Page):
    """POST `wish`: 1 records it, anything else withdraws it."""

    action = manual_checks.ACTION

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect("sitting-detail", pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        sitting = access.get(self.actor, Sitting, self.action, pk=pk)
        wish = request.POST.get("wish") == "1"
        try:
            manual_checks.choose(sitting, wish, actor=self.actor.user, now=self.now)
        except Refusal as refusal:
            self.warn(refusal)
        else:
            said = (
                gettext("已登记：考生选择人工核验。") if wish else gettext("已撤回人工核验，仍可人脸识别。")
            )
            self.tell(said)
        return redirect("sitting-detail", pk)
