"""The form of a change for one room, and for the same people in other rooms and units at once."""

import uuid
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext

from exam_ops.core import access, clock, policies
from exam_ops.core.errors import NotAllowed, NotFound, Refusal
from exam_ops.core.language import say
from exam_ops.core.models import RoomSession, RosterRow
from exam_ops.core.pages import Page
from exam_ops.rules.proctor_changes import ChangeWindow
from incidents.forms import show_refusal
from proctors import words
from proctors.forms import ChangeForm
from proctors.models import ProctorChange
from proctors.selectors.changes import proctors_at, substitutes
from proctors.services import asking, telling
from proctors.services.asking import Piece
from proctors.views.grid_drawing import window_of

Status = ProctorChange.Status
WITH_PLACE = ("site_unit__unit__plan", "site_unit__site", "room")


class ProctorChangeNew(Page):
    """`room` names the room session, `outgoing` whom the form begins with."""

    action = asking.ACTION
    template = "proctors/change_new.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if "room" not in request.GET:
            return redirect("roster")
        session = self.session(request.GET["room"])
        form = self.form(session, initial={"outgoing": request.GET.get("outgoing", "")})
        return self.draw(session, form)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        session = self.session(request.POST.get("room", ""))
        form = self.form(session, data=request.POST)
        if not form.is_valid():
            return self.draw(session, form, status=422)
        try:
            told = self.ask(session, form.cleaned_data)
        except Refusal as refusal:
            self.show_refusal(form, session, refusal)
            return self.draw(session, form, status=refusal.status)
        self.tell(sentence_of(told))
        return redirect(telling.address(session.site_unit.unit.plan))

    def session(self, pk: str) -> RoomSession:
        """The room session that the form is about, if the actor may ask there."""
        if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
            raise NotFound()
        rows = RoomSession.objects.select_related(*WITH_PLACE)
        session = access.get(self.actor, RoomSession, self.action, rows, pk=int(pk))
        self.about(session.site_unit.unit.plan)
        return session

    def form(self, session: RoomSession, **kwargs: Any) -> ChangeForm:
        return ChangeForm(
            roster=list(session.roster.select_related("proctor__proctor").order_by("position")),
            substitutes=substitutes(session, now=self.now),
            others=others(session, self.now),
            **kwargs,
        )

    def ask(self, session: RoomSession, said: dict[str, Any]) -> list[str]:
        """Asks once for the form's id; returns the status of each piece."""
        rooms = [session.pk, *said.get("also", [])]
        told, _ = asking.ask_once(
            said["id"],
            [
                Piece(uuid.uuid5(said["id"], str(room)), room, said["outgoing"], said["incoming"])
                for room in rooms
            ],
            kind="proctor_change_page",
            fields={name: value for name, value in said.items() if name != "id"} | {"rooms": rooms},
            answer=lambda made: {"statuses": [str(change.status) for change in made]},
            reason=said["reason"],
            plan=session.site_unit.unit.plan,
            actor=self.actor,
            clock=clock.now,
        )
        return list(told["statuses"])

    def show_refusal(self, form: ChangeForm, session: RoomSession, refusal: Refusal) -> None:
        """The refusal beside its field; one that is about another room names it."""
        about = refusal.extra.get("room_session", session.pk)
        if about == session.pk:
            show_refusal(form, refusal)
            return
        labels = dict(form.fields["also"].choices) if "also" in form.fields else {}  # type: ignore[attr-defined]
        detail = say(refusal.errors[0].detail if refusal.errors else refusal.detail)
        form.add_error(
            "also", gettext("%(place)s：%(why)s") % {"place": labels.get(about, ""), "why": detail}
        )

    def draw(self, session: RoomSession, form: ChangeForm, *, status: int = 200) -> HttpResponse:
        site_unit = session.site_unit
        plan = site_unit.unit.plan
        window, why_not = self.window(session)
        return self.show(
            {
                "session": session,
                "site_unit": site_unit,
                "plan": plan,
                "form": form,
                "why_not": why_not,
                "window": window_of(site_unit, plan, policies.of(plan), self.now),
                "after_sending": words.AFTER_SENDING.get(window) if window else "",
                "others": [s for s in substitutes(session, now=self.now) if not s.is_free],
                "nobody": not proctors_at(session).exists(),
                "reasons": words.REASONS,
            },
            status=status,
        )

    def window(self, session: RoomSession) -> tuple[ChangeWindow | None, Any]:
        """The window in which the actor asks; or None and why not."""
        try:
            _, window = asking.asker_window(self.actor, session, now=self.now)
        except NotAllowed as refusal:
            return None, refusal.detail
        if window is ChangeWindow.CLOSED:
            return None, asking.closed(session, self.now).detail
        return window, ""


def others(session: RoomSession, now: Any) -> QuerySet[RoomSession]:
    """Rooms ahead where the same change may be wished: this room in other units, and where its proctors stand."""
    site_unit = session.site_unit
    here = session.roster.values("proctor")
    rows = RoomSession.objects.filter(
        Q(room=session.room) | Q(roster__proctor__in=here),
        site_unit__site=site_unit.site_id,
        site_unit__unit__plan=site_unit.unit.plan,
        site_unit__starts_at__gt=now,
    ).exclude(site_unit=site_unit)
    rostered = Prefetch("roster", RosterRow.objects.select_related("proctor").order_by("position"))
    found = rows.select_related(*WITH_PLACE).prefetch_related(rostered)
    return found.distinct().order_by("site_unit__start", "room__room_no")


def sentence_of(statuses: list[str]) -> str:
    n = len(statuses)
    if all(status == Status.APPLIED for status in statuses):
        return ngettext("%(n)d 项变更已生效。", "%(n)d 项变更已生效。", n) % {"n": n}
    return ngettext("%(n)d 项变更已提交分部。", "%(n)d 项变更已提交分部。", n) % {"n": n}
