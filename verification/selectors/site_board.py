"""The sign-in board of one site unit (C4, E2): its rooms as their seats, what is wrong where, the queue.

A constant number of statements, however many rooms there are. The same board, narrowed to one room
session, stands on the room's page.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from exam_ops.core import policies
from exam_ops.core.models import ProctorProfile, RoomSession, RosterRow, SiteUnit, Sitting
from exam_ops.rules.entry import Entry
from exam_ops.rules.policy import Policy
from incidents.models import Incident
from verification.models import EntryRequest
from verification.selectors.board_rooms import (
    OpenIncident,
    Room,
    Seat,
    SiteBoard,
    Staff,
    Trouble,
    natural,
    tally_of,
)
from verification.selectors.entry import with_effective_status
from verification.selectors.not_arrived import not_arrived
from verification.selectors.small_figures import SMALL

SYNC_LAG = "IDV-04"  # 识别通过而未签到: whom an open one names is "captured, not arrived" (C6)
UNCHECKED_BEFORE = timedelta(minutes=10)  # from T−10 a room without a face-checked proctor is in trouble


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
    _add_small(rooms, site_unit)
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
        "held_over",
        "manual_check",
    )
    for pk, room, seat_no, name, student_no, status, emergency, failed, late, held, manual in rows:
        here = rooms.get(room)
        seat = Seat(
            pk,
            seat_no,
            name,
            student_no,
            Entry(status),
            emergency,
            failed,
            late,
            pk in named,
            held,
            bool(here),
            manual,
        )
        (here.seats if here else board.roomless).append(seat)
    for room in rooms.values():
        room.tally = tally_of(room.seats)
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


def _add_small(rooms: dict[int, Room], site_unit: SiteUnit) -> None:
    """What phones hold back, and the small figures that are not of single candidates."""
    for pk, missing in not_arrived(RoomSession.objects.filter(site_unit=site_unit)).items():
        if pk in rooms:
            rooms[pk].not_arrived = missing
    for figure in SMALL:
        if figure.seat is None and figure.key != "gap":
            found = figure.counted.by_room(site_unit.pk)
            for pk, room in rooms.items():
                room.small[figure.key] = found.get(pk, 0)


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
    if is_silent(session, site_unit, policy, now):
        yield Trouble.SILENT


def is_unchecked_too_late(site_unit: SiteUnit, now: datetime) -> bool:
    """Whether proctors should have been face-checked by now."""
    return now >= site_unit.starts_at - UNCHECKED_BEFORE


def is_silent(session: RoomSession, site_unit: SiteUnit, policy: Policy, now: datetime) -> bool:
    """Whether nobody has come into a room by T−10, while entry is open: checks may not work there (A3)."""
    is_late = site_unit.starts_at - policy.silent_room_before <= now < site_unit.entry_closes_at
    return is_late and session.registered > 0 and session.signed_in + session.approved == 0
