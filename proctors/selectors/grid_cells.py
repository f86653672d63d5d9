"""The grid of a site's roster: rooms × units of a plan, two places in each, and what is wrong with a place (监考编排).

Every question is asked once for all cells: the statements do not grow with the grid.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exam_ops.core.models import ExamPlan, ExamSite, ProctorProfile, RoomSession, RosterRow, SiteUnit, User
from exam_ops.rules.permissions import Role
from proctors.models import ProctorChange
from proctors.selectors import busy
from proctors.selectors.recusals import recused

LEAD, SECOND = RosterRow.Position.LEAD, RosterRow.Position.SECOND
CERTIFIED = ProctorProfile.Status.CERTIFIED


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change of this place that waits for a decision: who would come; empty: the place would be left."""

    who: str


@dataclass(frozen=True, slots=True)
class Place:
    """One of a room's two places: who stands there, and what is wrong with that."""

    position: str
    proctor: int | None = None
    name: str = ""
    status: str = ""
    checked: bool = False
    twice: bool = False
    recused: bool = False
    waiting: Waiting | None = None

    @property
    def is_certified(self) -> bool:
        return self.status == CERTIFIED

    @property
    def state(self) -> str:
        """The one thing to say of it, the worst first."""
        if self.proctor is None:
            return "empty"
        if self.twice:
            return "twice"
        if self.recused:
            return "recused"
        return "" if self.is_certified else "uncertified"


@dataclass(frozen=True, slots=True)
class Cell:
    """A room in a unit."""

    session: RoomSession
    lead: Place
    second: Place
    needed: int

    @property
    def places(self) -> tuple[Place, Place]:
        return self.lead, self.second

    @property
    def certified(self) -> int:
        return sum(1 for place in self.places if place.is_certified)

    @property
    def is_short(self) -> bool:
        return self.certified < self.needed


@dataclass(frozen=True, slots=True)
class Person:
    """A proctor of the site, with how many rooms of the plan they have there."""

    pk: int
    name: str
    username: str
    status: str
    load: int

    @property
    def is_certified(self) -> bool:
        return self.status == CERTIFIED


def sessions_of(site_units: Iterable[SiteUnit]) -> list[RoomSession]:
    """The room sessions of a site's units with their rooms, by room number."""
    rows = RoomSession.objects.filter(site_unit__in=list(site_units)).select_related("room")
    return sorted(rows, key=lambda session: (len(session.room.room_no), session.room.room_no))


def cells(sessions: Sequence[RoomSession], *, needed: int, now: datetime) -> dict[int, Cell]:
    """The cells of room sessions of one plan and site, by room session."""
    ids = [session.pk for session in sessions]
    rows = list(
        RosterRow.objects.filter(room_session__in=ids).values_list(
            "pk",
            "room_session",
            "position",
            "proctor",
            "proctor__name",
            "proctor__proctor__status",
            "checked_at",
        )
    )
    twice = busy.standing_twice({session.site_unit_id for session in sessions})
    away = recused({row[3] for row in rows}, ids)
    waiting = _waiting(ids, now)
    places: dict[tuple[int, str], Place] = {}
    for pk, session, position, proctor, name, status, checked_at in rows:
        places[session, position] = Place(
            position=position,
            proctor=proctor,
            name=name,
            status=status or "",
            checked=checked_at is not None,
            twice=pk in twice,
            recused=(proctor, session) in away,
            waiting=waiting.get((session, position)),
        )
    return {
        session.pk: Cell(
            session,
            lead=_place(places, waiting, session.pk, LEAD),
            second=_place(places, waiting, session.pk, SECOND),
            needed=needed,
        )
        for session in sessions
    }


def people(
    site: ExamSite, plan: ExamPlan, *, only: Iterable[int] | None = None, load: Counter[int] | None = None
) -> list[Person]:
    """The active proctors of the site (or `only` those), by name; `load` where the caller has counted."""
    accounts = User.objects.filter(
        memberships__role=Role.PROCTOR, memberships__site=site, is_active=True
    ).distinct()
    if only is not None:
        accounts = accounts.filter(pk__in=list(only))
    found = list(
        accounts.order_by("name", "username").values_list("pk", "name", "username", "proctor__status")
    )
    counted = loads(site, plan, [row[0] for row in found]) if load is None else load
    return [Person(pk, name, username, status or "", counted[pk]) for pk, name, username, status in found]


def loads(site: ExamSite, plan: ExamPlan, accounts: Iterable[int]) -> Counter[int]:
    """How many rooms each account has in the plan at the site."""
    rows = RosterRow.objects.filter(
        room_session__site_unit__unit__plan=plan,
        room_session__site_unit__site=site,
        proctor__in=list(accounts),
    )
    return Counter(rows.values_list("proctor", flat=True))


def load_in(cells: Mapping[int, Cell]) -> Counter[int]:
    """The same, from the cells of the whole grid."""
    return Counter(
        place.proctor for cell in cells.values() for place in cell.places if place.proctor is not None
    )


def sessions_with(accounts: Iterable[int], site_unit: SiteUnit) -> set[int]:
    """Room sessions of the same plan and site that have any of `accounts` while `site_unit` runs."""
    rows = RosterRow.objects.filter(
        busy.overlapping(site_unit, "room_session__site_unit__"),
        room_session__site_unit__site=site_unit.site_id,
        room_session__site_unit__unit__plan=site_unit.unit.plan_id,
        proctor__in=list(accounts),
    )
    return set(rows.values_list("room_session", flat=True))


def _place(
    places: dict[tuple[int, str], Place], waiting: dict[tuple[int, str], Waiting], session: int, position: str
) -> Place:
    found = places.get((session, position))
    return found or Place(position, waiting=waiting.get((session, position)))


def _waiting(room_sessions: Sequence[int], now: datetime) -> dict[tuple[int, str], Waiting]:
    rows = ProctorChange.objects.filter(
        room_session__in=room_sessions, status=ProctorChange.Status.PENDING, window_until__gt=now
    )
    named = rows.values_list("room_session", "position", "incoming__name")
    return {(session, position): Waiting(who or "") for session, position, who in named}
