"""Grades of incidents, what goes up by itself, and who may close (A2, A3; clause 一; reading 40)."""

from dataclasses import dataclass
from datetime import datetime

from exam_ops.rules.ladder import LEVELS, Level, is_above, next_level
from exam_ops.rules.policy import DEFAULT, Policy

# Types whose cause may lie above the sites that report them: the same one at many sites at once is one failure.
# People's own troubles (a ticket, a face, a roster, an illness) are not: two branches have each every morning.
SPREADING = frozenset(
    {"IDV-03", "IDV-04", "IDV-05", "IDV-07", "IDV-09", "IDV-11", "CLI-01", "CLI-02", "CLI-06", "CLI-07"}
    | {"CLI-08", "CLI-09", "CLI-10", "NET", "PWR", "AUD", "DAT", "PLT", "PPR", "PUB", "DIS"}
)
SINGLE_ROOM = frozenset({"IDV-03", "IDV-05"})  # C5, C7: one room alone reaches the branch as a digest line


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an incident reaches: people and rooms named, the size of what they are part of, lost time."""

    people: int = 0
    room_size: int = 0
    rooms: int = 0
    whole_room: bool = False
    whole_site: bool = False
    sites: int = 1
    branches: int = 1
    lost_minutes: int = 0


def grade(default: int, reach: Reach, policy: Policy = DEFAULT) -> int:
    """The grade 1..4 (1 worst): the type's own, raised where the reach asks for it; never lowered."""
    if reach.branches >= policy.grade1_branches or reach.sites >= policy.grade1_sites:
        return 1
    found = default
    if (
        reach.whole_site
        or reach.rooms >= policy.grade2_rooms
        or reach.people >= policy.grade2_people
        or reach.lost_minutes > policy.grade2_lost_minutes
    ):
        found = min(found, 2)
    share = reach.people / reach.room_size if reach.room_size else 0.0
    large_share = share >= policy.grade3_share and reach.people > 1
    if (
        reach.whole_room
        or reach.people >= policy.grade3_people
        or large_share
        or reach.lost_minutes > policy.grade3_lost_minutes
    ):
        found = min(found, 3)
    return found


def closes(incident_grade: int) -> Level:
    """The lowest level that may close an incident of this grade: Ⅳ site, Ⅲ branch, Ⅱ and Ⅰ headquarters."""
    return {4: Level.SITE, 3: Level.BRANCH}.get(incident_grade, Level.HQ)


def may_close(level: Level, incident_grade: int) -> bool:
    """Whether somebody who stands at `level` may close, or lower the grade of, an incident (reading 40)."""
    return not is_above(closes(incident_grade), level)


def goes_up(*, incident_grade: int, declared_major: bool, mass: bool) -> bool:
    """Whether an unsolved incident goes up by itself at T−5, or at once when it arises later (A2)."""
    return declared_major or mass or incident_grade <= 2


def is_single_room(*, type: str, rooms: int, grade: int, goes_up: bool) -> bool:
    """Whether it is one blocked room and no more (C5, C7): the branch hears of it in its digest, not singly."""
    return type in SINGLE_ROOM and rooms == 1 and grade >= 3 and not goes_up


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


__all__ = [
    "LEVELS",
    "SINGLE_ROOM",
    "SPREADING",
    "Blocked",
    "Level",
    "Reach",
    "closes",
    "goes_up",
    "grade",
    "is_above",
    "is_past_escalation",
    "is_single_room",
    "may_close",
    "next_level",
]
