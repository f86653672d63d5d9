"""What support does at the desk: take, tick a step, give back, pass on to headquarters (A1)."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from exam_ops.core import access
from exam_ops.core.errors import Invalid, Refusal
from exam_ops.rules.text import Text
from exam_ops.workbench.forms import PassOnForm
from exam_ops.workbench.views.support.queue import DeskPage
from exam_ops.workbench.views.system import back
from incidents.forms import show_refusal
from incidents.models import Incident
from incidents.services import acts, desk

_TAKEN = Text(
    "{number} 由您处理。请按处置卡逐步完成。", "{number} is yours. Go through its action card step by step."
)
_GIVEN_BACK = Text("{number} 已交回队列。", "{number} is back in the queue.")
_PASSED_ON = Text("{number} 已转交总部技术支持。", "{number} stands at headquarters' desk now.")


class DeskAct(DeskPage):
    """An act on one incident, sent from the desk's page; looked at, it leads back there."""

    action = "desk.take"

    def incident(self, pk: int) -> Incident:
        rows = Incident.objects.select_related("site_unit__unit__plan", "site_unit__site")
        return access.get(self.actor, Incident, self.action, rows, pk=pk)

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("support-desk")

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        incident = self.incident(pk)
        try:
            if said := self.do(incident):
                self.tell(said.format(number=incident.number))
        except Refusal as refusal:
            self.warn(refusal)
        return redirect(back(request, "support-desk"))

    def do(self, incident: Incident) -> Text | None:
        """Carries the act out; what to say of it."""
        raise NotImplementedError


class Taking(DeskAct):
    """Support says "mine"; the second is told who has it."""

    def do(self, incident: Incident) -> Text | None:
        desk.take(incident, actor=self.actor.user, now=self.now)
        return _TAKEN


class Ticking(DeskAct):
    """Ticks a step of the card at the desk."""

    def do(self, incident: Incident) -> Text | None:
        acts.tick(incident, self.request.POST.get("step", "")[:40], actor=self.actor.user, now=self.now)
        return None


class GivingBack(DeskAct):
    def do(self, incident: Incident) -> Text | None:
        note = self.request.POST.get("note", "")[:2000]
        desk.give_back(incident, note=note, actor=self.actor.user, now=self.now)
        return _GIVEN_BACK


class PassingOn(DeskAct):
    """To headquarters' desk, with what has been tried; refused, the page comes back with what was typed."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        incident, form = self.incident(pk), PassOnForm(request.POST)
        if not form.is_valid():
            return self.draw_refused(incident, form, status=422)
        try:
            desk.pass_on(incident, note=form.cleaned_data["note"], actor=self.actor.user, now=self.now)
        except Invalid as refusal:
            show_refusal(form, refusal)
            return self.draw_refused(incident, form, status=refusal.status)
        except Refusal as refusal:
            self.warn(refusal)
            return redirect("support-desk")
        self.tell(_PASSED_ON.format(number=incident.number))
        return redirect("support-desk")
