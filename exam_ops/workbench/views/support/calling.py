"""来电登记: support opens an incident for somebody who rings (A1)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.idempotency import once
from exam_ops.core.models import RoomSession, SiteUnit
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from exam_ops.workbench.forms import CallForm
from incidents.forms import show_refusal
from incidents.services import desk
from incidents.views import places
from incidents.views.places import Place
from incidents.views.reporting import people_of, place_context

_WRITTEN = Text("已登记：{number}。", "Written down: {number}.")


class SupportCall(Page):
    """Who calls, from where, about what; one incident for the room, whoever else reports it."""

    action = "desk.open"
    template = "workbench/support_call.html"

    def place(self, data: Any) -> Place:
        place = places.choose(self.actor, self.action, data, now=self.now)
        if place.plan is not None:
            self.about(place.plan)
        return place

    def get(self, request: HttpRequest) -> HttpResponseBase:
        place = self.place(request.GET)
        return self.draw(place, CallForm(people=people_of(place.session)))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        place = self.place(request.POST)
        if "refresh" in request.POST:  # without a script: show what the choice brings, send nothing
            kept = request.POST.dict() | {"sittings": request.POST.getlist("sittings")}
            return self.draw(place, CallForm(people=people_of(place.session), initial=kept))
        form = CallForm(request.POST, people=people_of(place.session))
        error = self.place_error(place)
        if not form.is_valid() or error:
            return self.draw(place, form, place_error=error, status=422)
        try:
            self.write(place, form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self.draw(place, form, status=refusal.status)
        return redirect("support-desk")

    def place_error(self, place: Place) -> dict[str, str]:
        if place.wrong:
            return {place.wrong: _("这个选项不在您的范围内，请重新选择。")}
        return {} if place.site_unit else {"site": _("请选择考点。")}

    def write(self, place: Place, said: dict[str, Any]) -> None:
        """Opens or joins, once for the form's id."""
        site_unit, session = place.site_unit, place.session
        assert site_unit is not None
        if refusal := access.refused(self.actor, self.action, session or site_unit):
            raise refusal
        fields = {name: value for name, value in said.items() if name != "id"}
        fields |= {"site_unit": site_unit.pk, "room_session": session.pk if session else None}
        told, is_new = once(
            said["id"],
            kind="support-call",
            user=self.actor.user,
            fields=fields,
            now=self.now,
            plan=site_unit.unit.plan,
            create=lambda: self.open(site_unit, session, said),
        )
        if is_new:
            self.tell(_WRITTEN.format(number=told["number"]))

    def open(self, site_unit: SiteUnit, session: RoomSession | None, said: dict[str, Any]) -> dict[str, Any]:
        incident = desk.open_for_caller(
            caller=desk.Caller(said["caller_name"], said["caller_phone"]),
            type=said["type"],
            site_unit=site_unit,
            room_session=session,
            sittings=list(people_of(session).filter(pk__in=said["sittings"])),
            note=said["note"],
            takes=said["takes"],
            actor=self.actor.user,
            now=self.now,
            report_id=said["id"],
        )
        return {"pk": incident.pk, "number": incident.number}

    def draw(
        self, place: Place, form: CallForm, *, place_error: dict[str, str] | None = None, status: int = 200
    ) -> HttpResponse:
        context = place_context(place, form) | {"form": form, "place_error": place_error or {}}
        return self.show(context, status=status)
