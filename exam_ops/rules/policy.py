"""Every number of the plan, as headquarters may set it for one exam plan.

The defaults are the contingency plan's own; a plan's policy is stored as a version of changed values,
and what was opened under a version keeps it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import timedelta
from typing import Any


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
    # ladder: time to acknowledge before the next level is told
    acknowledge_4: timedelta = minutes(2)
    acknowledge_3: timedelta = minutes(2)
    acknowledge_2: timedelta = minutes(1)
    acknowledge_1: timedelta = minutes(1)
    # support desk (A1): untaken at the branch's for so long, headquarters' has it too
    desk_passes_on_after: timedelta = minutes(5)
    hq_confirms: bool = False  # a second headquarters person confirms decisions (A4)
    deadline_offsets: Mapping[str, timedelta] = field(default_factory=dict)  # deadline key → changed offset

    def changed(self, values: Mapping[str, Any]) -> "Policy":
        """This policy with stored `values` (durations in seconds) laid over it; unknown names raise KeyError."""
        known = {f.name: f for f in fields(self)}
        laid: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise KeyError(name)
            if name == "deadline_offsets":
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

        return {name: plain(value) for name, value in asdict(self).items()}


DEFAULT = Policy()
