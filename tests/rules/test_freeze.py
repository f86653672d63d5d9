"""A new minimum of the App keeps clear of exams (B1)."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.rules.freeze import Planned, frozen, lay, next_free
from exam_ops.rules.policy import DEFAULT
from exam_ops.rules.versions import Version

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)
E = T + timedelta(minutes=90)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
UNIT = frozen(T, E)
OWN = Version.parse("4.0.0")


@pytest.mark.parametrize(
    ("at", "is_frozen"),
    [
        (T - 2 * HOUR - SECOND, False),
        (T - 2 * HOUR, True),
        (T - 2 * HOUR + SECOND, True),
        (E - SECOND, True),
        (E, False),
        (E + SECOND, False),
    ],
)
def test_from_two_hours_before_the_start_until_the_end(at, is_frozen):
    assert (at in UNIT) is is_frozen
    assert next_free(at, [UNIT]) == (E if is_frozen else at)


def test_a_plan_may_have_a_longer_freeze():
    policy = DEFAULT.changed({"app_freeze_before": 3 * 3600})
    assert T - 3 * HOUR in frozen(T, E, policy)


def test_units_that_follow_each_other_are_one_freeze():
    windows = [frozen(T + n * 2 * HOUR, E + n * 2 * HOUR) for n in (2, 0, 1)]
    assert next_free(T, windows) == E + 4 * HOUR


def test_a_gap_between_units_is_free():
    later = frozen(T + 6 * HOUR, E + 6 * HOUR)
    assert next_free(T, [UNIT, later]) == E


def planned(key: int, minimum: str, at: datetime, **more) -> Planned:
    return Planned(key, Version.parse(minimum), at, **more)


def laid(*releases: Planned, now: datetime = T - 24 * HOUR) -> dict[int, datetime]:
    return lay(releases, own=OWN, free_from=lambda at: next_free(at, [UNIT]), now=now)


@pytest.mark.parametrize("minimum", ["4.0.0", "4", "3.9"])
def test_a_minimum_that_shuts_nobody_out_holds_at_any_time(minimum):
    assert laid(planned(1, minimum, T))[1] == T


def test_a_new_minimum_waits_for_the_end_of_the_unit():
    assert laid(planned(1, "4.0.1", T))[1] == E


def test_headquarters_word_lets_it_hold():
    assert laid(planned(1, "4.0.1", T, has_word=True))[1] == T


def test_what_holds_already_is_not_moved():
    assert laid(planned(1, "4.1", T - HOUR, holds_from=T - HOUR), now=T)[1] == T - HOUR


def test_a_held_one_holds_at_once_when_the_unit_has_gone():
    assert lay([planned(1, "4.1", T - HOUR)], own=OWN, free_from=lambda at: at, now=T) == {1: T}


def test_the_one_after_a_held_one_is_measured_by_what_is_in_force():
    """The second asks for no more than the first, but the first does not hold yet."""
    assert laid(planned(1, "4.1", T - HOUR), planned(2, "4.1", T)) == {1: E, 2: E}
    assert laid(planned(1, "4.1", T - HOUR), planned(2, "4.0", T))[2] == T
