"""来电登记: support opens an incident for somebody who rings (A1)."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from exam_ops.core.models import RoomSession, SiteUnit
from exam_ops.rules.text import Text
from exam_ops.workbench.forms import CallForm
from incidents.models import Incident
from incidents.services import desk
from incidents.views.opening import OpeningPage, people_of
from incidents.views.places import Place


class SupportCall(OpeningPage):
    """Who calls, from where, about what; one incident for the room, whoever else reports it."""

    action = "desk.open"
    template = "workbench/support_call.html"
    kind = "support-call"
    opened = Text("已登记：{number}。", "Written down: {number}.")

    def get(self, request: HttpRequest) -> HttpResponseBase:
        place = self.place(request.GET)
        return self.draw(place, self.form(place))

    def form(self, place: Place, **kwargs: Any) -> CallForm:
        return CallForm(people=people_of(place.session), **kwargs)

    def open(self, site_unit: SiteUnit, session: RoomSession | None, said: dict[str, Any]) -> Incident:
        return desk.open_for_caller(
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

    def lead(self, told: dict[str, Any]) -> HttpResponseBase:
        return redirect("support-desk")
