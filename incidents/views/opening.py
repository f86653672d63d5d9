"""Pages that open an incident: a place is chosen, a form about it filled in, and all is written once."""

from typing import Any, ClassVar

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.idempotency import once
from exam_ops.core.models import RoomSession, SiteUnit, Sitting
from exam_ops.core.pages import Page
from exam_ops.rules.text import Text
from incidents.forms import show_refusal
from incidents.models import Incident
from incidents.views import places
from incidents.views.places import Place


class PlacedPage(Page):
    """A page about a place that its reader chooses."""

    def place(self, data: Any) -> Place:
        place = places.choose(self.actor, self.action, data, now=self.now)
        if place.plan is not None:
            self.about(place.plan)
        return place


class OpeningPage(PlacedPage):
    """Its form is sent with an id: sent again, it opens nothing more."""

    kind: ClassVar[str]  # of what is kept under the form's id
    opened: ClassVar[Text]  # told with the number

    def post(self, request: HttpRequest) -> HttpResponseBase:
        place = self.place(request.POST)
        if "refresh" in request.POST:  # without a script: show what the choice brings, send nothing
            kept = request.POST.dict() | {"sittings": request.POST.getlist("sittings")}
            return self.draw(place, self.form(place, initial=kept))
        form = self.form(place, data=request.POST)
        place_error = self.place_error(place)
        if not form.is_valid() or place_error:
            return self.draw(place, form, place_error=place_error, status=422)
        try:
            told = self.write(place, form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
            return self.draw(place, form, status=refusal.status)
        return self.lead(told)

    def place_error(self, place: Place) -> dict[str, str]:
        if place.wrong:
            return {place.wrong: _("这个选项不在您的范围内，请重新选择。")}
        if place.site_unit is None:
            return {"site": _("请选择考点。")}
        if place.needs_room and place.session is None:
            return {"room": _("请选择您监考的考场。")}
        return {}

    def write(self, place: Place, said: dict[str, Any]) -> dict[str, Any]:
        """Opens or joins, once for the form's id; returns the incident's `pk` and `number`."""
        site_unit, session = place.site_unit, place.session
        assert site_unit is not None
        if refusal := access.refused(self.actor, self.action, session or site_unit):
            raise refusal

        def create() -> dict[str, Any]:
            incident = self.open(site_unit, session, said)
            return {"pk": incident.pk, "number": incident.number}

        fields = {name: value for name, value in said.items() if name != "id"}
        fields |= {"site_unit": site_unit.pk, "room_session": session.pk if session else None}
        told, is_new = once(
            said["id"],
            kind=self.kind,
            user=self.actor.user,
            fields=fields,
            now=self.now,
            plan=site_unit.unit.plan,
            create=create,
        )
        if is_new:
            self.tell(self.opened.format(number=told["number"]))
        return told

    def draw(
        self, place: Place, form: BaseForm, *, place_error: dict[str, str] | None = None, status: int = 200
    ) -> HttpResponse:
        context = place_context(place, form) | {"form": form, "place_error": place_error or {}}
        return self.show(context | self.beside(place, form), status=status)

    def form(self, place: Place, **kwargs: Any) -> BaseForm:
        """The form about that place."""
        raise NotImplementedError

    def open(self, site_unit: SiteUnit, session: RoomSession | None, said: dict[str, Any]) -> Incident:
        """Opens or joins the incident."""
        raise NotImplementedError

    def lead(self, told: dict[str, Any]) -> HttpResponseBase:
        """Where it goes on."""
        raise NotImplementedError

    def beside(self, place: Place, form: BaseForm) -> dict[str, Any]:
        """What else the page shows."""
        return {}


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
