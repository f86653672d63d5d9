"""A beat that keeps its pace whatever the machine's clock does, and keeps nothing on disk.

Celery's own counts from the wall clock: set back by an hour it sends nothing for an hour. What is due stands
in the portal's database, so a beat needs no memory either; a file that a kill -9 leaves half written is one
fault less.
"""

from typing import Any

from celery.beat import Scheduler

from exam_ops.core import clock


class SteadyScheduler(Scheduler):
    """Sends each entry of `CELERY_BEAT_SCHEDULE` (plain seconds only) at once and then at its own pace."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.next: dict[str, float] = {}  # by the monotonic clock
        super().__init__(*args, **kwargs)

    def tick(self, *_: Any, **__: Any) -> float:
        """Sends what has come; returns the seconds until something will have."""
        now = clock.monotonic()
        for entry in list(self.schedule.values()):
            due = self.next.get(entry.name, now)
            if now >= due:
                self.apply_entry(entry, producer=self.producer)
                pace = entry.schedule.run_every.total_seconds()
                self.next[entry.name] = max(due + pace, now)  # what was missed is not made up for in a burst
        ahead = min(self.next.values(), default=now + self.max_interval) - clock.monotonic()
        return min(max(ahead, 0.0), self.max_interval)
