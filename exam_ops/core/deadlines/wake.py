"""Wakes the engine from a read or a jump: a hint through the broker, never waited for."""

import logging
from collections.abc import Iterable
from datetime import datetime

from exam_ops.celery import app
from exam_ops.core.models import SiteUnit

log = logging.getLogger(__name__)


def tick() -> None:
    """Asks a worker to sweep now; a broker that is away leaves it to the next beat."""
    try:
        app.send_task("core.tick", expires=10, retry=False)
    except Exception as error:
        log.warning("the engine could not be woken: %s", error)


def if_overdue(site_units: Iterable[SiteUnit], *, now: datetime) -> None:
    """Wakes the engine when a read has loaded a site unit whose deadline has come."""
    if any(s.next_due_at is not None and s.next_due_at <= now for s in site_units):
        tick()
