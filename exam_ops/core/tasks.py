"""Wake-up calls. What is due stands in the database; a call that is lost or repeated changes nothing."""

from datetime import datetime, timedelta

from celery import shared_task

from exam_ops.core import clock, outbox, stray_files
from exam_ops.core.deadlines import engine, waiting, wake, watch

TOGETHER = timedelta(seconds=0.4)
UNTIL_NEXT = timedelta(seconds=1)  # the pace of the beat


@shared_task(name="core.tick")
def tick() -> None:
    """Fires what is due, waits for what comes before the next call, and has the messages sent.

    Of calls that come together the first does the work: two beats make two calls a second, an outage of the
    workers leaves a backlog of them.
    """
    now = clock.now()
    if not watch.take_turn("tick", apart=TOGETHER, now=now):
        return
    _sweep(now)
    if ahead := waiting.first_due(after=now, until=now + UNTIL_NEXT):
        clock.wait(ahead - clock.now())
        _sweep(clock.now())
    if outbox.is_waiting(now=clock.now()):
        wake.outbox()


def _sweep(now: datetime) -> None:
    done = engine.sweep(now=now)
    if done.site_units:
        watch.beat("firing", now=now, lag=done.worst.total_seconds(), fired=done.fired)


@shared_task(name="core.drain_outbox")
def drain_outbox() -> None:
    """Sends waiting messages, a few batches at most so that ticks are not held up."""
    for _ in range(10):
        if not outbox.drain(now=clock.now()):
            break


@shared_task(name="core.canary")
def canary(name: str = "canary") -> None:
    """Proves that sender, broker and worker are alive together."""
    watch.beat(name, now=clock.now())


@shared_task(name="core.sweep_files")
def sweep_files() -> None:
    """Deletes files that no row names, those whose turn it is."""
    now = clock.now()
    stray_files.sweep(stray_files.turn(now), now=now)


@shared_task(name="core.audit")
def audit() -> None:
    """Looks for overdue deadlines."""
    watch.audit(now=clock.now())
