"""Moves a play through the exam's time: by jumps of the drill's clock, or by waiting."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

Pace = Literal["jumps", "real"]

NEAR = timedelta(seconds=15)  # a jump lands some seconds before a deadline
STILL = timedelta(seconds=1)  # a jump that moved less was within the last seconds before a deadline
LONGEST_WAIT = 20.0  # seconds between two looks at the clock
FAILURES = 5  # jumps that may fail in a row


class Timekeeper:
    """`look` asks the server for the exam's time, `jump` moves the drill to just before its next deadline."""

    def __init__(
        self,
        look: Callable[[], datetime],
        jump: Callable[[], None] | None,
        sleep: Callable[[float], None],
        pace: Pace,
    ) -> None:
        self.look = look
        self._jump = jump if pace == "jumps" else None
        self._sleep = sleep

    def around(self, moment: datetime) -> None:
        """Waits for a moment that is no deadline; a play by jumps acts at once."""
        if self._jump is None:
            self._until(moment)

    def before(self, moment: datetime) -> None:
        """To some seconds before a deadline; returns at once when it is past."""
        failures = 0
        while moment - (at := self.look()) > NEAR:
            if self._jump is None:
                self._sleep(min((moment - at - NEAR).total_seconds() + 0.5, LONGEST_WAIT))
                continue
            try:
                self._jump()
            except Exception:  # the caller's means; a database may be busy for a moment
                failures += 1
                if failures >= FAILURES:
                    raise
            if self.look() - at < STILL:
                self._sleep(1.0)

    def past(self, moment: datetime) -> None:
        """Until a deadline has passed."""
        self.before(moment)
        self._until(moment)

    def _until(self, moment: datetime) -> None:
        while (left := (moment - self.look()).total_seconds()) > 0:
            self._sleep(min(left + 0.1, LONGEST_WAIT))
