"""考后核验 (C16): when it opens, until when it is due, how it stands. All instants are plan time."""

from datetime import datetime, time, timedelta
from enum import StrEnum

from exam_ops.rules.moments import BEIJING

GATHER_FOR = timedelta(minutes=15)  # findings made after the branch was told go together in another message


class Result(StrEnum):
    SAME = "same"
    DOUBT = "doubt"
    DIFFERS = "differs"


FINDINGS = frozenset({Result.DOUBT, Result.DIFFERS})


class State(StrEnum):
    AHEAD = "ahead"  # the unit has not ended
    OPEN = "open"
    DONE = "done"
    OVERDUE = "overdue"


def due_at(start: datetime) -> datetime:
    """24:00 in Beijing of the day on which the unit starts: the check belongs to the same day."""
    tomorrow = start.astimezone(BEIJING).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), BEIJING)


def state(*, start: datetime, end: datetime, now: datetime, done: int, total: int) -> State:
    """How the check of a unit `[start, end)` stands at `now`; one with nothing left to check is done."""
    if now < end:
        return State.AHEAD
    if done >= total:
        return State.DONE
    return State.OVERDUE if now >= due_at(start) else State.OPEN


def tell_branch_at(*, now: datetime, start: datetime, complete: bool, told_before: bool) -> datetime:
    """When the branch hears of a finding made at `now`.

    At once when the site's check is complete, else at 24:00 with all the others; what is found after that, or
    after the branch was told, is gathered for a quarter of an hour.
    """
    if complete:
        return now
    due = due_at(start)
    return now + GATHER_FOR if told_before or now >= due else due
