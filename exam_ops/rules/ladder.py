"""The ladder as data: who is told of an incident of each grade and when, and what is due next (A1, A2; clause 一)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from exam_ops.rules.permissions import Role


class Level(StrEnum):
    SITE = "site"
    BRANCH = "branch"
    HQ = "hq"


LEVELS = (Level.SITE, Level.BRANCH, Level.HQ)
GRADES = (1, 2, 3, 4)

ROLES_AT: dict[Level, tuple[Role, ...]] = {
    Level.SITE: (Role.SITE, Role.CHIEF),
    Level.BRANCH: (Role.BRANCH,),
    Level.HQ: (Role.HQ,),
}
AT_ONCE = timedelta(0)


def next_level(level: Level | str) -> Level | None:
    """The level above, or None at headquarters."""
    place = LEVELS.index(Level(level))
    return LEVELS[place + 1] if place + 1 < len(LEVELS) else None


def is_above(level: Level | str, other: Level | str) -> bool:
    """Whether `level` stands higher than `other`."""
    return LEVELS.index(Level(level)) > LEVELS.index(Level(other))


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of a ladder.

    `within`: told at the latest so long after the incident opened, 0 at once, None only when the level below
    does not say "mine" in its time. `acknowledge`: how long the level has to say "mine" once it is asked.
    """

    level: Level
    within: timedelta | None
    acknowledge: timedelta
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of one grade from the site upwards.

    `again`: how often the last rung is told once more when it stays silent; after that the incident stands on
    the board as overdue. `update_every`: a report upwards is owed so often, None never.
    """

    rungs: tuple[Rung, ...]
    again: int = 3
    update_every: timedelta | None = None

    def rung(self, level: Level | str) -> Rung | None:
        """The rung of `level`; None where this grade's ladder does not reach it."""
        return next((rung for rung in self.rungs if rung.level == level), None)

    def above(self, level: Level | str) -> Rung | None:
        """The next rung above `level`."""
        return next((rung for rung in self.rungs if is_above(rung.level, level)), None)

    @property
    def at_once(self) -> tuple[Rung, ...]:
        """The rungs that are told when the incident opens."""
        return tuple(rung for rung in self.rungs if rung.within == AT_ONCE)

    def acknowledge_in(self, level: Level | str) -> timedelta:
        """How long `level` has to say "mine"; one that the ladder does not reach has the last rung's time."""
        return (self.rung(level) or self.rungs[-1]).acknowledge


def _rung(level: Level, within: timedelta | None, acknowledge: timedelta) -> Rung:
    return Rung(level, within, acknowledge, ROLES_AT[level])


def _m(value: float) -> timedelta:
    return timedelta(minutes=value)


DEFAULT_LADDERS: Mapping[int, Ladder] = {
    1: Ladder(
        (
            _rung(Level.SITE, AT_ONCE, _m(1)),
            _rung(Level.BRANCH, AT_ONCE, _m(1)),
            _rung(Level.HQ, AT_ONCE, _m(1)),
        ),
        update_every=_m(30),
    ),
    2: Ladder(
        (
            _rung(Level.SITE, AT_ONCE, _m(1)),
            _rung(Level.BRANCH, _m(5), _m(1)),
            _rung(Level.HQ, _m(15), _m(1)),
        )
    ),
    3: Ladder(
        (
            _rung(Level.SITE, AT_ONCE, _m(2)),
            _rung(Level.BRANCH, _m(10), _m(2)),
            _rung(Level.HQ, None, _m(2)),
        )
    ),
    4: Ladder((_rung(Level.SITE, AT_ONCE, _m(2)),), again=1),
}


def with_acknowledge(ladder: Ladder, span: timedelta) -> Ladder:
    """The same ladder with `span` to acknowledge on every rung."""
    return replace(ladder, rungs=tuple(replace(rung, acknowledge=span) for rung in ladder.rungs))


def stored(ladders: Mapping[int, Ladder]) -> dict[str, Any]:
    """Ladders as JSON values, durations in seconds."""
    return {
        str(grade): {
            "rungs": [
                {
                    "level": str(rung.level),
                    "within": None if rung.within is None else rung.within.total_seconds(),
                    "acknowledge": rung.acknowledge.total_seconds(),
                    "roles": [str(role) for role in rung.roles],
                }
                for rung in ladder.rungs
            ],
            "again": ladder.again,
            "update_every": ladder.update_every.total_seconds() if ladder.update_every else None,
        }
        for grade, ladder in ladders.items()
    }


def read(values: Mapping[str, Any], base: Mapping[int, Ladder] = DEFAULT_LADDERS) -> dict[int, Ladder]:
    """Ladders from JSON values laid over `base`; a bare number is an acknowledge time, as first stored."""
    return dict(base) | {int(grade): _read_one(int(grade), value, base) for grade, value in values.items()}


def read_grade(values: Mapping[str, Any], grade: int) -> Ladder:
    """The ladder of one grade out of stored values; the default where they have none."""
    value = values.get(str(grade))
    return DEFAULT_LADDERS[grade] if value is None else _read_one(grade, value, DEFAULT_LADDERS)


def _read_one(grade: int, value: Any, base: Mapping[int, Ladder]) -> Ladder:
    if not isinstance(value, Mapping):
        return with_acknowledge(base[grade], timedelta(seconds=value))
    every, known = value.get("update_every"), base[grade]
    return Ladder(
        tuple(
            Rung(
                Level(rung["level"]),
                None if rung["within"] is None else timedelta(seconds=rung["within"]),
                timedelta(seconds=rung["acknowledge"]),
                tuple(Role(role) for role in rung["roles"]),
            )
            for rung in value["rungs"]
        ),
        again=value.get("again", known.again),
        update_every=timedelta(seconds=every) if every else None,
    )


class What(StrEnum):
    """What is due on a ladder."""

    TELL = "tell"  # a level's latest time has come
    CLIMB = "climb"  # nobody said "mine": the next level is asked
    AGAIN = "again"  # nobody said "mine" and nobody stands above: the same level is told again
    UPDATE = "update"  # a report upwards is owed


@dataclass(frozen=True, slots=True)
class Standing:
    """How an unsolved incident stands on its ladder; all instants on one clock.

    `asked`: the highest level that was asked to say "mine", `until`: by when (None: somebody has).
    `told`: the levels that know of it. `again`: how often the last rung was told once more.
    `reported_at`: the last report upwards, or the last reminder of one.
    """

    since: datetime
    asked: Level
    until: datetime | None
    told: frozenset[Level]
    again: int = 0
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The next thing to do, and when."""

    at: datetime
    what: What
    level: Level


def next_step(ladder: Ladder, standing: Standing) -> Due | None:
    """What is due next on the ladder, due from `at` on; None when nothing is ahead any more."""
    dues = [
        Due(standing.since + rung.within, What.TELL, rung.level)
        for rung in ladder.rungs
        if rung.within is not None and rung.level not in standing.told
    ]
    if standing.until is not None:
        above = ladder.above(standing.asked)
        if above is not None:
            dues.append(Due(standing.until, What.CLIMB, above.level))
        elif standing.again < ladder.again:
            dues.append(Due(standing.until, What.AGAIN, standing.asked))
    if ladder.update_every is not None:
        since = standing.reported_at or standing.since
        dues.append(Due(since + ladder.update_every, What.UPDATE, ladder.rungs[-1].level))
    return min(dues, key=lambda due: due.at, default=None)
