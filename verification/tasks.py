"""Wake-up calls of the door."""

from celery import shared_task

from exam_ops.core import clock
from verification.services import photo_worker


@shared_task(name="verification.make_photo_copies")
def make_photo_copies() -> None:
    """Wakes this process's maker of photo copies; returns at once, for photos hold up no tick."""
    photo_worker.worker.wake(now=clock.now())
