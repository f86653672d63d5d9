"""Whether anything is due at all, asked in one indexed statement: what an idle engine costs each second."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from exam_ops.core.deadlines.registry import swept_models
from exam_ops.core.models import DeadlineRecord, Effect, SiteUnit, Swept


def is_anything_due(*, now: datetime) -> bool:
    """Whether a site unit, a swept row, a retry or an effect has come."""
    asked = [_exists(rows) for rows in _due(now)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {' OR '.join(sql for sql, _ in asked)}",
            [value for _, values in asked for value in values],
        )
        return bool(cursor.fetchone()[0])


def first_due(*, after: datetime, until: datetime) -> datetime | None:
    """The first instant in `(after, until]` at which something is due; None when nothing is."""
    if not is_anything_due(now=until):
        return None
    models: list[type[Swept]] = [SiteUnit, *(sweep.model for sweep in swept_models())]
    ahead = (
        model._default_manager.filter(next_due_at__gt=after, next_due_at__lte=until)
        .order_by("next_due_at")
        .values_list("next_due_at", flat=True)
        .first()
        for model in models
    )
    return min(filter(None, ahead), default=None)


def _due(now: datetime) -> Iterator[QuerySet]:
    has_come = Q(next_due_at__lte=now)
    yield SiteUnit.objects.filter(has_come)
    for sweep in swept_models():
        yield sweep.model._default_manager.filter(has_come)
    yield DeadlineRecord.objects.filter(retry_at__lte=now)
    yield Effect.objects.filter(done_at=None, due_at__lte=now)


def _exists(rows: QuerySet) -> tuple[str, tuple]:
    sql, values = rows.order_by().values("pk")[:1].query.sql_with_params()
    return f"EXISTS ({sql})", values
