"""Work on many rows that a deadline asked for: each once, in a transaction of its own, after the deadline itself."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from exam_ops.core.deadlines import backoff
from exam_ops.core.deadlines.registry import work_of
from exam_ops.core.models import Effect, SiteUnit

BATCH = 2000


def ask(kind: str, site_units: Iterable[SiteUnit], *, now: datetime) -> None:
    """Asks for the effect `kind` on each site unit, once per generation, in the caller's transaction."""
    Effect.objects.bulk_create(
        [
            Effect(site_unit=s, kind=kind, generation=s.generation, asked_at=now, due_at=now)
            for s in site_units
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def due(*, now: datetime) -> list[int]:
    """The keys of what was asked and is not done, oldest first."""
    waiting = Effect.objects.filter(done_at=None, due_at__lte=now).order_by("due_at", "pk")
    return list(waiting.values_list("pk", flat=True)[:BATCH])


def carry_out(pk: int, *, now: datetime) -> bool:
    """Carries out one effect unless somebody else has; False when nothing was to do or it failed and was put off."""
    try:
        with transaction.atomic():
            row = (
                Effect.objects.select_for_update(
                    skip_locked=connection.vendor == "postgresql", of=("self",), no_key=True
                )
                .select_related("site_unit__unit__plan", "site_unit__site")
                .filter(pk=pk, done_at=None, due_at__lte=now)
                .first()
            )
            if row is None:
                return False
            work_of(row.kind)(row.site_unit, now)
            Effect.objects.filter(pk=pk).update(done_at=now, error="")
            return True
    except Exception as error:
        _put_off(pk, error, now)
        return False


def _put_off(pk: int, error: Exception, now: datetime) -> None:
    rows = Effect.objects.filter(pk=pk)
    failures = (rows.values_list("attempts", flat=True).first() or 0) + 1
    rows.update(attempts=F("attempts") + 1, error=backoff.told(error), due_at=now + backoff.wait(failures))
    backoff.note(f"effect {pk}", failures, error)
