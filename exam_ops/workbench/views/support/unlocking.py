"""The ways out for whoever can't sign in: a one-time code for a proctor, the lock of a ticket at a machine (E11)."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from client_support.services import locks
from exam_ops.core import access, codes
from exam_ops.core.errors import Refusal
from exam_ops.core.models import Sitting, User
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from exam_ops.workbench import services
from exam_ops.workbench.views.system import back

_LIFTED = Text(
    "准考证 {ticket} 在机器 {machine} 上已解锁，可以马上重新登录。",
    "Ticket {ticket} is unlocked at machine {machine} and may log in again at once.",
)


class AccountCode(Page):
    """Issues a one-time code and shows it this once; the account's locks are lifted with it."""

    action = "account.one_time_code"
    template = "workbench/support_code.html"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        account = access.get(self.actor, User, self.action, pk=pk)
        try:
            text = services.issue_code(account, actor=self.actor.user, now=self.now)
        except Refusal as refusal:
            self.warn(refusal)
            return redirect(back(request, "home"))
        context = {
            "account": account,
            "code": text,
            "until": self.now + codes.LIFE,
            "minutes": int(codes.LIFE.total_seconds() // 60),
        }
        response = self.show(context)
        response["Cache-Control"] = "no-store"
        return response


class SittingUnlock(Page):
    """Lifts the lock of a sitting's ticket at one machine."""

    action = "account.unlock"

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        rows = Sitting.objects.select_related("site_unit__unit__plan")
        sitting = access.get(self.actor, Sitting, self.action, rows, pk=pk)
        machine_id = request.POST.get("machine", "")[:64]
        locks.lift(sitting, machine_id, actor=self.actor.user, now=self.now)
        self.tell(_LIFTED.format(ticket=sitting.ticket_no, machine=machine_id))
        return redirect(back(request, "home"))
