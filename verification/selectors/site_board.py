"""The sign-in board of one site unit (C4, E2): its rooms as their seats, what is wrong where, the queue.

A constant number of statements, however many rooms there are. The same board, narrowed to one room
session, stands on the room's page.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, Max, Q

from exam_ops.core import policies
from exam_ops.core.models import ProctorProfile, RoomSession, RosterRow, SiteUnit, Sitting
from exam_ops.rules.entry import Entry
from exam_ops.rules.policy import Policy
from incidents.models import Incident
from verification.models import EntryRequest, PhoneTally, SignIn
from verification.selectors.entry import with_effective_status

SYNC_LAG = "IDV-04"  # 识别通过而未签到: whom an open one names is "captured, not arrived" (C6)
UNCHECKED_BEFORE = timedelta(minutes=10)  # from T−10 a room without a face-checked proctor is in trouble


class Trouble(StrEnum):
    """What is wrong in a room; any of it brings the room to the top and keeps it there."""

    LOCKED_OUT = "locked_out"  # both proctors' App is out (C5, C7)
    NO_PROCTOR = "no_proctor"  # nobody certified on the roster
    LONG_WAIT = "long_wait"  # a request waits longer than the plan allows
    INCIDENT = "incident"
    PENDING = "pending"
    FAILED = "failed"  # failed the face check and has no way in
    REFUSED = "refused"  # refused by the exam client's gate
    UNCHECKED = "unchecked"  # no proctor face-checked though entry is well under way


GRAVE = frozenset({Trouble.LOCKED_OUT, Trouble.NO_PROCTOR, Trouble.LONG_WAIT})


@dataclass(frozen=True, slots=True)
class Seat:
    """One candidate of the board."""

    sitting_id: int
    seat_no: str
    name: str
    student_no: str
    status: Entry
    emergency: bool = False
    failed_attempts: int = 0
    late: bool = False
    named_missing: bool = False  # somebody named them: captured, not arrived

    @property
    def state(self) -> str:
        """What the seat shows: `gap` and `emergency` only of those with no other way in."""
        if self.status in (Entry.NOT_SIGNED_IN, Entry.ABSENT):
            if self.named_missing:
                return "gap"
            if self.emergency:
                return "emergency"
        return self.status.value

    def is_in(self, filter: str) -> bool:
        """Whether the candidate belongs to a count; the empty filter takes everybody."""
        match filter:
            case "emergency":
                return self.emergency
            case "gap":
                return self.state == "gap"
            case "":
                return True
            case _:
                return self.status == filter

    def is_found_by(self, text: str) -> bool:
        return text in self.name.lower() or text in self.student_no.lower()


@dataclass(frozen=True, slots=True)
class Staff:
    """Proctors of a room: rostered, certified among them, face-checked today among them (C0)."""

    rostered: int = 0
    certified: int = 0
    checked: int = 0

    def __add__(self, other: "Staff") -> "Staff":
        return Staff(
            self.rostered + other.rostered, self.certified + other.certified, self.checked + other.checked
        )


@dataclass(frozen=True, slots=True)
class NotArrived:
    """Checks that phones say they have made and the portal has not seen."""

    phones: int = 0
    checks: int = 0


@dataclass(frozen=True, slots=True)
class OpenIncident:
    pk: int
    type: str
    grade: int
    level: str
    opened_at: datetime


@dataclass(slots=True)
class Room:
    """One room of the board."""

    session: RoomSession
    seats: list[Seat] = field(default_factory=list)
    requests: list[EntryRequest] = field(default_factory=list)
    staff: Staff = field(default_factory=Staff)
    not_arrived: NotArrived = field(default_factory=NotArrived)
    incidents: list[OpenIncident] = field(default_factory=list)
    troubles: frozenset[Trouble] = frozenset()

    @property
    def is_grave(self) -> bool:
        return bool(self.troubles & GRAVE)

    def count(self, filter: str) -> int:
        return sum(seat.is_in(filter) for seat in self.seats)

    @property
    def missing(self) -> int:
        """Captured and not arrived: whom people named, or what the phones' numbers say, whichever is more."""
        return max(self.count("gap"), self.not_arrived.checks)

    @property
    def unasked(self) -> int:
        """Who failed the face check, is not in, and nobody has asked the chief for."""
        return sum(seat.failed_attempts > 0 and seat.status == Entry.NOT_SIGNED_IN for seat in self.seats)

    @property
    def rank(self) -> tuple[Any, ...]:
        """Grave trouble first, then trouble by how many it concerns, then rooms by number."""
        concerned = self.count("pending") + self.session.failed_only + self.missing
        return (not self.is_grave, not self.troubles, -concerned if self.troubles else 0, self.number)

    @property
    def number(self) -> tuple[Any, ...]:
        return natural(self.session.room.room_no)


