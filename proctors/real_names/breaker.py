"""A circuit breaker that all workers share: after failures in a row an outside service is left in peace for a while.

Its state stands in a row of the database, so that it outlives a worker. Open, it lets one trial through when its
time has come; the trial's answer closes it, its failure keeps it open for longer.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from proctors.models import Breaker

OPENS_AFTER = 5  # failures in a row
STAYS_OPEN = (30, 60, 120, 300, 600)  # seconds until the first trial, the second, …
TRIAL_TAKES = timedelta(seconds=60)  # a trial that never comes back gives its turn to another


def trial_at(name: str) -> datetime | None:
    """From when the service may be tried again; None: it is not shut off."""
    row = Breaker.objects.filter(pk=name, opened_at__isnull=False).first()
    return row.trial_at if row else None


def lets_through(name: str, *, now: datetime) -> bool:
    """Whether the service may be called now; of an open one a single caller gets the trial."""
    if not Breaker.objects.filter(pk=name, opened_at__isnull=False).exists():
        return True
    due = Breaker.objects.filter(pk=name, opened_at__isnull=False, trial_at__lte=now)
    return bool(due.update(trial_at=now + TRIAL_TAKES))


def answered(name: str) -> None:
    """The service works: closes the breaker."""
    bad = Breaker.objects.filter(pk=name, failures__gt=0)
    bad.update(failures=0, opened_at=None, trial_at=None)


@transaction.atomic
def failed(name: str, *, now: datetime) -> bool:
    """One more failure in a row; True when the breaker has opened with it, or stays open."""
    Breaker.objects.bulk_create([Breaker(name=name)], ignore_conflicts=True)
    Breaker.objects.filter(pk=name).update(failures=F("failures") + 1)
    row = Breaker.objects.get(pk=name)
    if row.failures < OPENS_AFTER:
        return False
    wait = STAYS_OPEN[min(row.failures - OPENS_AFTER, len(STAYS_OPEN) - 1)]
    opened = row.opened_at or now
    Breaker.objects.filter(pk=name).update(opened_at=opened, trial_at=now + timedelta(seconds=wait))
    return True
