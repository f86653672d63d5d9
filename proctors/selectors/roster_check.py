"""编排检查: how the rosters of a plan stand, by site or branch and unit (C9).

A room has two places, lead and second, so one joined statement tells of each how many of them somebody certified
holds; no room is loaded. What clashes, what waits for the branch and who pressed last are a statement each.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, FilteredRelation, IntegerField, Q, QuerySet, Value, When

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, ProctorProfile, RoomSession, RosterRow, SiteUnit, TimeUnit
from proctors.models import ProctorChange, RosterPress
from proctors.selectors import busy

SEE = "roster.check"
STATES = ("none", "short", "clash", "waiting", "full")  # trouble first
PLACES = [place.value for place in RosterRow.Position]
_BRANCH = "site_unit__site__branch__name"
CERTIFIED = ProctorProfile.Status.CERTIFIED


@dataclass(frozen=True, slots=True)
class Figures:
    """Rooms by how their rosters stand: `full`, `short` and `none` (nobody certified) add up to `rooms`."""

    rooms: int = 0
    full: int = 0
    none: int = 0
    clash: int = 0  # a proctor of the room stands elsewhere at that time
    waiting: int = 0  # a change of the room waits for the branch

    @property
    def short(self) -> int:
        return self.rooms - self.full - self.none

    @property
    def is_red(self) -> bool:
        return self.full < self.rooms or self.clash > 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.rooms + other.rooms,
            self.full + other.full,
            self.none + other.none,
            self.clash + other.clash,
            self.waiting + other.waiting,
        )


@dataclass(slots=True)
class Line:
    """A site, or a branch, with its figures by unit (primary key)."""

    pk: int
    code: str
    name: str
    branch: str
    cells: dict[int, Figures] = field(default_factory=dict)

    @property
    def total(self) -> Figures:
        return sum(self.cells.values(), Figures())

    @property
    def trouble(self) -> tuple[int, int, int]:
        """Sorts those first that lack most: nobody certified or in two rooms at once, short, waiting."""
        total = self.total
        return -(total.none + total.clash), -total.short, -total.waiting


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a plan is looked at; `find` is part of a site's name, or its code."""

    plan: ExamPlan
    units: Sequence[TimeUnit]
    branch: str = ""
    find: str = ""
    by_branch: bool = False


def lines(actor: Actor, asked: Asked, *, needed: int, now: datetime) -> list[Line]:
    """One line for each site, or branch, that has rooms in `asked.units`; in three statements."""
    place = "site_unit__site__branch" if asked.by_branch else "site_unit__site"
    keys = (place, "site_unit__unit")
    rooms = rooms_of(actor, asked)
    twice = busy.standing_twice(site_units_of(actor, asked))
    waiting = _by_cell(
        rooms.filter(
            proctor_changes__status=ProctorChange.Status.PENDING, proctor_changes__window_until__gt=now
        ),
        keys,
    )
    found: dict[int, Line] = {}
    names = {"code": F(f"{place}__code"), "name": F(f"{place}__name"), "branch": F(_BRANCH)}
    for row in _counted(rooms, needed, twice, place=F(place), unit=F("site_unit__unit"), **names):
        line = found.setdefault(row["place"], Line(row["place"], row["code"], row["name"], row["branch"]))
        cell = row["place"], row["unit"]
        line.cells[row["unit"]] = Figures(row["rooms"], row["full"], row["none"], row["clash"], waiting[cell])
    return list(found.values())


def rooms_of(actor: Actor, asked: Asked) -> QuerySet[RoomSession]:
    """The rooms in scope that are looked at."""
    return access.visible(actor, RoomSession, SEE).filter(_looked_at(asked, "site_unit__")).order_by()


def site_units_of(actor: Actor, asked: Asked) -> QuerySet[SiteUnit]:
    """The site units in scope that are looked at."""
    return access.visible(actor, SiteUnit, SEE).filter(_looked_at(asked, "")).order_by()


def with_certified(rooms: QuerySet[RoomSession]) -> QuerySet[Any]:
    """Annotates `certified`: how many of a room's two places somebody certified holds."""
    held = {place: FilteredRelation("roster", condition=Q(roster__position=place)) for place in PLACES}
    return rooms.annotate(**{f"at_{place}": relation for place, relation in held.items()}).annotate(
        certified=sum(
            (_is_certified(f"at_{place}") for place in PLACES[1:]), _is_certified(f"at_{PLACES[0]}")
        )
    )


def presses(plan: ExamPlan, sites: Iterable[int]) -> dict[int, RosterPress]:
    """Who last pressed each of the sites, by site."""
    rows = RosterPress.objects.filter(plan=plan, site__in=list(sites)).select_related("pressed_by")
    return {row.site_id: row for row in rows}


def _looked_at(asked: Asked, path: str) -> Q:
    found = Q(**{f"{path}unit__in": asked.units})
    if asked.branch:
        found &= Q(**{f"{path}site__branch__code": asked.branch})
    if asked.find:
        by_name = Q(**{f"{path}site__name__icontains": asked.find})
        found &= by_name | Q(**{f"{path}site__code__iexact": asked.find})
    return found


def _is_certified(place: str) -> Case:
    certified = ProctorProfile.objects.filter(status=CERTIFIED).values(
        "user"
    )  # hashed once; joins took twice as long
    holds = When(**{f"{place}__proctor__in": certified}, then=Value(1))
    return Case(holds, default=Value(0), output_field=IntegerField())


def _counted(
    rooms: QuerySet[RoomSession], needed: int, twice: Collection[int], **keys: F
) -> QuerySet[Any, dict[str, Any]]:
    """Rooms by `keys`: those that are full, those with nobody certified, those with one of the roster rows `twice`."""
    clashes = Q(pk__in=[])
    for place in PLACES:
        clashes |= Q(**{f"at_{place}__in": list(twice)})
    return (
        with_certified(rooms)
        .values(**keys)
        .annotate(
            rooms=Count("pk"),
            full=Count("pk", filter=Q(certified__gte=needed)),
            none=Count("pk", filter=Q(certified=0, certified__lt=needed)),
            clash=Count("pk", filter=clashes) if twice else Value(0),
        )
    )


def _by_cell(rooms: QuerySet[RoomSession], keys: tuple[str, str]) -> dict[tuple[int, int], int]:
    """Rooms by place and unit."""
    rows = rooms.values_list(*keys).annotate(n=Count("pk", distinct=True))
    return defaultdict(int, {(place, unit): n for place, unit, n in rows})
