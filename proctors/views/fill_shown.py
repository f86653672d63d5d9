"""A preview of auto-fill as the page draws it: grid by day, loads as bars, reasons of what stays empty."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from exam_ops.core.models import ExamRoom, RosterRow, SiteUnit
from exam_ops.rules.roster_fill_model import Place, Why
from proctors.services.filling import Preview
from proctors.views.fill_words import HOW, WHY

EMPTY_SHOWN = 60  # groups of empty places


@dataclass(frozen=True, slots=True)
class Seat:
    """One place of a cell: who stands there, and whether that is new, waits, or is nobody."""

    position: str
    name: str
    is_new: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    site_unit: SiteUnit
    how: Any
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """A room of one day: the seats of each of its units; None where the room is not used."""

    room: ExamRoom
    cells: list[tuple[Column, list[Seat] | None]]


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    columns: list[Column]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Load:
    """How many units somebody has before and after, and both as shares of the most that anybody has."""

    name: str
    before: int
    after: int
    most: int

    @property
    def before_width(self) -> str:
        return f"{100 * self.before / (self.most or 1):.1f}%"

    @property
    def after_width(self) -> str:
        return f"{100 * self.after / (self.most or 1):.1f}%"


@dataclass(frozen=True, slots=True)
class Empty:
    """Places of a unit that stay empty for the same reasons."""

    site_unit: SiteUnit
    places: list[tuple[ExamRoom, str]]
    reasons: list[tuple[Any, int]]


def days(preview: Preview, site_units: Sequence[SiteUnit]) -> list[Day]:
    """The grid, a table a day."""
    task, by_day = preview.found.task, defaultdict(list)
    for site_unit in sorted(site_units, key=lambda s: (s.start, s.unit.code)):
        if site_unit.pk in task.units:
            by_day[task.units[site_unit.pk].day].append(site_unit)
    return [_day(preview, day, units) for day, units in by_day.items()]


def _day(preview: Preview, day: date, site_units: list[SiteUnit]) -> Day:
    columns = [Column(s, *HOW[preview.windows[s.pk]]) for s in site_units]
    sessions = preview.found.sessions
    rooms = {room: s.room for (unit, room), s in sessions.items() if unit in {u.pk for u in site_units}}
    lines = [
        Line(room, [(c, _seats(preview, c.site_unit.pk, pk)) for c in columns])
        for pk, room in sorted(rooms.items(), key=lambda each: each[1].room_no)
    ]
    return Day(day, columns, lines)


def _seats(preview: Preview, unit: int, room: int) -> list[Seat] | None:
    if (unit, room) not in preview.found.sessions:
        return None
    return [_seat(preview, Place(unit, room, position)) for position in RosterRow.Position.values]


def _seat(preview: Preview, place: Place) -> Seat:
    people, task = preview.found.people, preview.found.task
    if place in task.filled:
        return Seat(place.position, people[task.filled[place]].name)
    if place in preview.filling.given:
        return Seat(place.position, people[preview.filling.given[place]].name, is_new=True)
    return Seat(place.position, "", waits=place in preview.found.waiting)


def loads(preview: Preview) -> list[Load]:
    """Everybody who may be given units, the most laden first."""
    before, after = preview.filling.before, preview.filling.after
    most = max(after.values(), default=0)
    found = [Load(preview.found.people[pk].name, before[pk], after[pk], most) for pk in after]
    return sorted(found, key=lambda load: (-load.after, -load.before, load.name))


def empties(preview: Preview, site_units: Sequence[SiteUnit]) -> list[Empty]:
    """What stays empty, grouped by unit and reasons."""
    by_pk = {s.pk: s for s in site_units}
    groups: dict[tuple[int, frozenset[tuple[Why, int]]], list[Place]] = defaultdict(list)
    for place, reasons in preview.filling.empty.items():
        groups[place.unit, frozenset(reasons.items())].append(place)
    found = []
    for (unit, counted), places in groups.items():
        rooms = [(preview.found.sessions[p.unit, p.room].room, p.position) for p in places]
        words = [(WHY[why], n) for why, n in Counter(dict(counted)).most_common()]
        found.append(Empty(by_pk[unit], sorted(rooms, key=lambda each: (each[0].room_no, each[1])), words))
    return sorted(found, key=lambda e: (e.site_unit.start, -len(e.places)))[:EMPTY_SHOWN]


def unmet(preview: Preview) -> list[tuple[str, Any, int]]:
    """What of an earlier plan could not be taken over: who, why, in how many units."""
    wishes = preview.found.task.wishes
    found = Counter((wishes[place], why) for place, why in preview.filling.unmet.items())
    named = [(preview.found.people[pk].name, WHY[why], n) for (pk, why), n in found.items()]
    return sorted(named, key=lambda each: (-each[2], each[0]))
