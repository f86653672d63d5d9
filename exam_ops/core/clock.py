"""The only reader of a clock.

Database time decides: once a second `exam_clock()` is read, by which the database's triggers judge too, and
from there on the process counts by its monotonic clock. So a step of the machine's clock changes nothing, and
what is read here never runs ahead of the database: nothing is refused or fired before its instant by the
database's clock. On SQLite database and process share one clock. Everybody else takes `now` as an argument.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from django.db import DatabaseError, connection

MEASURE_EVERY = 1.0  # seconds
SKEW_ALARM = timedelta(seconds=2)
DRIFT = 0.0005  # by how much two clocks may part in a second, in seconds (NTP slews no faster)


@dataclass(frozen=True, slots=True)
class _Measured:
    """The database's clock showed `there`, or more, when the monotonic clock showed `at`."""

    there: datetime | None = None
    at: float = float("-inf")


_measured = _Measured()  # replaced as a whole: threads read it while it is measured anew
_lock = Lock()


def now() -> datetime:
    """The real instant by the database's clock, aware, in UTC."""
    return datetime.now(UTC) if connection.vendor != "postgresql" else _database_time()


def monotonic() -> float:
    """Seconds for measuring spans; never compared with an instant."""
    return time.monotonic()


def wait(span: timedelta) -> None:
    """Lets `span` pass; returns at once when it is not ahead."""
    time.sleep(max(0.0, span.total_seconds()))


def skew() -> timedelta:
    """How far the database's clock is ahead of this process's."""
    if connection.vendor != "postgresql":
        return timedelta(0)
    return _database_time() - datetime.now(UTC)


def _database_time() -> datetime:
    """Counted from the last measurement, made at most once a second; before there is any, the process's own."""
    if time.monotonic() - _measured.at >= MEASURE_EVERY and _lock.acquire(blocking=False):
        try:
            _measure()
        finally:
            _lock.release()
    last = _measured
    if last.there is None:
        return datetime.now(UTC)
    return last.there + timedelta(seconds=time.monotonic() - last.at)


def _measure() -> None:
    global _measured
    if connection.in_atomic_block and connection.needs_rollback:
        return
    try:
        before = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SELECT exam_clock()")
            there = cursor.fetchone()[0]
        after = time.monotonic()
    except DatabaseError:
        return  # the last measurement still holds; the caller's own query will say what is wrong
    _measured = _Measured(_nearest(there, before, after), after)


def _nearest(there: datetime, before: float, after: float) -> datetime:
    """What the database's clock shows at `after` at least, when it was read as `there` between the two.

    A slow answer says little: what an earlier, quicker one foretells is kept while the two agree.
    """
    if _measured.there is None:
        return there
    passed = after - _measured.at
    foretold = _measured.there + timedelta(seconds=passed - DRIFT * passed)
    return foretold if there <= foretold <= there + timedelta(seconds=after - before) else there
