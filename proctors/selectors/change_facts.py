"""What a decider wants to know of each change: certificates, load and other rooms of who goes and comes, what is left (C8)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from exam_ops.core.models import RosterRow, User
from exam_ops.rules.moments import BEIJING
from proctors.models import ProctorChange
from proctors.selectors.busy import same_clock
from proctors.selectors.changes import is_certified


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who goes or comes: rooms of the plan on their rosters, and where else they stand on that day."""

    user: User
    is_certified: bool
    load: int
    elsewhere: list[RosterRow]


@dataclass(frozen=True, slots=True)
class Facts:
    """One change as its decider needs it; how many certified proctors the room has now, and would have then."""

    outgoing: Somebody | None
    incoming: Somebody | None
    certified: int
    certified_then: int


def facts_of(changes: Sequence[ProctorChange], *, now: datetime) -> dict[object, Facts]:
    """By the change's key, in two statements; changes of one plan, with what `RELATED` of `changes` names."""
    if not changes:
        return {}
    rosters = _rosters(changes, now)
    standing = _standing(changes)
    return {change.pk: _facts(change, rosters, standing[change.room_session_id]) for change in changes}


def _facts(change: ProctorChange, rosters: dict[int, list[RosterRow]], standing: dict[int, bool]) -> Facts:
    def somebody(user: User | None) -> Somebody | None:
        return _somebody(user, change, rosters[user.pk]) if user else None

    then = {pk: certified for pk, certified in standing.items() if pk != change.outgoing_id}
    if change.incoming is not None:
        then[change.incoming.pk] = is_certified(change.incoming)
    return Facts(
        somebody(change.outgoing), somebody(change.incoming), sum(standing.values()), sum(then.values())
    )


def _somebody(user: User, change: ProctorChange, rows: list[RosterRow]) -> Somebody:
    plan, day = change.site_unit.unit.plan_id, _day(change.site_unit.start)
    in_plan = [row for row in rows if row.room_session.site_unit.unit.plan_id == plan]
    elsewhere = [
        row
        for row in rows
        if row.room_session_id != change.room_session_id and _day(row.room_session.site_unit.start) == day
    ]
    return Somebody(user, is_certified(user), len(in_plan), elsewhere)


def _rosters(changes: Sequence[ProctorChange], now: datetime) -> dict[int, list[RosterRow]]:
    """The rows of everybody concerned: in the plan, and ahead in others on the same clock."""
    plan = changes[0].site_unit.unit.plan
    people = {pk for change in changes for pk in (change.outgoing_id, change.incoming_id) if pk}
    place = "room_session__site_unit__"
    ahead = same_clock(plan, place) & Q(**{f"{place}ends_at__gt": now})
    rows = RosterRow.objects.filter(Q(**{f"{place}unit__plan": plan}) | ahead, proctor__in=people)
    found: dict[int, list[RosterRow]] = defaultdict(list)
    related = ("room_session__site_unit__unit", "room_session__site_unit__site", "room_session__room")
    for row in rows.select_related(*related).order_by(f"{place}starts_at"):
        found[row.proctor_id].append(row)
    return found


def _standing(changes: Sequence[ProctorChange]) -> dict[int, dict[int, bool]]:
    """Of each room who stands there, and whether they are certified."""
    rows = RosterRow.objects.filter(room_session__in={change.room_session_id for change in changes})
    found: dict[int, dict[int, bool]] = defaultdict(dict)
    for row in rows.select_related("proctor__proctor"):
        found[row.room_session_id][row.proctor_id] = is_certified(row.proctor)
    return found


def _day(at: datetime) -> date:
    return at.astimezone(BEIJING).date()
