"""Makes the copies of photos and looks at them, in one quiet thread of a worker process.

Its own thread and its own queue: a morning's photos are minutes of work, and deadlines wait for nobody. Several
processes work beside each other; what one leaves half done another takes up.
"""

import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import connections

from exam_ops.core import clock
from verification.services import faces, photo_copies, photo_hints

log = logging.getLogger(__name__)

NICE = 10  # on Linux a thread has a niceness of its own: pages and deadlines come first
_awake = threading.Lock()


def wake(*, now: datetime) -> bool:
    """Starts this process's thread when a photo waits and none is at work; returns whether it did."""
    if not photo_copies.is_waiting(now=now) or not _awake.acquire(blocking=False):
        return False
    threading.Thread(target=_work, name="photos", daemon=True).start()
    return True


def _work() -> None:
    try:
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        run(clock.now)
    except Exception:
        log.exception("the maker of photo copies stopped; the next call wakes it again")
    finally:
        connections.close_all()
        _awake.release()


def run(read_clock: Callable[[], datetime]) -> int:
    """Works until no photo waits; returns how many were done."""
    done = 0
    while taken := photo_copies.take(now=read_clock()):
        for picture in taken:
            try:
                photo_copies.make(picture, now=read_clock())
                photo_hints.look(picture, now=read_clock())
                faces.ask_about(picture, now=read_clock())
                photo_copies.done(picture)
                done += 1
            except Exception as error:
                photo_copies.put_off(picture, error, now=read_clock())
    return done
