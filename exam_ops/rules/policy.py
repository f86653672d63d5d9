"""Every number of the plan, as headquarters may set it for one exam plan.

The defaults are the contingency plan's own; a plan's policy is stored as a version of changed values,
and what was opened under a version keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any

from exam_ops.rules import ladder as ladders
from exam_ops.rules.ladder import DEFAULT_LADDERS, Ladder


def minutes(value: float) -> timedelta:
    return timedelta(minutes=value)


@dataclass(frozen=True)
class Policy:
    """Numbers of the plan; durations are `timedelta`, shares are 0..1, counts are people unless said."""

    # entry (C0, C3, C6, C17)
    entry_opens_before: timedelta = minutes(30)
    entry_closes_after: timedelta = minutes(30)
    escalate_before: timedelta = minutes(5)
    sync_lag_after: timedelta = minutes(15)
    # evidence (C15)
    photo_earliest_after: timedelta = minutes(20)
    photo_on_time_from: timedelta = minutes(25)
    photo_on_time_until: timedelta = minutes(40)
    photo_due_after: timedelta = minutes(30)
    photo_future_tolerance: timedelta = minutes(2)
    skew_marked_above: timedelta = minutes(5)
    # proctors (C8)
    roster_free_until: timedelta = timedelta(hours=48)
    roster_change_until: timedelta = timedelta(hours=2)
    proctors_per_room: int = 2
    roster_pressed_again_after: timedelta = timedelta(hours=1)  # by hand, the same site (C9)
    readiness_sign_in_within: timedelta = timedelta(days=14)  # before a plan's first unit (B8)
    # App (B1): a new minimum does not begin from so long before a unit until its end
    app_freeze_before: timedelta = timedelta(hours=2)
    # client (D6, D9)
    offline_open_after: timedelta = timedelta(hours=24)
    login_authorisation_life: timedelta = minutes(10)
    # mass failure (A3)
    mass_share: float = 0.20
    mass_people: int = 50
    mass_at_least: int = 5
    request_blocks_after: timedelta = minutes(3)
    silent_room_before: timedelta = minutes(10)
    silent_room_others: float = 0.50
    # grades (A2)
    grade3_people: int = 5
    grade3_share: float = 0.20
    grade2_people: int = 50
    grade2_rooms: int = 3
    grade1_branches: int = 2
    grade1_sites: int = 10
    grade3_lost_minutes: int = 10  # more than this is Ⅲ
    grade2_lost_minutes: int = 30
    # ladder: who is told of each grade, and when (A2)
    ladder: Mapping[int, Ladder] = field(default_factory=lambda: DEFAULT_LADDERS)
    # support desk (A1): untaken at the branch's for so long, headquarters' has it too
    desk_passes_on_after: timedelta = minutes(5)
    # decisions of headquarters (A4)
    hq_confirms: bool = False  # a second headquarters person confirms them …
    hq_confirms_within: timedelta = minutes(5)  # … until then, else they expire
    decision_minutes_most: int = 240  # a delay or an extension
    evidence_may_reopen: bool = False  # reading 20: off unless headquarters says so
    evidence_reopens_at_most: timedelta = timedelta(hours=24)  # from the decision on
    deadline_offsets: Mapping[str, timedelta] = field(default_factory=dict)  # deadline key → changed offset

    def changed(self, values: Mapping[str, Any]) -> "Policy":
        """This policy with stored `values` (durations in seconds) laid over it; unknown names raise KeyError."""
        known = {f.name: f for f in fields(self)}
        laid: dict[str, Any] = {}
        for name, value in gathered(values).items():
            if name not in known:
                raise KeyError(name)
            if name == "ladder":
                laid[name] = ladders.read(value, self.ladder)
            elif name == "deadline_offsets":
                laid[name] = {key: timedelta(seconds=seconds) for key, seconds in value.items()}
            else:
                is_duration = isinstance(getattr(self, name), timedelta)
                laid[name] = timedelta(seconds=value) if is_duration else value
        return replace(self, **laid)

    def stored(self) -> dict[str, Any]:
        """The policy as JSON values (durations in seconds)."""

        def plain(value: Any) -> Any:
            if isinstance(value, timedelta):
                return value.total_seconds()
            return {k: plain(v) for k, v in value.items()} if isinstance(value, Mapping) else value

        values = {f.name: plain(getattr(self, f.name)) for f in fields(self) if f.name != "ladder"}
        return values | {"ladder": ladders.stored(self.ladder)}


_ACKNOWLEDGE = "acknowledge_"  # `acknowledge_3`: how versions stored a grade's time before they held ladders


def gathered(values: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values with the older way of writing acknowledge times taken into the ladder."""
    older = {f"{_ACKNOWLEDGE}{grade}": str(grade) for grade in ladders.GRADES}
    times = {older[name]: value for name, value in values.items() if name in older}
    kept = {name: value for name, value in values.items() if name not in older}
    return kept | {"ladder": times | kept.get("ladder", {})} if times else kept


DEFAULT = Policy()
