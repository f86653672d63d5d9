"""Rows that wait in a table of their own for a worker, lent for a while: a dead worker's come again.

A row has `due_at` (real; None: nothing to do any more) and `attempts`, which rises with each taking.
"""

from datetime import datetime
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import F, Model, QuerySet

M = TypeVar("M", bound=Model)


@transaction.atomic
def lend(due: QuerySet[M], *, until: datetime, limit: int) -> list[M]:
    """Takes the first `limit` of the rows that are due, in their order, for the caller alone until then."""
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, no_key=True)
    taken = list(due[:limit])
    due.model._default_manager.filter(pk__in=[row.pk for row in taken]).update(
        due_at=until, attempts=F("attempts") + 1
    )
    for row in taken:
        row.due_at, row.attempts = until, row.attempts + 1  # type: ignore[attr-defined]
    return taken
