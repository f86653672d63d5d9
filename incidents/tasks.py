"""Wake-up calls of incidents."""

from celery import shared_task

from exam_ops.core import clock
from incidents.services import mass


@shared_task(name="incidents.look_for_mass_failure")
def look_for_mass_failure() -> None:
    """Looks at every site whose entry is open (A3)."""
    now = clock.now()
    mass.look(mass.suspects(now=now), now=now)
