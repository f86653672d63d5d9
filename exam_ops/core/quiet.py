"""Long work in one quiet thread of a worker process: it holds up no tick, and comes after pages and deadlines."""

import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connections

from exam_ops.core import clock

log = logging.getLogger(__name__)

NICE = 10  # on Linux a thread has a niceness of its own


class QuietThread:
    """`run(read_clock)` works until nothing waits; at most one at a time in a process.

    Its own thread and its own queue: a morning's photos are minutes of work, and deadlines wait for nobody.
    Several processes work beside each other; what one leaves half done another takes up.
    """

    def __init__(
        self, name: str, is_waiting: Callable[..., bool], run: Callable[[Callable[[], datetime]], Any]
    ) -> None:
        self.name, self.is_waiting, self.run = name, is_waiting, run
        self._awake = threading.Lock()

    def wake(self, *, now: datetime) -> bool:
        """Starts the thread when `is_waiting(now=…)` and none is at work; returns whether it did."""
        if not self.is_waiting(now=now) or not self._awake.acquire(blocking=False):
            return False
        threading.Thread(target=self._work, name=self.name, daemon=True).start()
        return True

    def _work(self) -> None:
        try:
            if hasattr(os, "setpriority"):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
            self.run(clock.now)
        except Exception:
            log.exception("%s stopped; the next call wakes it again", self.name)
        finally:
            connections.close_all()
            self._awake.release()
