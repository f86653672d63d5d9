"""The sign-in board of a site unit and of one of its rooms, both live (C4, E2)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from exam_ops.core import access
from exam_ops.core.errors import NotFound
from exam_ops.core.examclock import exam_clock
from exam_ops.core.models import RoomSession, SiteUnit
from exam_ops.core.watched import Key
from verification.selectors.board_marks import changes_at, room_mark, site_mark
from verification.selectors.board_rooms import Room, Seat, SiteBoard
from verification.selectors.figures import only_site
from verification.selectors.site_board import site_board
from verification.selectors.sitting_facts import proctors_of, sign_ins_of
from verification.views import counts, lag, parts, queue, words
from verification.views.live import LivePage


class BoardPage(LivePage):
    """A page of one site unit or one of its rooms."""

    def poll_board(self, mark: Any, about: Key, draw: Callable[[], dict[str, Any]]) -> HttpResponseBase:
        """The fragment, or 304 while the rooms stand as `mark` says."""
        return self.poll(mark, mark["offset"], draw, about=(about,), until=changes_at(mark, self.now))


class SignInBoard(BoardPage):
    """One site in one unit: counts, rooms as their seats, the queue of requests."""

    template = "verification/board.html"
    fragment = "verification/_board.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        if self.is_poll:
            mark = site_mark(self.actor, self.action, pk, now=self.now)
            if mark is not None:
                return self.poll_board(mark, ("site_unit", str(pk)), lambda: self._drawn(self._find(pk)))
        site_unit = self._find(pk)
        plan = site_unit.unit.plan
        self.about(plan)
        frame = {"clock": exam_clock(site_unit, plan, self.now), "generation": site_unit.generation}
        return self.page(frame | self._drawn(site_unit))

    def _find(self, pk: int) -> SiteUnit:
        rows = SiteUnit.objects.select_related("site__branch", "unit__plan")
        return access.get(self.actor, SiteUnit, self.action, rows=rows, pk=pk)

    def _drawn(self, site_unit: SiteUnit) -> dict[str, Any]:
        board = site_board(site_unit, now=self.now)
        chosen = parts.Filter.of(self.request)
        here = self.request.get_full_path()
        path = self.request.path
        plan = site_unit.unit.plan
        meant = [room for room in board.rooms if chosen.takes_room(room)] if chosen.is_narrow else board.rooms
        others = [room for room in board.rooms if room.troubles and room not in meant]
        return _place(site_unit, self) | {
            "url": here,
            "chosen": chosen,
            "counts": counts.site_counts(board, chosen, path),
            "bar": counts.bar(counts.stats_of(board), counts.usual_of(board)),
            "interval": poll_interval(site_unit, self.now),
            "rooms": [parts.room_row(room, chosen, self.now) for room in meant],
            "others": [parts.room_row(room, parts.Filter(), self.now) for room in others],
            "room_choices": _room_choices(board),
            "roomless": _roomless(board.roomless, chosen),
            "queue": queue.queue(board, chosen, self.actor, plan, here),
            "is_closed": self.now >= site_unit.entry_closes_at,
            "is_open": site_unit.entry_opens_at <= self.now < site_unit.entry_closes_at,
            "pick_url": chosen.address(path, pick="" if chosen.pick else 1),
            "whole_url": chosen.address(path, whole=1),
            "plain_url": path,
        }


class SignInRoom(BoardPage):
    """One room session: its candidates with what is known of each, its queue, its proctors."""

    template = "verification/room.html"
    fragment = "verification/_room.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        if self.is_poll:
            mark = room_mark(self.actor, self.action, pk, now=self.now)
            if mark is not None:
                return self.poll_board(mark, ("room_session", str(pk)), lambda: self._drawn(self._find(pk)))
        session = self._find(pk)
        plan = session.site_unit.unit.plan
        self.about(plan)
        return self.page({"clock": exam_clock(session.site_unit, plan, self.now)} | self._drawn(session))

    def _find(self, pk: int) -> RoomSession:
        rows: QuerySet[RoomSession] = RoomSession.objects.select_related(
            "site_unit__site__branch", "site_unit__unit__plan", "room"
        )
        return access.get(self.actor, RoomSession, self.action, rows=rows, pk=pk)

    def _drawn(self, session: RoomSession) -> dict[str, Any]:
        site_unit = session.site_unit
        board = site_board(site_unit, now=self.now, room_session=session)
        if not board.rooms:
            raise NotFound()
        room = board.rooms[0]
        chosen = parts.Filter.of(self.request)
        path, here = self.request.path, self.request.get_full_path()
        waiting = queue.queue(board, chosen, self.actor, site_unit.unit.plan, here, whole=True)
        return _place(site_unit, self) | {
            "session": session,
            "room_name": words.room_name(session.room.room_no),
            "row": parts.room_row(room, chosen, self.now),
            "url": here,
            "chosen": chosen,
            "counts": counts.site_counts(board, chosen, path, one_room=True),
            "interval": poll_interval(site_unit, self.now),
            "people": self._people(room, chosen),
            "proctors": self._proctors(session),
            "phones": lag.phones_of(session) if room.missing else [],
            "queue": waiting,
            "is_closed": self.now >= site_unit.entry_closes_at,
            "is_open": site_unit.entry_opens_at <= self.now < site_unit.entry_closes_at,
            "pick_url": chosen.address(path, pick="" if chosen.pick else 1),
            "plain_url": path,
        }

    def _people(self, room: Room, chosen: parts.Filter) -> list[dict[str, Any]]:
        meant = [seat for seat in room.seats if chosen.takes(seat, room)]
        sign_ins = sign_ins_of([seat.sitting_id for seat in meant])
        plan = room.session.site_unit.unit.plan
        rows = []
        for seat in meant:
            sign_in = sign_ins.get(seat.sitting_id)
            rows.append(
                person(seat)
                | {
                    "signed_at": words.clock_on(plan, sign_in.received_at) if sign_in else "",
                    "photo_url": reverse("file-photo", args=["sign_in", sign_in.pk])
                    if sign_in and sign_in.photo
                    else "",
                    "unchecked": bool(sign_in and sign_in.proctor_unchecked),
                }
            )
        return rows

    def _proctors(self, session: RoomSession) -> list[dict[str, Any]]:
        plan = session.site_unit.unit.plan
        return [
            {
                "name": row.proctor.name,
                "is_certified": getattr(row.proctor, "proctor", None) is not None
                and row.proctor.proctor.is_certified,
                "checked_at": words.clock_on(plan, row.checked_at),
                "is_lead": row.position == "lead",
            }
            for row in proctors_of(session.pk)
        ]


def poll_interval(site_unit: SiteUnit, now: datetime) -> str:
    """How often a site's page asks: while people come in, what it shows is never two seconds old."""
    return "1400ms" if site_unit.entry_opens_at <= now < site_unit.entry_closes_at else "4s"


