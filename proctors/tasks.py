"""Wake-up calls of the proctors' registry."""

from celery import shared_task

from exam_ops.core import clock
from proctors.services import certificate_worker


@shared_task(name="proctors.look_after_certificates")
def look_after_certificates() -> None:
    """Wakes this process's asker of the real-name service; returns at once, for a slow service holds up no tick."""
    certificate_worker.worker.wake(now=clock.now())
