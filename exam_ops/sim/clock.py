"""The clock that simulated devices show.

A real plan runs on real time. A drill has a clock of its own that jumps: devices set themselves by the
`Exam-Time` of answers, so that something captured before a jump and sent after it keeps its true time.
Until the first `Exam-Time` they send real times and say so (`Exam-Clock: device`).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock

BEIJING = timedelta(hours=8)


def real_now() -> datetime:
    """The machine's own clock."""
    return datetime.now(UTC)


class ExamClock:
    """One clock for all devices of a play; a device with a wrong clock adds its skew itself."""

    def __init__(self, now: Callable[[], datetime] = real_now, *, device_only: bool = False) -> None:
        self._now = now
        self._lock = Lock()
        self._device_only = device_only
        self.offset: timedelta | None = None  # exam time − real time, once an answer told it

    def now(self) -> datetime:
        """Exam time when it is known, else real time."""
        return self._now() + (self.offset or timedelta(0))

    def learn(self, exam_time: str) -> None:
        """Takes the `Exam-Time` of an answer.

        It was read before the answer travelled, so it is never ahead; the greatest offset seen is the best
        one, and an answer that was on its way during a jump changes nothing.
        """
        if self._device_only:
            return
        offset = datetime.fromisoformat(exam_time) - self._now()
        with self._lock:
            if self.offset is None or offset > self.offset:
                self.offset = offset

    def headers(self) -> dict[str, str]:
        """What a request with times in it says about them."""
        return {"Exam-Clock": "device"} if self.offset is None else {}


def rfc3339(at: datetime) -> str:
    """An instant as the contract writes it, to the millisecond."""
    return at.isoformat(timespec="milliseconds")
