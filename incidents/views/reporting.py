"""上报事件: place, type, note and candidates; the type's action card stands there before anything is sent."""

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from exam_ops.core import access
from exam_ops.core.models import RoomSession, SiteUnit
from exam_ops.rules.catalogue import INCIDENT_TYPES, Group
from exam_ops.rules.text import Text
from incidents import selectors, words
from incidents.forms import ReportForm
from incidents.models import Incident
from incidents.services import acts, contacts, opening
from incidents.views import card
from incidents.views.opening import OpeningPage, PlacedPage, people_of, place_context
from incidents.views.places import Place


class ReportPage(PlacedPage):
    """What the form and its fragments share: the place, the form, the card."""

    action = "incident.open"

    def form(self, place: Place, **kwargs: Any) -> ReportForm:
        return ReportForm(
            kinds=selectors.kinds_for(self.actor),
            people=people_of(place.session),
            may_declare=self.may_declare(place),
            **kwargs,
        )

    def may_declare(self, place: Place) -> bool:
        target = place.session or place.site_unit
        return target is not None and access.refused(self.actor, "incident.escalate", target) is None

    def card(self, code: str, place: Place) -> dict[str, Any] | None:
        kind = INCIDENT_TYPES.get(code)
        if kind is None:
            return None
        branch = place.site_unit.site.branch if place.site_unit else None
        at = place.plan.plan_time(self.now) if place.plan else self.now
        return card.build(kind, self.actor, contacts=contacts.for_card(kind, branch, plan_now=at))


class IncidentNew(ReportPage, OpeningPage):
    template = "incidents/new.html"
    kind = "incident-page"
    opened = Text("已上报：{number}", "Reported: {number}")

    def get(self, request: HttpRequest) -> HttpResponseBase:
        place = self.place(request.GET)
        chosen = {name: request.GET[name] for name in ("type", "note") if name in request.GET}
        return self.draw(place, self.form(place, initial=chosen))

    def open(self, site_unit: SiteUnit, session: RoomSession | None, said: dict[str, Any]) -> Incident:
        incident = opening.open_or_join(
            type=said["type"],
            site_unit=site_unit,
            room_session=session,
            sittings=list(people_of(session).filter(pk__in=said["sittings"])),
            note=said["note"],
            occurred_at=site_unit.unit.plan.plan_time(self.now),
            actor=self.actor.user,
            now=self.now,
            report_id=said["id"],
        )
        if said.get("declared_major"):
            acts.declare_major(incident, note=said["note"], actor=self.actor.user, now=self.now)
        return incident

    def lead(self, told: dict[str, Any]) -> HttpResponseBase:
        return redirect("incident-detail", pk=told["pk"])

    def beside(self, place: Place, form: BaseForm) -> dict[str, Any]:
        chosen = form["type"].value() or ""
        return {"groups": self.groups(), "card": self.card(chosen, place), "chosen": chosen}

    def groups(self) -> list[dict[str, Any]]:
        """The catalogue by group, as the form offers it."""
        kinds = selectors.kinds_for(self.actor)
        found = [
            {"label": words.GROUPS[group], "kinds": [kind for kind in kinds if kind.group is group]}
            for group in Group
        ]
        return [group for group in found if group["kinds"]]


class IncidentCard(ReportPage):
    """Fragment: the action card of `type`, before anything is sent."""

    template = "incidents/_card_preview.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.show({"card": self.card(request.GET.get("type", ""), self.place(request.GET))})


class IncidentPlace(ReportPage):
    """Fragment: the place's choices and the room's candidates after one of them changed."""

    template = "incidents/_place.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        place = self.place(request.GET)
        form = self.form(place, initial={"sittings": request.GET.getlist("sittings")})
        return self.show(place_context(place, form) | {"form": form})
