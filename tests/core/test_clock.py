"""Database time: what a process adds to its own clock, on PostgreSQL measured against `exam_clock()`."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from exam_ops.core import clock
from exam_ops.core.deadlines import watch
from tests import database_clock

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def measured_anew(monkeypatch):
    monkeypatch.setattr(clock, "_measured", clock._Measured())


@pytest.fixture
def stepped():
    """The database's clock is an hour ahead of the machine's."""
    database_clock.step(HOUR)
    yield
    database_clock.step(timedelta(0))


def database_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT exam_clock()")
        return cursor.fetchone()[0]


@pytest.mark.postgres_only
def test_a_process_follows_a_step_of_the_databases_clock(stepped):
    assert abs(clock.skew() - HOUR) < timedelta(seconds=1)
    assert abs(clock.now() - database_time()) < timedelta(seconds=1)


@pytest.mark.postgres_only
def test_a_clock_that_runs_away_is_alarmed(stepped):
    assert "clock_skewed" in watch.state(now=clock.now()).problems


@pytest.mark.postgres_only
def test_the_hand_of_a_test_holds_the_databases_clock_too(at):
    assert at("T-1s") == database_time()


@pytest.mark.postgres_only
def test_it_never_runs_ahead_of_the_databases(monkeypatch):
    monkeypatch.setattr(clock, "MEASURE_EVERY", 0.0)
    for _ in range(200):
        assert clock.now() <= database_time()


@pytest.mark.postgres_only
def test_a_slow_answer_does_not_set_it_back():
    clock._measured = clock._Measured(datetime(2026, 1, 17, 9, 0, 0, tzinfo=UTC), at=100.0)
    quick = datetime(2026, 1, 17, 9, 0, 1, tzinfo=UTC)
    assert clock._nearest(quick - timedelta(seconds=0.3), before=100.6, after=101.0) == quick - timedelta(
        seconds=clock.DRIFT
    )


@pytest.mark.postgres_only
def test_an_answer_that_contradicts_what_was_foretold_is_believed():
    clock._measured = clock._Measured(datetime(2026, 1, 17, 9, 0, 0, tzinfo=UTC), at=100.0)
    stepped = datetime(2026, 1, 17, 8, 0, 1, tzinfo=UTC)
    assert clock._nearest(stepped, before=100.99, after=101.0) == stepped


@pytest.mark.postgres_only
def test_a_step_of_the_machines_clock_changes_nothing(monkeypatch):
    before = clock.now()

    class AnHourAhead(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + HOUR  # noqa: TID251

    monkeypatch.setattr(clock, "datetime", AnHourAhead)
    assert timedelta(0) <= clock.now() - before < timedelta(seconds=5)


@pytest.mark.sqlite_only
def test_sqlite_shares_the_clock_of_the_process():
    assert clock.skew() == timedelta(0)
