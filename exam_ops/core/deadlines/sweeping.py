"""Sweeps the models of `registry.sweeps`: claimed in batches, a failing row put off, nobody else held up."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet

from exam_ops.core.deadlines import backoff
from exam_ops.core.deadlines.halves import without_the_spoilt
from exam_ops.core.deadlines.registry import Sweep, swept_models
from exam_ops.core.models import Retried

log = logging.getLogger(__name__)

BATCH = 500


class NotMovedOn(Exception):
    """A handler left `next_due_at` of a row as it was: the sweep would come to it again and again."""


def sweep(*, now: datetime) -> int:
    """Hands every due row of every registered model to its handler once; returns how many were handled."""
    done = 0
    for registered in swept_models():
        try:
            done += _sweep(registered, now)
        except Exception:  # the claim itself failed: the database, not a row
            log.exception("the sweep of %s failed", registered.model._meta.label)
    return done


def _sweep(registered: Sweep, now: datetime) -> int:
    done, seen = 0, set[int]()
    while (handled := _batch(registered, seen, now)) is not None:
        done += handled
    again = _due(registered, now).filter(failures__gt=0, retry_at__lte=now).exclude(pk__in=seen)
    for pk in list(again.values_list("pk", flat=True)[:BATCH]):
        done += _alone(registered, pk, now)
    return done


def _batch(registered: Sweep, seen: set[int], now: datetime) -> int | None:
    """One batch of rows that have not failed before, each once a sweep; None when there is none."""
    claimed: list[Retried] = []
    try:
        with transaction.atomic():
            fresh = _due(registered, now).filter(failures=0).exclude(pk__in=seen)
            claimed = _claim(registered, fresh)
            if not claimed:
                return None
            seen.update(row.pk for row in claimed)
            _handle(registered, claimed, now)
            return len(claimed)
    except Exception:
        if not claimed:
            raise
        log.exception("a batch of %s failed; it is taken by halves", registered.model._meta.label)

    def together(half: list[int]) -> int:
        with transaction.atomic():
            rows = _claim(registered, _due(registered, now).filter(pk__in=half))
            _handle(registered, rows, now)
            return len(rows)

    pks = [row.pk for row in claimed]
    return sum(without_the_spoilt(pks, together=together, alone=lambda pk: _alone(registered, pk, now)))


def _alone(registered: Sweep, pk: int, now: datetime) -> int:
    """One row in a transaction of its own; put off when its handler fails."""
    row = registered.model._default_manager.filter(pk=pk)
    try:
        with transaction.atomic():
            claimed = _claim(registered, _due(registered, now).filter(pk=pk))
            _handle(registered, claimed, now)
            if any(r.failures for r in claimed):
                row.update(failures=0, failed_why="", retry_at=None)
            return len(claimed)
    except Exception as error:
        failures = (row.values_list("failures", flat=True).first() or 0) + 1
        row.update(
            failures=F("failures") + 1, failed_why=backoff.told(error), retry_at=now + backoff.wait(failures)
        )
        backoff.note(f"{registered.model._meta.label} {pk}", failures, error)
        return 0


def _due(registered: Sweep, now: datetime) -> QuerySet[Any]:
    return registered.model._default_manager.filter(next_due_at__lte=now).order_by("next_due_at", "pk")


def _claim(registered: Sweep, rows: QuerySet[Any]) -> list[Any]:
    """Locks what is due and free."""
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=registered.of, no_key=True)
    return list(rows.select_related(*registered.related)[:BATCH])


def _handle(registered: Sweep, claimed: Sequence[Any], now: datetime) -> None:
    """Runs the handler, and sees to it that every row has moved on."""
    if not claimed:
        return
    before = {row.pk: row.next_due_at for row in claimed}
    registered.handler(claimed, now)
    after = registered.model._default_manager.filter(pk__in=before).values_list("pk", "next_due_at")
    if stuck := [pk for pk, due in after if due == before[pk]]:
        raise NotMovedOn(f"{registered.handler.__qualname__} left {len(stuck)} rows due as they were")
