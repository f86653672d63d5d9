"""此刻通常: how many of a unit's candidates have usually signed in by a given minute (C4, E2).

The shape is how people arrive: few at first, most in the quarter of an hour before the start, stragglers
until ten minutes after it. It ends at the usual attendance; 23–27 % absent is normal (A3).
"""

from datetime import timedelta

ATTENDANCE = 0.75

ARRIVAL: tuple[tuple[int, float], ...] = (
    (-30, 0.00),
    (-25, 0.08),
    (-20, 0.21),
    (-15, 0.40),
    (-10, 0.62),
    (-5, 0.82),
    (0, 0.94),
    (5, 0.98),
    (10, 1.00),
)
"""Minutes from the start, and the share of those who come that have signed in by then."""


def expected_share(since_start: timedelta) -> float:
    """The share (0..1) of the registered usually signed in `since_start` after the start, straight between points."""
    minute = since_start.total_seconds() / 60
    before = (ARRIVAL[0][0], 0.0)
    for point in ARRIVAL:
        if minute <= point[0]:
            span = point[0] - before[0]
            along = (minute - before[0]) / span if span else 0.0
            return ATTENDANCE * max(0.0, before[1] + (point[1] - before[1]) * along)
        before = point
    return ATTENDANCE


def expected_count(registered: int, since_start: timedelta) -> int:
    """The same in people, rounded."""
    return round(registered * expected_share(since_start))