def person(seat: Seat) -> dict[str, Any]:
    """A candidate as a line of a list."""
    colour, label = words.STATES[seat.state]
    return {
        "pk": seat.sitting_id,
        "name": seat.name,
        "number": seat.student_no,
        "seat": seat.seat_no,
        "state": colour,
        "label": label,
        "failed": seat.failed_attempts,
        "late": seat.late,
        "emergency": seat.emergency and seat.state != "emergency",
        "manual_check": seat.manual_check,
        "url": reverse("sitting-detail", args=[seat.sitting_id]),
    }


def _place(site_unit: SiteUnit, page: LivePage) -> dict[str, Any]:
    """Where the page stands: for its heading and its trail."""
    plan, unit = site_unit.unit.plan, site_unit.unit
    return {
        "site_unit": site_unit,
        "site": site_unit.site,
        "plan": plan,
        "unit": unit,
        "unit_name": words.unit_words(unit),
        "is_own_site": only_site(page.actor) is not None,
        "now": page.now,
    }


def _room_choices(board: SiteBoard) -> list[tuple[int, str]]:
    rooms = sorted(board.rooms, key=lambda room: room.number)
    return [(room.session.pk, words.room_name(room.session.room.room_no)) for room in rooms]


def _roomless(seats: list[Seat], chosen: parts.Filter) -> dict[str, Any] | None:
    """Candidates whom no room has taken in yet: listed by name, for they would be missed otherwise."""
    if not seats:
        return None
    meant = [seat for seat in seats if chosen.takes(seat, None)] if chosen.is_narrow else seats
    return {
        "total": len(seats),
        "people": [person(seat) for seat in meant[:100]],
        "more": max(len(meant) - 100, 0),
        "hint": gettext("请考点管理员在考务管理中编排考场，否则监考教师的手机上没有这些考生。"),
    }
