"""Where a duty roster leaves nobody."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.rules.duty import gaps

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return T + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("shifts", "found"),
    [
        ([], [(0, 100)]),
        ([(0, 100)], []),
        ([(-50, 150)], []),
        ([(0, 99)], [(99, 100)]),
        ([(1, 100)], [(0, 1)]),
        ([(0, 40), (40, 100)], []),
        ([(0, 40), (41, 100)], [(40, 41)]),
        ([(50, 100), (0, 60)], []),
        ([(10, 90), (20, 30)], [(0, 10), (90, 100)]),
        ([(-20, 0), (100, 120)], [(0, 100)]),
    ],
)
def test_gaps_are_what_no_shift_covers(shifts, found):
    told = gaps(at(0), at(100), [(at(a), at(b)) for a, b in shifts])
    assert told == [(at(a), at(b)) for a, b in found]
