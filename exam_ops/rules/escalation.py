"""Grades of incidents and who is told when (A2, A3; clause 一)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from exam_ops.rules.policy import DEFAULT, Policy


class Level(StrEnum):
    SITE = "site"
    BRANCH = "branch"
    HQ = "hq"


LEVELS = (Level.SITE, Level.BRANCH, Level.HQ)


def next_level(level: Level | str) -> Level | None:
    """The level above, or None at headquarters."""
    place = LEVELS.index(Level(level))
    return LEVELS[place + 1] if place + 1 < len(LEVELS) else None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an incident reaches: people and rooms named, and the size of what they are part of."""

    people: int = 0
    room_size: int = 0
    rooms: int = 0
    whole_room: bool = False
    whole_site: bool = False
    sites: int = 1
    branches: int = 1


def grade(default: int, reach: Reach, policy: Policy = DEFAULT) -> int:
    """The grade 1..4 (1 worst): the type's own, raised where the reach asks for it; never lowered."""
    if reach.branches >= policy.grade1_branches or reach.sites >= policy.grade1_sites:
        return 1
    found = default
    if reach.whole_site or reach.rooms >= policy.grade2_rooms or reach.people >= policy.grade2_people:
        found = min(found, 2)
    share = reach.people / reach.room_size if reach.room_size else 0.0
    large_share = share >= policy.grade3_share and reach.people > 1
    if reach.whole_room or reach.people >= policy.grade3_people or large_share:
        found = min(found, 3)
    return found


def acknowledge_in(incident_grade: int, policy: Policy = DEFAULT) -> timedelta:
    """How long a level may leave an incident of this grade unacknowledged before the next is told."""
    return (policy.acknowledge_1, policy.acknowledge_2, policy.acknowledge_3, policy.acknowledge_4)[
        incident_grade - 1
    ]


def climbs_unacknowledged(incident_grade: int) -> bool:
    """Whether the next level is told when nobody acknowledges; a single candidate (Ⅳ) stays with the chief."""
    return incident_grade <= 3


def first_level(incident_grade: int) -> Level:
    """Who is told first: headquarters at once for Ⅰ, else the site."""
    return Level.HQ if incident_grade == 1 else Level.SITE


def goes_up(*, incident_grade: int, declared_major: bool, mass: bool) -> bool:
    """Whether an unsolved incident goes up by itself at T−5, or at once when it arises later (A2)."""
    return declared_major or mass or incident_grade <= 2


def is_past_escalation(*, start: datetime, now: datetime, policy: Policy = DEFAULT) -> bool:
    """Whether T−5 has come: what arises from here on goes up at once."""
    return now >= start - policy.escalate_before


@dataclass(frozen=True, slots=True)
class Blocked:
    """People of one site unit who are kept from entering, by a positive sign each, never by mere absence."""

    people: int
    registered: int
    rooms: int  # rooms blocked as a whole

    def is_mass(self, policy: Policy = DEFAULT) -> bool:
        """≥20 % of the site's unit, ≥50 people or a whole room; and ≥5 people (A3)."""
        if self.people < policy.mass_at_least:
            return False
        share = self.people / self.registered if self.registered else 0.0
        return share >= policy.mass_share or self.people >= policy.mass_people or self.rooms > 0

    def grade(self, policy: Policy = DEFAULT) -> int:
        """Ⅲ for one room, else Ⅱ."""
        site_wide = (
            self.registered and self.people / self.registered >= policy.mass_share and self.rooms != 1
        ) or self.people >= policy.mass_people
        return 2 if site_wide or self.rooms != 1 else 3
