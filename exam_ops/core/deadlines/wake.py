"""Wakes the engine from a read or a jump: a hint through the broker, never waited for."""

import logging
from datetime import datetime

from exam_ops.celery import app
from exam_ops.core import clock
from exam_ops.core.models import SiteUnit

log = logging.getLogger(__name__)

PAUSE = 5.0  # seconds
_woken = float("-inf")


def tick() -> None:
    """Asks a worker to sweep now."""
    _call("core.tick")


def outbox() -> None:
    """Asks a worker to send what waits."""
    _call("core.drain_outbox")


def _call(task: str) -> None:
    """A broker that is away leaves it to the next beat."""
    try:
        app.send_task(task, retry=False)
    except Exception as error:
        log.warning("%s could not be called: %s", task, error)


def if_overdue(site_unit: SiteUnit, *, now: datetime) -> None:
    """Wakes the engine when a read has loaded a site unit whose deadline has come; at most once in `PAUSE`.

    The pause keeps pages quick when broker and worker are away together: the beat wakes the engine too.
    """
    global _woken
    is_due = site_unit.next_due_at is not None and site_unit.next_due_at <= now
    if is_due and clock.monotonic() - _woken >= PAUSE:
        _woken = clock.monotonic()
        tick()
