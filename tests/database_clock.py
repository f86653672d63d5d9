"""PostgreSQL's `exam_clock()` in the hands of tests and fault runs: stood still, or stepped for everybody at once.

Both numbers stand in sequences, because a sequence changes for every connection at once and no rollback
takes it back. The portal's own function is replaced, in the database of the test alone.
"""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INSTALL = """
CREATE SEQUENCE IF NOT EXISTS test_clock_stands MINVALUE -9223372036854775807 START 0;
CREATE SEQUENCE IF NOT EXISTS test_clock_ahead MINVALUE -9223372036854775807 START 0;
CREATE OR REPLACE FUNCTION exam_clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN stands.last_value = 0 THEN clock_timestamp() + ahead.last_value * interval '1 microsecond'
                ELSE timestamptz 'epoch' + stands.last_value * interval '1 microsecond' END
    FROM test_clock_stands AS stands, test_clock_ahead AS ahead
$$;
"""


_hand: BaseDatabaseWrapper | None = None


def install() -> None:
    """Replaces `exam_clock()`; it runs as before until it is frozen or stepped."""
    global _hand
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(_INSTALL)
    _hand = connection.copy()  # of its own: a transaction that broke does not hold the clock
    _hand.inc_thread_sharing()


def let_go() -> None:
    """Closes the connection that moves the clock."""
    global _hand
    if _hand is not None:
        _hand.close()
        _hand = None


def freeze(at: datetime) -> None:
    """The clock stands at `at` for every connection."""
    _set("test_clock_stands", (at - _EPOCH) // _MICROSECOND)


def run() -> None:
    """The clock runs again, as far ahead as it was stepped."""
    _set("test_clock_stands", 0)


def step(ahead: timedelta) -> None:
    """The running clock is `ahead` of the machine's (negative: behind) for every connection."""
    _set("test_clock_ahead", ahead // _MICROSECOND)


def settle() -> None:
    """Checks now what constraints would check at the commit."""
    if connection.vendor == "postgresql" and not connection.needs_rollback:
        connection.check_constraints()


def _set(sequence: str, value: int) -> None:
    if _hand is not None:
        with _hand.cursor() as cursor:
            cursor.execute("SELECT setval(%s, %s)", [sequence, value])
