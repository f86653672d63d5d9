"""Makes the copies of photos and looks at them, in the background."""

from collections.abc import Callable
from datetime import datetime

from exam_ops.core.quiet import QuietThread
from verification.services import faces, photo_copies, photo_hints


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


worker = QuietThread("photos", photo_copies.is_waiting, run)
