"""Working days: weekends, public holidays, made-up days; and the eve of an early unit that falls on them (C8)."""

from datetime import date, datetime, timedelta

import pytest

from exam_ops.rules.deadlines import due_times
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.working_days import YEARS, is_working_day, working_day_before


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 13), True),
        (date(2026, 2, 14), True),  # a Saturday that is made up
        (date(2026, 2, 15), False),
        (date(2026, 2, 23), False),  # a Monday of Spring Festival
        (date(2026, 2, 24), True),
        (date(2026, 10, 10), True),
        (date(2026, 10, 11), False),
        (date(2031, 10, 1), True),  # nobody has named that year's holidays: its week alone
        (date(2031, 10, 4), False),
    ],
)
def test_a_day_is_worked(day, works):
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 12, 7), date(2026, 12, 4)),
        (date(2026, 10, 8), date(2026, 9, 30)),
        (date(2026, 2, 24), date(2026, 2, 14)),
        (date(2026, 1, 5), date(2026, 1, 4)),
    ],
)
def test_the_working_day_before(day, before):
    assert working_day_before(day) == before


def test_the_table_makes_sense():
    for number, year in YEARS.items():
        for first, last in year.holidays:
            assert first <= last
            assert first.year == last.year == number
        for day in year.made_up:
            assert day.weekday() >= 5
            assert not any(first <= day <= last for first, last in year.holidays)


def test_a_unit_after_a_holiday_is_warned_before_it():
    start = datetime(2026, 10, 8, 8, 30, tzinfo=BEIJING)
    eve = next(d.at for d in due_times(start, start + timedelta(hours=1)) if d.key == "change_warning_eve")
    assert eve == datetime(2026, 9, 30, 17, tzinfo=BEIJING)
