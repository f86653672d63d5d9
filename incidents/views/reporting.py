"""上报事件: place, type, note and candidates; the type's action card stands there before anything is sent."""

from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.idempotency import once
from exam_ops.core.models import RoomSession, SiteUnit, Sitting
from exam_ops.core.pages import Page
from exam_ops.rules.catalogue import INCIDENT_TYPES, Group
from exam_ops.rules.text import Text
from incidents import selectors, words
from incidents.forms import ReportForm, show_refusal
from incidents.services import acts, contacts, opening
from incidents.views import card, places
from incidents.views.places import Place

REPORTED = Text("已上报：{number}", "Reported: {number}")


class ReportPage(Page):
    """What the form and its fragments share: the place, the form, the card."""

    action = "incident.open"

    def place(self, data: Any) -> Place:
        place = places.choose(self.actor, self.action, data, now=self.now)
        if place.plan is not None:
            self.about(place.plan)
        return place

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


class IncidentNew(ReportPage):
    template = "incidents/new.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        place = self.place(request.GET)
        chosen = {name: request.GET[name] for name in ("type", "note") if name in request.GET}
        return self.draw(place, self.form(place, initial=chosen))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        place = self.place(request.POST)
        if "refresh" in request.POST:  # without a script: show what the choice brings, send nothing
            kept = {"initial": request.POST.dict() | {"sittings": request.POST.getlist("sittings")}}
            return self.draw(place, self.form(place, **kept))
        form = self.form(place, data=request.POST)
        place_error = self.place_error(place)
        if not form.is_valid() or place_error:
            return self.draw(place, form, place_error=place_error, status=422)
        try:
            pk = self.report(place, form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self.draw(place, form, status=refusal.status)
        return redirect("incident-detail", pk=pk)

    def place_error(self, place: Place) -> dict[str, str]:
        if place.wrong:
            return {place.wrong: _("这个选项不在您的范围内，请重新选择。")}
        if place.site_unit is None:
            return {"site": _("请选择考点。")}
        if place.needs_room and place.session is None:
            return {"room": _("请选择您监考的考场。")}
        return {}

    def report(self, place: Place, said: dict[str, Any]) -> int:
        """Opens or joins, once for the form's id; returns the incident's primary key."""
        site_unit, session = place.site_unit, place.session
        assert site_unit is not None
        target = session or site_unit
        if refusal := access.refused(self.actor, self.action, target):
            raise refusal
        fields = {name: value for name, value in said.items() if name != "id"}
        fields |= {"site_unit": site_unit.pk, "room_session": session.pk if session else None}
        told, is_new = once(
            said["id"],
            kind="incident-page",
            user=self.actor.user,
            fields=fields,
            now=self.now,
            plan=site_unit.unit.plan,
            create=lambda: self.open(site_unit, session, said),
        )
        if is_new:
            self.tell(REPORTED.format(number=told["number"]))
        return int(told["pk"])

    def open(self, site_unit: SiteUnit, session: RoomSession | None, said: dict[str, Any]) -> dict[str, Any]:
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
        return {"pk": incident.pk, "number": incident.number}

    def draw(
        self,
        place: Place,
        form: ReportForm,
        *,
        place_error: dict[str, str] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        chosen = form["type"].value() or ""
        return self.show(
            place_context(place, form) | {"form": form, "place_error": place_error or {}}
            | {"groups": self.groups(form), "card": self.card(chosen, place), "chosen": chosen},
            status=status,
        )  # fmt: skip

    def groups(self, form: ReportForm) -> list[dict[str, Any]]:
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


def people_of(session: RoomSession | None) -> Any:
    """The candidates of a room by seat."""
    if session is None:
        return Sitting.objects.none()
    return session.sittings.select_related("candidate").order_by("seat_no", "pk")


def place_context(place: Place, form: BaseForm) -> dict[str, Any]:
    """The place's choices, and its candidates with what was picked before."""
    picked = {str(pk) for pk in form["sittings"].value() or []}
    people = [{"sitting": s, "picked": str(s.pk) in picked} for s in people_of(place.session)]
    return {"place": place, "people": people}
