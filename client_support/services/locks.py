"""Lifting the lock of ticket + machine, in one logged act (E11)."""

from datetime import datetime

from django.db import transaction

from client_support.selectors import locks
from exam_ops.core import events
from exam_ops.core.models import Sitting, User


@transaction.atomic
def lift(sitting: Sitting, machine_id: str, *, actor: User, now: datetime) -> int:
    """Lets the machine try the sitting's ticket again at once; the wrong tries stay on record. Returns how many there were."""
    rows = locks.guesses(now=now).filter(ticket_no=sitting.ticket_no, machine_id=machine_id)
    lifted = rows.update(lifted_at=now)
    events.record(
        "client.unlocked",
        now=now,
        actor=actor,
        site_unit=sitting.site_unit,
        sitting=sitting,
        subject=machine_id,
        lifted=lifted,
    )
    return lifted
