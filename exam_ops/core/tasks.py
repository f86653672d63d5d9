"""Wake-up calls. What is due stands in the database; a call that is lost or repeated changes nothing."""

from datetime import timedelta

from celery import shared_task

from exam_ops.core import clock, outbox
from exam_ops.core.deadlines import engine, wake, watch

TOGETHER = timedelta(seconds=0.4)


@shared_task(name="core.tick")
def tick() -> None:
    """Fires what is due and has its messages sent; of calls that come together the first does the work.

    Two beats make two calls a second, an outage of the workers leaves a backlog of them.
    """
    now = clock.now()
    if watch.has_beaten("tick", within=TOGETHER, now=now):
        return
    done = engine.sweep(now=now)
    if done.site_units:
        watch.beat("firing", now=now, lag=done.worst.total_seconds(), fired=done.fired)
    watch.beat("tick", now=now)
    if outbox.is_waiting(now=now):
        wake.outbox()


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


@shared_task(name="core.audit")
def audit() -> None:
    """Looks for overdue deadlines."""
    watch.audit(now=clock.now())
