"""Acts upon an incident: acknowledge, escalate, declare 重大, resolve, tick a step."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from exam_ops.core.errors import Refusal
from incidents.forms import AcknowledgeForm, DeclareForm, EscalateForm, ResolveForm, show_refusal
from incidents.models import Incident
from incidents.services import acts
from incidents.views.detail import IncidentPage


class Act(IncidentPage):
    """A form of the page posted; refused, the page comes back with the form as it was typed."""

    key: ClassVar[str] = ""
    form: ClassVar[type[forms.Form]]
    done: ClassVar[Any] = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return redirect("incident-detail", pk=pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        incident = self.incident(pk, self.action)
        form = self.form(request.POST, prefix=self.key)
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
    key, form, done = "acknowledge", AcknowledgeForm, _("已确认处理，由您负责。")

    def do(self, incident: Incident, form: Any) -> Any:
        return acts.acknowledge(incident, note=form.cleaned_data["note"], actor=self.actor.user, now=self.now)


class Escalate(Act):
    action = "incident.escalate"
    key, form, done = "escalate", EscalateForm, _("已上报上一级。")

    def do(self, incident: Incident, form: Any) -> Any:
        return acts.escalate(incident, note=form.note(), actor=self.actor.user, now=self.now)


class Declare(Act):
    action = "incident.escalate"
    key, form, done = "declare", DeclareForm, _("已声明为重大事件。")

    def do(self, incident: Incident, form: Any) -> Any:
        return acts.declare_major(
            incident, note=form.cleaned_data["note"], actor=self.actor.user, now=self.now
        )


class Resolve(Act):
    action = "incident.resolve"
    key, form, done = "resolve", ResolveForm, _("已办结。")

    def do(self, incident: Incident, form: Any) -> Any:
        return acts.resolve(incident, **form.cleaned_data, actor=self.actor.user, now=self.now)


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
