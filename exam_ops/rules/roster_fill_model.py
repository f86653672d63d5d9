"""What filling a roster is asked, and what it answers: places, people, limits, reasons (C8, clause 二(三)6)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median

from exam_ops.rules.moments import BEIJING

LEAD, SECOND = "lead", "second"
REST = timedelta(hours=2)  # a shorter pause between two units is no rest: they count as in a row


class Why(StrEnum):
    """Why somebody can't take a place, the first that holds in this order."""

    UNCERTIFIED = "uncertified"
    LEFT_OUT = "left_out"  # by choice of whoever fills
    HERE = "here"  # stands in another room of the unit
    ELSEWHERE = "elsewhere"  # another site or plan, or a change that waits
    A_DAY = "a_day"
    IN_A_ROW = "in_a_row"
    RECUSED = "recused"
    EXPERIENCE = "experience"  # a lead must have proctored before


LIMITS = frozenset({Why.A_DAY, Why.IN_A_ROW, Why.EXPERIENCE})  # what whoever fills may set otherwise


@dataclass(frozen=True, slots=True)
class Span:
    """A duty in plan time, `[start, end)`; `day` is its day in Beijing."""

    start: datetime
    end: datetime
    day: date

    @classmethod
    def of(cls, start: datetime, end: datetime) -> "Span":
        return cls(start, end, start.astimezone(BEIJING).date())

    def meets(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One of a room's places in one unit; rooms and units by key."""

    unit: int
    room: int
    position: str


@dataclass(frozen=True, slots=True)
class Person:
    """A proctor of the site. `elsewhere`: duties that are not on this roster; `load`: those of the same plan.

    `recused`: (unit, room) where they may not stand. `experience`: units proctored before; None: not known.
    """

    id: int
    certified: bool = True
    left_out: bool = False
    elsewhere: tuple[Span, ...] = ()
    load: int = 0
    recused: frozenset[tuple[int, int]] = frozenset()
    experience: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one person may be given: units in a row (pauses under `REST`), units a day; what a lead needs."""

    in_a_row: int = 3
    a_day: int = 4
    lead_has_experience: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What shall be filled. `filled` are places that somebody holds: never touched.

    `wishes` are seated first, where they may be; `wishes_alone` leaves every other place empty. The same task
    with the same `seed` has the same answer.
    """

    units: Mapping[int, Span]
    places: Sequence[Place]
    people: Sequence[Person]
    filled: Mapping[Place, int] = field(default_factory=dict)
    limits: Limits = Limits()
    wishes: Mapping[Place, int] = field(default_factory=dict)
    wishes_alone: bool = False
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """How evenly people are laden, in units: only those who may be given any."""

    least: int
    middle: float
    most: int

    @classmethod
    def of(cls, loads: Sequence[int]) -> "Spread":
        return cls(min(loads), median(loads), max(loads)) if loads else cls(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Filling:
    """What a task leads to: who is given which place, why the others stay empty, and the loads before and after.

    `empty` counts, for each place left empty, the people by what keeps them from it. `unmet` are wishes that
    could not be kept. `limited`: places that would have a person, did the limits not stand in the way.
    """

    given: Mapping[Place, int]
    empty: Mapping[Place, Counter[Why]]
    unmet: Mapping[Place, Why]
    before: Mapping[int, int]
    after: Mapping[int, int]

    @property
    def limited(self) -> int:
        return sum(1 for reasons in self.empty.values() if LIMITS & reasons.keys())

    @property
    def spread_before(self) -> Spread:
        return Spread.of(list(self.before.values()))

    @property
    def spread_after(self) -> Spread:
        return Spread.of(list(self.after.values()))
