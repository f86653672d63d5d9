"""此刻通常: the usual sign-ins by the minute."""

from datetime import timedelta

import pytest

from exam_ops.rules.expected import ARRIVAL, ATTENDANCE, expected_count, expected_share


def share(minutes: float) -> float:
    return expected_share(timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("minutes", "of_those_who_come"),
    [(-90, 0), (-30, 0), (-15, 0.40), (-12.5, 0.51), (0, 0.94), (10, 1), (85, 1)],
)
def test_it_follows_the_arrivals(minutes, of_those_who_come):
    assert share(minutes) == pytest.approx(ATTENDANCE * of_those_who_come)


def test_it_never_falls():
    shares = [share(minutes / 4) for minutes in range(-140, 140)]
    assert shares == sorted(shares)


def test_the_curve_is_one():
    assert [minute for minute, _ in ARRIVAL] == sorted({minute for minute, _ in ARRIVAL})
    assert ARRIVAL[0][1] == 0
    assert ARRIVAL[-1][1] == 1


def test_in_people():
    assert expected_count(172, timedelta(0)) == 121
    assert expected_count(0, timedelta(0)) == 0