@dataclass(slots=True)
class SiteBoard:
    """Everything the board shows at one instant."""

    site_unit: SiteUnit
    rooms: list[Room]
    roomless: list[Seat]
    requests: list[EntryRequest]
    policy: Policy
    now: datetime

    @property
    def everybody(self) -> Iterable[Seat]:
        yield from self.roomless
        for room in self.rooms:
            yield from room.seats

    def count(self, filter: str = "") -> int:
        return sum(seat.is_in(filter) for seat in self.everybody)

    @property
    def missing(self) -> int:
        return sum(room.missing for room in self.rooms)

    @property
    def staff(self) -> Staff:
        return sum((room.staff for room in self.rooms), Staff())


def natural(text: str) -> tuple[Any, ...]:
    """Sorts `9` before `10` and `A2` before `A10`."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.findall(r"\d+|\D+", text)
    )


def site_board(site_unit: SiteUnit, *, now: datetime, room_session: RoomSession | None = None) -> SiteBoard:
    """The board of a site unit (loaded with its unit, plan and site), or of one of its room sessions."""
    sessions = RoomSession.objects.filter(site_unit=site_unit).select_related("room")
    sittings = Sitting.objects.filter(site_unit=site_unit)
    if room_session is not None:
        sessions, sittings = sessions.filter(pk=room_session.pk), sittings.filter(room_session=room_session)
    rooms = {session.pk: Room(session) for session in sessions}
    policy = policies.of(site_unit.unit.plan)
    board = SiteBoard(site_unit, [], [], [], policy, now)
    _add_incidents(rooms, site_unit)
    _add_people(board, rooms, sittings)
    _add_queue(board, rooms, room_session)
    _add_staff(rooms, site_unit)
    _add_not_arrived(rooms, site_unit)
    for room in rooms.values():
        room.session.site_unit = site_unit
        room.troubles = frozenset(_troubles(room, site_unit, policy, now))
    board.rooms = sorted(rooms.values(), key=lambda room: room.rank)
    return board


def _add_people(board: SiteBoard, rooms: dict[int, Room], sittings: Any) -> None:
    named = _named_missing(rooms, board.site_unit)
    effective: Any = with_effective_status(sittings, now=board.now)  # the checker knows no annotations
    rows = effective.values_list(
        "pk",
        "room_session_id",
        "seat_no",
        "candidate__name",
        "candidate__student_no",
        "effective",
        "emergency",
        "failed_attempts",
        "late",
    )
    for pk, room, seat_no, name, student_no, status, emergency, failed, late in rows:
        seat = Seat(pk, seat_no, name, student_no, Entry(status), emergency, failed, late, pk in named)
        (rooms[room].seats if room in rooms else board.roomless).append(seat)
    for room in rooms.values():
        room.seats.sort(key=lambda seat: (not seat.seat_no, natural(seat.seat_no), seat.student_no))
    board.roomless.sort(key=lambda seat: seat.student_no)


def _named_missing(rooms: dict[int, Room], site_unit: SiteUnit) -> set[int]:
    if not any(incident.type == SYNC_LAG for room in rooms.values() for incident in room.incidents):
        return set()
    rows = Incident.sittings.through.objects.filter(
        incident__site_unit=site_unit, incident__type=SYNC_LAG
    ).exclude(incident__status=Incident.Status.RESOLVED)
    return set(rows.values_list("sitting_id", flat=True))


def _add_queue(board: SiteBoard, rooms: dict[int, Room], room_session: RoomSession | None) -> None:
    """Requests that wait, the longest first. Past close of entry none does (C3)."""
    if board.now >= board.site_unit.entry_closes_at:
        return
    rows = EntryRequest.objects.filter(site_unit=board.site_unit, status=EntryRequest.Status.PENDING)
    if room_session is not None:
        rows = rows.filter(room_session=room_session)
    rows = rows.select_related("sitting__candidate", "requester").defer("sitting__candidate__id_no")
    board.requests = list(rows.order_by("requested_at", "pk"))
    for request in board.requests:
        request.site_unit = board.site_unit
        if room := rooms.get(request.room_session_id):
            room.requests.append(request)
            request.room_session = room.session


def _add_incidents(rooms: dict[int, Room], site_unit: SiteUnit) -> None:
    rows = (
        Incident.objects.filter(site_unit=site_unit, room_sessions__isnull=False)
        .exclude(status=Incident.Status.RESOLVED)
        .order_by("grade", "opened_at", "pk")
    )
    facts = rows.values_list("room_sessions", "pk", "type", "grade", "level", "opened_at")
    for room, pk, type, grade, level, opened_at in facts:
        if room in rooms:
            rooms[room].incidents.append(OpenIncident(pk, type, grade, level, opened_at))


def _add_staff(rooms: dict[int, Room], site_unit: SiteUnit) -> None:
    certified = Q(proctor__proctor__status=ProctorProfile.Status.CERTIFIED)
    rows = RosterRow.objects.filter(room_session__site_unit=site_unit).order_by().values("room_session")
    for row in rows.annotate(
        rostered=Count("pk"),
        certified=Count("pk", filter=certified),
        checked=Count("pk", filter=Q(checked_at__isnull=False)),
    ):
        if room := rooms.get(row["room_session"]):
            room.staff = Staff(row["rostered"], row["certified"], row["checked"])


def _add_not_arrived(rooms: dict[int, Room], site_unit: SiteUnit) -> None:
    """Gaps in the numbers of each phone, the tail that it told of included."""
    tallies = PhoneTally.objects.filter(room_session__site_unit=site_unit)
    told = {
        (room, device): last
        for room, device, last in tallies.values_list("room_session_id", "device_id", "last_seq")
    }
    arrived = (
        SignIn.objects.filter(room_session__site_unit=site_unit, device_seq__isnull=False)
        .exclude(device_id="")
        .order_by()
        .values_list("room_session_id", "device_id")
        .annotate(Count("device_seq", distinct=True), Max("device_seq"))
    )
    seen = {(room, device): (count, last) for room, device, count, last in arrived}
    found: dict[int, list[int]] = defaultdict(list)
    for key in seen.keys() | told.keys():
        count, last = seen.get(key, (0, 0))
        if (missing := max(last, told.get(key, 0)) - count) > 0:
            found[key[0]].append(missing)
    for room, missing in found.items():
        if room in rooms:
            rooms[room].not_arrived = NotArrived(len(missing), sum(missing))


def _troubles(room: Room, site_unit: SiteUnit, policy: Policy, now: datetime) -> Iterable[Trouble]:
    session = room.session
    if session.app_locked_out:
        yield Trouble.LOCKED_OUT
    if room.incidents:
        yield Trouble.INCIDENT
    if room.requests:
        waits = now - room.requests[0].requested_at
        yield Trouble.LONG_WAIT if waits > policy.request_blocks_after else Trouble.PENDING
    if session.failed_only > 0:
        yield Trouble.FAILED
    if session.refused_logins > 0:
        yield Trouble.REFUSED
    if room.seats and now < site_unit.ends_at:
        if not room.staff.certified:
            yield Trouble.NO_PROCTOR
        if not room.staff.checked and is_unchecked_too_late(site_unit, now):
            yield Trouble.UNCHECKED


def is_unchecked_too_late(site_unit: SiteUnit, now: datetime) -> bool:
    """Whether proctors should have been face-checked by now."""
    return now >= site_unit.starts_at - UNCHECKED_BEFORE
