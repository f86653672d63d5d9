"""Wake-up calls of incidents."""

from celery import shared_task

from exam_ops.core import clock
from incidents.services import check_worker, mass, package_worker, sending


@shared_task(name="incidents.look_for_mass_failure")
def look_for_mass_failure() -> None:
    """Looks at every site whose entry is open (A3)."""
    now = clock.now()
    mass.look(mass.suspects(now=now), now=now)


@shared_task(name="incidents.send_messages")
def send_messages() -> None:
    """Wakes this process's sender of channels; returns at once, for a dead target must hold up no tick."""
    sending.wake(now=clock.now())


@shared_task(name="incidents.check_evidence")
def check_evidence() -> None:
    """Wakes this process's checker of evidence; returns at once, for pictures hold up no tick."""
    check_worker.worker.wake(now=clock.now())


@shared_task(name="incidents.read_watermarks")
def read_watermarks() -> None:
    """Wakes the reader of watermarks; sent to the queue `ocr`, to which only its own worker listens."""
    check_worker.watermark_reader.wake(now=clock.now())


@shared_task(name="incidents.make_packages")
def make_packages() -> None:
    """Wakes this process's maker of sealed packages; returns at once, for photos hold up no tick."""
    package_worker.worker.wake(now=clock.now())
