"""When what failed is tried again, and when somebody is called."""

import logging
from datetime import timedelta

RETRY_AFTER = (5, 30, 120, 600)  # seconds before try 2, 3, …
ALARM_AFTER = 3  # failed attempts

log = logging.getLogger(__name__)


def wait(failures: int) -> timedelta:
    """How long after the `failures`-th failure in a row the next try comes."""
    return timedelta(seconds=RETRY_AFTER[min(failures, len(RETRY_AFTER)) - 1])


def told(error: BaseException) -> str:
    """The error as it is kept beside what failed."""
    return f"{type(error).__name__}: {error}"[:500]


def note(what: object, failures: int, error: BaseException) -> None:
    """Writes the failure to the log, from the third in a row on as an alarm."""
    level = logging.CRITICAL if failures >= ALARM_AFTER else logging.ERROR
    log.log(level, "%s failed for the %d. time: %s", what, failures, error, exc_info=error)
