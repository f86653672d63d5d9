"""The acts of the roster's grid: fill or empty a place, take it back, send what needs the branch, see who is free.

Each answers with the parts of the page that changed, swapped in by their ids (`templates/proctors/_grid_answer.html`).
"""

import json
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from exam_ops.core import access, clock, policies
from exam_ops.core.errors import NotAllowed, NotFound, Refusal
from exam_ops.core.language import say
from exam_ops.core.models import ExamPlan, ProctorProfile, RoomSession, SiteUnit, User
from exam_ops.core.pages import Page
from proctors.forms_grid import PlaceForm, RequestForm, pieces_of, unreadable
from proctors.models import ProctorChange
from proctors.selectors import grid_cells, short_rooms
from proctors.selectors.changes import Substitute, is_certified, standing_in_unit, substitutes
from proctors.selectors.recusals import recused
from proctors.services import asking, assigning, telling
from proctors.services.asking import Piece
from proctors.views import grid_drawing
from proctors.views.asking import sentence_of

WITH_PLACE = ("site_unit__unit__plan", "site_unit__site", "room")


class GridPage(Page):
    """A part of the grid of one site and plan."""

    action = asking.ACTION

    def session(self, pk: int) -> RoomSession:
        """The room session, if the actor may ask there."""
        rows = RoomSession.objects.select_related(*WITH_PLACE)
        found = access.get(self.actor, RoomSession, self.action, rows, pk=pk)
        self.about(found.site_unit.unit.plan)
        return found

    def changed(
        self,
        sessions: Iterable[int],
        people: Collection[int | None],
        *,
        undo: list[str] | None = None,
        context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What an act changed: its cells, the other cells of its people, their loads, the counts of its units."""
        accounts = {pk for pk in people if pk}
        touched = RoomSession.objects.filter(pk__in=list(sessions)).select_related(*WITH_PLACE)
        first = touched[0] if len(touched) else None
        if first is None:
            raise NotFound()
        plan, site = first.site_unit.unit.plan, first.site_unit.site
        units = {session.site_unit_id: session.site_unit for session in touched}
        ids = {session.pk for session in touched}
        for site_unit in units.values():
            ids |= grid_cells.sessions_with(accounts, site_unit)
        shown = RoomSession.objects.filter(pk__in=ids).select_related(*WITH_PLACE)
        policy = policies.of(plan)
        cells = grid_cells.cells(list(shown), needed=policy.proctors_per_room, now=self.now)
        may = {
            pk: grid_drawing.gesture_of(self.actor, unit, policy, self.now)[0] != grid_drawing.CLOSED
            for pk, unit in {session.site_unit_id: session.site_unit for session in shown}.items()
        }
        drawn = [grid_drawing.draw(cell, may=may[cell.session.site_unit_id]) for cell in cells.values()]
        return self.show(
            {
                "cells": drawn,
                "people": grid_cells.people(site, plan, only=accounts) if accounts else [],
                "full_load": SiteUnit.objects.filter(site=site, unit__plan=plan).count(),
                "shorts": self.shorts(units.values(), policy.proctors_per_room),
                "undo": self.undoable(undo or []),
                **(context or {}),
            },
            template="proctors/_grid_answer.html",
        )

    def shorts(self, site_units: Iterable[SiteUnit], needed: int) -> dict[int, int]:
        """Site unit → how many of its rooms are short now."""
        wanted = list(site_units)
        short = short_rooms(wanted, needed=needed).order_by()
        found = {site_unit.pk: 0 for site_unit in wanted}
        for pk in short.values_list("site_unit", flat=True):
            found[pk] += 1
        return found

    def undoable(self, made: list[str]) -> dict[str, Any] | None:
        """The last act in words, for the bar that takes it back."""
        if not made:
            return None
        rows = ProctorChange.objects.select_related(
            "incoming", "outgoing", "room_session__room", "site_unit__unit"
        )
        said = [
            gettext("%(unit)s %(room)s考场：%(what)s")
            % {
                "unit": str(done.site_unit.unit),
                "room": done.room_session.room.room_no,
                "what": say(telling.what(done)),
            }
            for done in rows.filter(pk__in=made).order_by("room_session__room__room_no", "position")
        ]
        return {"pk": made[0], "words": " · ".join(said)}


class RosterPlace(GridPage):
    """Fills, changes or empties a place of a unit that is free; with `also`, the other place of a swap or a move."""

    def post(self, request: HttpRequest) -> HttpResponse:
        first = PlaceForm(request.POST).piece()
        also = request.POST.getlist("also")
        pieces = [first, *(pieces_of(first.id, also) if also else [])]
        try:
            made, _ = assigning.assign(first.id, pieces, actor=self.actor, clock=clock.now)
        except asking.NeedsRequest as refusal:  # the script puts the act into the request instead
            context = {"refusal": refusal}
            answer = self.show(context, template="refusal_fragment.html", status=refusal.status)
            answer["HX-Trigger"] = "roster-needs-request"
            return answer
        people = [pk for piece in pieces for pk in (piece.outgoing, piece.incoming)]
        return self.changed([piece.room_session for piece in pieces], people, undo=made)


class RosterUndo(GridPage):
    """Takes the actor's own last act back."""

    def post(self, request: HttpRequest) -> HttpResponse:
        change, id = _uuid(request.POST.get("change", "")), _uuid(request.POST.get("id", ""))
        made, _ = assigning.undo(id, change, actor=self.actor, clock=clock.now)
        done = ProctorChange.objects.filter(pk__in=made)
        self.about(self.session(done[0].room_session_id).site_unit.unit.plan)
        people = [pk for each in done for pk in (each.incoming_id, each.outgoing_id)]
        return self.changed([each.room_session_id for each in done], people)


class RosterRequest(GridPage):
    """Sends several places with one reason: what is free is carried out, the rest waits for the branch."""

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RequestForm(request.POST)
        pieces: list[Piece] = []
        try:
            if not form.is_valid():
                return self.refused(next(str(e[0]) for e in form.errors.values()))
            pieces = pieces_of(form.cleaned_data["id"], request.POST.getlist("piece"))
            plan = self.session(pieces[0].room_session).site_unit.unit.plan
            statuses = self.ask(form.cleaned_data["id"], pieces, form.cleaned_data["reason"], plan)
        except (NotFound, NotAllowed):
            raise
        except Refusal as refusal:
            return self.refused(self.words_of(refusal))
        people = [pk for piece in pieces for pk in (piece.outgoing, piece.incoming)]
        answer = self.changed([p.room_session for p in pieces], people, context={"sent": True})
        toast = {"level": "success", "text": sentence_of(statuses)}
        answer["HX-Trigger"] = json.dumps({"toast": toast, "roster-sent": True})
        return answer

    def ask(self, id: UUID, pieces: list[Piece], reason: str, plan: ExamPlan) -> list[str]:
        """Asks once; returns the status of each piece."""
        fields = [(p.room_session, p.position, p.outgoing, p.incoming) for p in pieces]
        told, _ = asking.ask_once(
            id,
            pieces,
            kind="roster_request",
            fields={"pieces": fields, "reason": reason},
            answer=lambda made: {"statuses": [str(change.status) for change in made]},
            reason=reason,
            plan=plan,
            actor=self.actor,
            clock=clock.now,
        )
        return list(told["statuses"])

    def words_of(self, refusal: Refusal) -> str:
        """The refusal with the place that it is about."""
        why = say(refusal.errors[0].detail if refusal.errors else refusal.detail)
        about = refusal.extra.get("room_session")
        if not about:
            return why
        session = RoomSession.objects.select_related(*WITH_PLACE).get(pk=about)
        where = {"unit": str(session.site_unit.unit), "room": session.room.room_no, "why": why}
        return gettext("%(unit)s %(room)s考场：%(why)s") % where

    def refused(self, why: str) -> HttpResponse:
        """Nothing was sent; the tray keeps its pieces. Of refusals the script swaps in 422 alone."""
        return self.show({"tray_error": why}, template="proctors/_grid_answer.html", status=422)


class RosterChoices(GridPage):
    """Who may come to a place, those who are free first; why the others may not."""

    template = "proctors/_grid_choices.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = PlaceForm({**request.GET.dict(), "id": uuid4()})
        piece = form.piece()
        session = self.session(piece.room_session)
        there = standing_in_unit(session)
        beside = [
            Substitute(row.proctor, is_certified(row.proctor), session)
            for row in there.values()
            if row.room_session_id == session.pk and row.proctor_id != piece.outgoing
        ]
        found = [*substitutes(session, now=self.now), *beside]
        accounts = [each.user.pk for each in found]
        away = {pk for pk, _ in recused(accounts, [session.pk])}
        loads = grid_cells.loads(session.site_unit.site, session.site_unit.unit.plan, accounts)
        choices: list[dict[str, Any]] = [
            {
                "user": each.user,
                "load": loads[each.user.pk],
                "may": each.is_free and each.user.pk not in away,
                "held_by": each.held_by,
                "certified": each.is_certified,
                "refused": not each.is_certified and _status(each.user) == ProctorProfile.Status.REFUSED,
                "recused": each.user.pk in away,
                "swap": there.get(each.user.pk) if each.is_certified and each.user.pk not in away else None,
            }
            for each in found
        ]
        choices.sort(
            key=lambda each: (not each["may"], each["swap"] is None, each["load"], each["user"].name)
        )
        return self.show(
            {"choices": choices, "session": session, "outgoing": piece.outgoing, "position": piece.position}
        )


def _status(user: User) -> str:
    profile: ProctorProfile | None = getattr(user, "proctor", None)
    return profile.status if profile else ""


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise unreadable() from None
