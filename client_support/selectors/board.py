"""Who sits at which machine: one site unit by room and seat, and the figures of many site units (D2)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Q, QuerySet, Sum

from client_support.models import ClientLogin, ClientSession, RefusedLogin
from exam_ops.core.models import RoomSession, SiteUnit, Sitting

Status = ClientLogin.Status


class State(StrEnum):
    """Where a candidate's client stands, trouble first."""

    REFUSED = "refused"
    WAITING = "waiting"
    OFFLINE = "offline"
    NONE = "none"  # not logged in
    IN = "in"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class Seat:
    """One candidate with the machine that counts: the live session, else the login that waits, else the last refusal."""

    sitting: Sitting
    state: State
    session: ClientSession | None = None
    login: ClientLogin | None = None
    refusal: RefusedLogin | None = None

    @property
    def machine_id(self) -> str:
        found = self.session or self.login or self.refusal
        return found.machine_id if found else ""


@dataclass(frozen=True, slots=True)
class Room:
    """One room with its seats; `session` is None for candidates without a room."""

    session: RoomSession | None
    seats: list[Seat] = field(default_factory=list)

    @property
    def counts(self) -> Counter[State]:
        return Counter(seat.state for seat in self.seats)

    @property
    def is_troubled(self) -> bool:
        return bool(self.counts[State.REFUSED] or self.counts[State.WAITING] or self.counts[State.OFFLINE])


@dataclass(frozen=True, slots=True)
class Board:
    """A site unit: rooms with trouble first, and the logins that wait for an authorisation, oldest first."""

    rooms: list[Room]
    queue: list[ClientLogin]
    granted: list[ClientLogin]

    @property
    def counts(self) -> Counter[State]:
        return sum((room.counts for room in self.rooms), Counter())


def board(site_unit: SiteUnit, rooms: QuerySet[RoomSession]) -> Board:
    """The board of the rooms that the reader may see."""
    sessions = list(rooms.select_related("room").order_by("room__room_no"))
    known = {session.pk for session in sessions}
    sittings = (
        Sitting.objects.filter(site_unit=site_unit)
        .select_related("candidate")
        .order_by("seat_no", "ticket_no")
    )
    kept = [s for s in sittings if s.room_session_id in known or s.room_session_id is None]
    seats: dict[int | None, list[Seat]] = defaultdict(list)
    logins = _open_logins(site_unit, known)
    for seat in _seats(kept, logins, site_unit):
        seats[seat.sitting.room_session_id].append(seat)
    drawn = [Room(session, seats[session.pk]) for session in sessions if seats[session.pk]]
    drawn += [Room(None, seats[None])] if seats[None] else []
    return Board(
        sorted(drawn, key=lambda room: not room.is_troubled),
        [login for login in logins if login.status == Status.WAITING_AUTHORISATION],
        [login for login in logins if login.status == Status.AUTHORISED],
    )


def _open_logins(site_unit: SiteUnit, rooms: set[int]) -> list[ClientLogin]:
    rows = ClientLogin.objects.filter(
        Q(sitting__room_session__in=rooms) | Q(sitting__room_session=None),
        sitting__site_unit=site_unit,
        status__in=ClientLogin.OPEN,
    )
    return list(
        rows.select_related("sitting__candidate", "sitting__room_session__room", "decided_by").order_by(
            "created_at"
        )
    )


def _seats(sittings: Iterable[Sitting], logins: Iterable[ClientLogin], site_unit: SiteUnit) -> list[Seat]:
    waiting = {login.sitting_id: login for login in logins}
    of_unit = {"sitting__site_unit": site_unit}
    live = {
        s.sitting_id: s
        for s in ClientSession.objects.filter(**of_unit, superseded_at=None).select_related("login")
    }
    refused = {
        row.sitting_id: row
        for row in RefusedLogin.objects.filter(**of_unit).exclude(code="not_open").order_by("at")
    }
    return [
        Seat(
            sitting,
            _state(sitting, live.get(sitting.pk), waiting.get(sitting.pk)),
            live.get(sitting.pk),
            waiting.get(sitting.pk),
            refused.get(sitting.pk) if sitting.client_refused else None,
        )
        for sitting in sittings
    ]


def _state(sitting: Sitting, session: ClientSession | None, login: ClientLogin | None) -> State:
    if login is not None:
        return State.WAITING
    if sitting.client_refused:
        return State.REFUSED
    if session is None:
        return State.NONE
    if session.submitted_at is not None:
        return State.SUBMITTED
    return State.OFFLINE if session.offline_since is not None else State.IN


def trouble_first(seat: Seat) -> int:
    """The order in which candidates are listed; within a state by seat."""
    return list(State).index(seat.state)


def mark(rooms: QuerySet[RoomSession]) -> tuple[int, int]:
    """What changes whenever a board of these rooms must be drawn anew."""
    found = rooms.aggregate(size=Count("pk"), revisions=Sum("revision"))
    return found["size"], found["revisions"] or 0


@dataclass(frozen=True, slots=True)
class Figures:
    """The clients of one site unit in numbers."""

    registered: int = 0
    logged_in: int = 0
    submitted: int = 0
    offline: int = 0
    waiting: int = 0
    refused: int = 0

    @property
    def is_troubled(self) -> bool:
        return bool(self.refused or self.waiting or self.offline)


def figures(site_units: QuerySet[SiteUnit]) -> dict[int, Figures]:
    """Figures by site unit, in a fixed number of queries."""
    rooms = _by_site_unit(
        RoomSession.objects.filter(site_unit__in=site_units),
        "site_unit",
        people=Sum("registered"),
        out=Sum("refused_logins"),
    )
    sessions = _by_site_unit(
        ClientSession.objects.filter(sitting__site_unit__in=site_units, superseded_at=None),
        "sitting__site_unit",
        all=Count("pk"),
        handed_in=Count("pk", filter=Q(submitted_at__isnull=False)),
        away=Count("pk", filter=Q(offline_since__isnull=False, submitted_at=None)),
    )
    waiting = _by_site_unit(
        ClientLogin.objects.filter(sitting__site_unit__in=site_units, status__in=ClientLogin.OPEN),
        "sitting__site_unit",
        all=Count("sitting", distinct=True),
    )
    return {
        pk: Figures(
            rooms.get(pk, {}).get("people") or 0,
            sessions.get(pk, {}).get("all", 0),
            sessions.get(pk, {}).get("handed_in", 0),
            sessions.get(pk, {}).get("away", 0),
            waiting.get(pk, {}).get("all", 0),
            rooms.get(pk, {}).get("out") or 0,
        )
        for pk in site_units.values_list("pk", flat=True)
    }


def _by_site_unit(rows: QuerySet, key: str, **what: object) -> dict[int, dict[str, int]]:
    return {row[key]: row for row in rows.order_by().values(key).annotate(**what)}


def present(site_units: QuerySet[SiteUnit], *, now: datetime) -> SiteUnit | None:
    """The site unit that runs at `now`, else the next, else the last."""
    rows = site_units.select_related("unit__plan")
    return (
        rows.filter(ends_at__gt=now).order_by("starts_at", "pk").first()
        or rows.order_by("-ends_at", "pk").first()
    )
