"""When the check after the exam opens, is due and is late (C16)."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.rules.moments import BEIJING
from exam_ops.rules.post_exam import GATHER_FOR, State, due_at, state, tell_branch_at
from tests.world import E, T

SECOND = timedelta(seconds=1)
MIDNIGHT = datetime(2025, 12, 7, tzinfo=BEIJING)


@pytest.mark.parametrize(
    "start",
    [
        datetime(2025, 12, 6, 0, 0, tzinfo=BEIJING),
        T,
        datetime(2025, 12, 5, 16, 0, tzinfo=UTC),
        datetime(2025, 12, 6, 23, 59, 59, tzinfo=BEIJING),
    ],
)
def test_it_is_due_on_the_day_of_the_unit_in_beijing(start):
    assert due_at(start) == MIDNIGHT


@pytest.mark.parametrize(
    ("now", "done", "expected"),
    [
        (E - SECOND, 0, State.AHEAD),
        (E, 0, State.OPEN),
        (E + SECOND, 2, State.OPEN),
        (MIDNIGHT - SECOND, 2, State.OPEN),
        (MIDNIGHT, 2, State.OVERDUE),
        (MIDNIGHT + SECOND, 2, State.OVERDUE),
        (MIDNIGHT, 3, State.DONE),
    ],
)
def test_how_it_stands(now, done, expected):
    assert state(start=T, end=E, now=now, done=done, total=3) == expected


def test_a_site_that_let_nobody_in_has_nothing_to_check():
    assert state(start=T, end=E, now=MIDNIGHT, done=0, total=0) == State.DONE


@pytest.mark.parametrize(
    ("now", "complete", "told", "expected"),
    [
        (E, True, False, E),
        (E, False, False, MIDNIGHT),
        (E, False, True, E + GATHER_FOR),
        (MIDNIGHT - SECOND, False, False, MIDNIGHT),
        (MIDNIGHT, False, False, MIDNIGHT + GATHER_FOR),
    ],
)
def test_when_the_branch_is_told(now, complete, told, expected):
    assert tell_branch_at(now=now, start=T, complete=complete, told_before=told) == expected
