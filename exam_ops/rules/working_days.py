"""Working days in China: the week, with each year's public holidays and made-up working days laid over it.

The State Council names them once a year, in November, for the year to come. A year is one row of `YEARS`; a year
without a row has its weekends alone.
"""

from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5  # of date.weekday()


@dataclass(frozen=True, slots=True)
class Year:
    """The days of a year that are not as its week says."""

    holidays: tuple[tuple[date, date], ...]  # first and last day, both off
    made_up: tuple[date, ...]  # weekend days that are worked


YEARS: dict[int, Year] = {
    2025: Year(
        holidays=(
            (date(2025, 1, 1), date(2025, 1, 1)),
            (date(2025, 1, 28), date(2025, 2, 4)),
            (date(2025, 4, 4), date(2025, 4, 6)),
            (date(2025, 5, 1), date(2025, 5, 5)),
            (date(2025, 5, 31), date(2025, 6, 2)),
            (date(2025, 10, 1), date(2025, 10, 8)),
        ),
        made_up=(
            date(2025, 1, 26),
            date(2025, 2, 8),
            date(2025, 4, 27),
            date(2025, 9, 28),
            date(2025, 10, 11),
        ),
    ),
    2026: Year(
        holidays=(
            (date(2026, 1, 1), date(2026, 1, 3)),
            (date(2026, 2, 15), date(2026, 2, 23)),
            (date(2026, 4, 4), date(2026, 4, 6)),
            (date(2026, 5, 1), date(2026, 5, 5)),
            (date(2026, 6, 19), date(2026, 6, 21)),
            (date(2026, 9, 25), date(2026, 9, 27)),
            (date(2026, 10, 1), date(2026, 10, 7)),
        ),
        made_up=(
            date(2026, 1, 4),
            date(2026, 2, 14),
            date(2026, 2, 28),
            date(2026, 5, 9),
            date(2026, 9, 20),
            date(2026, 10, 10),
        ),
    ),
}


def is_working_day(day: date) -> bool:
    """Whether offices are open on `day` (Beijing)."""
    year = YEARS.get(day.year)
    if year is not None and day in year.made_up:
        return True
    if year is not None and any(first <= day <= last for first, last in year.holidays):
        return False
    return day.weekday() < SATURDAY


def working_day_before(day: date) -> date:
    """The last working day before `day`."""
    found = day - timedelta(days=1)
    while not is_working_day(found):
        found -= timedelta(days=1)
    return found
