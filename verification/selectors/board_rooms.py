"""What the board of a site shows: its rooms, their seats and staff, and what is wrong in them (C4, E2)."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from exam_ops.core.models import RoomSession, SiteUnit
from exam_ops.rules.entry import Entry
from exam_ops.rules.policy import Policy
from verification.models import EntryRequest
from verification.selectors.not_arrived import NotArrived
from verification.selectors.small_figures import BY_KEY


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
    SILENT = "silent"  # nobody signed in though entry is well under way


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
    held_over: bool = False
    has_room: bool = True
    manual_check: bool = False  # the candidate's own choice (E9)

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
            case _ if filter in BY_KEY:
                means = BY_KEY[filter].seat
                return means is not None and means(self)
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
    small: dict[str, int] = field(default_factory=dict)  # small figures that no seat tells of
    tally: Counter[str] = field(
        default_factory=Counter
    )  # of the seats, by filter; counted once they are all here
    incidents: list[OpenIncident] = field(default_factory=list)
    troubles: frozenset[Trouble] = frozenset()

    @property
    def is_grave(self) -> bool:
        return bool(self.troubles & GRAVE)

    def count(self, filter: str) -> int:
        return self.small[filter] if filter in self.small else self.tally[filter]

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

    def count(self, filter: str = "") -> int:
        return sum(room.count(filter) for room in self.rooms) + tally_of(self.roomless)[filter]

    @property
    def missing(self) -> int:
        return sum(room.missing for room in self.rooms)

    @property
    def staff(self) -> Staff:
        return sum((room.staff for room in self.rooms), Staff())


def tally_of(seats: Iterable[Seat]) -> Counter[str]:
    """How many of `seats` belong to each filter, in one pass: a board asks for many of them."""
    found: Counter[str] = Counter()
    meant = [(key, figure.seat) for key, figure in BY_KEY.items() if figure.seat is not None]
    for seat in seats:
        found[""] += 1
        found[seat.status.value] += 1
        if seat.emergency:
            found["emergency"] += 1
        if seat.named_missing and seat.state == "gap":
            found["gap"] += 1
        for key, means in meant:
            if means(seat):
                found[key] += 1
    return found


def natural(text: str) -> tuple[Any, ...]:
    """Sorts `9` before `10` and `A2` before `A10`."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.findall(r"\d+|\D+", text)
    )
