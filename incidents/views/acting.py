"""Acts upon an incident: each a form of its page, that comes back as it was typed when it is refused."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from exam_ops.core.errors import NotFound, Refusal
from exam_ops.core.models import User
from incidents.forms import show_refusal
from incidents.models import Entry, Incident
from incidents.services import acts
from incidents.views.detail import IncidentPage
from incidents.views.offers import BY_KEY, Offers


class Act(IncidentPage):
    """A form of the page posted; refused, the page comes back with the form as it was typed."""

    key: ClassVar[str] = ""
    done: ClassVar[Any] = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("incident-detail", pk=pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        incident = self.incident(pk, self.action)
        form = Offers(self.actor, incident, self.now).form(BY_KEY[self.key], request.POST)
        if not form.is_valid():
            return self.draw(incident, sent={self.key: form}, status=422)
        try:
            self.do(incident, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self.draw(self.incident(pk), sent={self.key: form}, status=refusal.status)
        self.tell(self.done)
        return redirect("incident-detail", pk=pk)

    def do(self, incident: Incident, form: Any) -> Any:
        raise NotImplementedError


class Acknowledge(Act):
    action = "incident.acknowledge"
    key, done = "acknowledge", _("已确认处理，由您负责。")

    def do(self, incident: Incident, form: Any) -> Any:
        return acts.acknowledge(incident, **form.cleaned_data, actor=self.actor.user, now=self.now)


class Escalate(Act):
    action = "incident.escalate"
    key, done = "escalate", _("已上报上一级。")

    def do(self, incident: Incident, form: Any) -> Any:
        return acts.escalate(
            incident, note=form.note(), form=form.cleaned_data, actor=self.actor.user, now=self.now
        )


class Declare(Act):
    action = "incident.escalate"
    key, done = "declare", _("已声明为重大事件。")

    def do(self, incident: Incident, form: Any) -> Any:
        return acts.declare_major(incident, **form.cleaned_data, actor=self.actor.user, now=self.now)


class Update(Act):
    action = "incident.update"
    key, done = "update", _("已续报。")

    def do(self, incident: Incident, form: Any) -> Any:
        return acts.update(incident, **form.cleaned_data, actor=self.actor.user, now=self.now)


class HandOver(Act):
    action = "incident.hand_over"
    key, done = "hand-over", _("已移交，等待对方接手。")

    def do(self, incident: Incident, form: Any) -> Any:
        to, note = User.objects.get(pk=form.cleaned_data["to"]), form.cleaned_data["note"]
        return acts.hand_over(incident, to=to, note=note, actor=self.actor.user, now=self.now)


class Regrade(Act):
    action = "incident.regrade"
    key, done = "regrade", _("级别已调整。")

    def do(self, incident: Incident, form: Any) -> Any:
        return acts.regrade(incident, **form.cleaned_data, actor=self.actor.user, now=self.now)


class Strike(Act):
    action = "incident.strike"
    key, done = "strike", _("已划去，原文仍可查看。")

    def do(self, incident: Incident, form: Any) -> Any:
        entry = Entry.objects.filter(incident=incident, pk=form.cleaned_data["entry"]).first()
        if entry is None:
            raise NotFound()
        return acts.strike(entry, reason=form.cleaned_data["reason"], actor=self.actor.user, now=self.now)


class Resolve(Act):
    action = "incident.resolve"
    key, done = "resolve", _("已办结。")

    def do(self, incident: Incident, form: Any) -> Any:
        return acts.resolve(incident, **form.cleaned_data, actor=self.actor.user, now=self.now)


class Reopen(Act):
    action = "incident.reopen"
    key, done = "reopen", _("已重新打开，阶梯重新开始。")

    def do(self, incident: Incident, form: Any) -> Any:
        return acts.reopen(incident, **form.cleaned_data, actor=self.actor.user, now=self.now)


class Tick(IncidentPage):
    """Ticks a step of the card; by htmx the live part comes back, else the page."""

    action = "incident.tick"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("incident-detail", pk=pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        incident = self.incident(pk, self.action)
        acts.tick(incident, request.POST.get("step", "")[:40], actor=self.actor.user, now=self.now)
        if getattr(request, "htmx", False):
            return self.show(self.live_part(self.incident(pk)), template="incidents/_live.html")
        return redirect("incident-detail", pk=pk)
