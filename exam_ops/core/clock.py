"""The only reader of a clock.

Database time decides: the process clock plus the offset measured each second against the database's
`exam_clock()`, by which its triggers judge too. On SQLite database and process share one clock. Everybody
else takes `now` as an argument.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from django.db import DatabaseError, connection

MEASURE_EVERY = 1.0  # seconds
SKEW_ALARM = timedelta(seconds=2)


@dataclass
class _Measured:
    offset: timedelta = timedelta(0)
    at: float = float("-inf")  # monotonic


_measured = _Measured()
_lock = Lock()


def now() -> datetime:
    """The real instant by the database's clock, aware, in UTC."""
    return datetime.now(UTC) + skew()


def monotonic() -> float:
    """Seconds for measuring spans; never compared with an instant."""
    return time.monotonic()


def skew() -> timedelta:
    """How far the database's clock is ahead of this process's; measured at most once a second."""
    if connection.vendor != "postgresql":
        return timedelta(0)
    if time.monotonic() - _measured.at >= MEASURE_EVERY and _lock.acquire(blocking=False):
        try:
            _measure()
        finally:
            _lock.release()
    return _measured.offset


def _measure() -> None:
    if connection.in_atomic_block and connection.needs_rollback:
        return
    try:
        before = datetime.now(UTC)
        with connection.cursor() as cursor:
            cursor.execute("SELECT exam_clock()")
            there = cursor.fetchone()[0]
        after = datetime.now(UTC)
    except DatabaseError:
        return  # the last offset still holds; the caller's own query will say what is wrong
    _measured.offset = there - (before + (after - before) / 2)
    _measured.at = time.monotonic()
