"""Work on many rows that a deadline asked for: each effect once, a few site units at a time, after the deadline itself."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from exam_ops.core.deadlines import backoff
from exam_ops.core.deadlines.halves import without_the_spoilt
from exam_ops.core.deadlines.registry import work_of
from exam_ops.core.models import Effect, SiteUnit

log = logging.getLogger(__name__)

LOOKED_AT = 2000
BATCH = 40  # site units in one transaction: some thousand sittings, held for a fraction of a second


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


def due(*, now: datetime) -> list[list[int]]:
    """Keys of what was asked and is not done, oldest first, in batches of one kind; what has failed before alone."""
    waiting = Effect.objects.filter(done_at=None, due_at__lte=now).order_by("due_at", "pk")
    fresh: dict[str, list[int]] = defaultdict(list)
    alone: list[list[int]] = []
    for pk, kind, attempts in waiting.values_list("pk", "kind", "attempts")[:LOOKED_AT]:
        if attempts:
            alone.append([pk])
        else:
            fresh[kind].append(pk)
    batches = [pks[n : n + BATCH] for pks in fresh.values() for n in range(0, len(pks), BATCH)]
    return batches + alone


def carry_out(pks: list[int], *, now: datetime) -> int:
    """Carries out effects of one kind unless somebody else has; those that fail are put off. Returns how many were done."""
    if len(pks) == 1:
        return _alone(pks[0], now)
    try:
        return _together(pks, now)
    except Exception:
        log.exception("a batch of effects failed; it is taken by halves")
    halves = without_the_spoilt(
        pks, together=lambda half: _together(half, now), alone=lambda pk: _alone(pk, now)
    )
    return sum(halves)


@transaction.atomic
def _together(pks: Sequence[int], now: datetime) -> int:
    rows = Effect.objects.select_for_update(
        skip_locked=connection.vendor == "postgresql", of=("self",), no_key=True
    ).select_related("site_unit__unit__plan", "site_unit__site")
    claimed = list(rows.filter(pk__in=pks, done_at=None, due_at__lte=now).order_by("site_unit"))
    if claimed:
        work_of(claimed[0].kind)([row.site_unit for row in claimed], now)
        Effect.objects.filter(pk__in=[row.pk for row in claimed]).update(done_at=now, error="")
    return len(claimed)


def _alone(pk: int, now: datetime) -> int:
    try:
        return _together([pk], now)
    except Exception as error:
        rows = Effect.objects.filter(pk=pk)
        failures = (rows.values_list("attempts", flat=True).first() or 0) + 1
        rows.update(
            attempts=F("attempts") + 1, error=backoff.told(error), due_at=now + backoff.wait(failures)
        )
        backoff.note(f"effect {pk}", failures, error)
        return 0
