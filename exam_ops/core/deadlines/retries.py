"""Deadlines whose handler raised: put aside with a record of their own, and tried again, each alone."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from exam_ops.core import schedule
from exam_ops.core.deadlines import backoff
from exam_ops.core.deadlines.registry import Firing, handlers_of
from exam_ops.core.models import DeadlineRecord
from exam_ops.rules import deadlines

BATCH = 500
Outcome = DeadlineRecord.Outcome


def put_aside(firing: Firing, error: Exception, now: datetime) -> None:
    """Records a deadline whose handler raised, to be tried again while everything else goes on.

    Another worker that came to it at the same moment may have fired it or put it aside: then that stands.
    """
    record = DeadlineRecord(
        site_unit=firing.site_unit,
        deadline=firing.key,
        generation=firing.site_unit.generation,
        due_at=firing.due_at,
        outcome=Outcome.FAILED,
        retry_at=now + backoff.wait(1),
        error=backoff.told(error),
    )
    DeadlineRecord.objects.bulk_create([record], ignore_conflicts=True)
    backoff.note(f"deadline {firing.key} of site unit {firing.site_unit.pk}", 1, error)


def due(*, now: datetime) -> list[int]:
    """The keys of the records whose next try has come."""
    waiting = DeadlineRecord.objects.filter(retry_at__lte=now).order_by("retry_at", "pk")
    return list(waiting.values_list("pk", flat=True)[:BATCH])


def try_again(pk: int, *, now: datetime) -> bool:
    """Fires one deadline that failed before; False when it failed again, or is no longer to be fired."""
    try:
        with transaction.atomic():
            row = _claim(pk, now)
            if row is None:
                return False
            if _lies_ahead_again(row, now):
                row.outcome, row.retry_at = Outcome.SKIPPED, None
                row.save(update_fields=["outcome", "retry_at"])
                return False
            for handler in handlers_of(deadlines.get(row.deadline).name):
                handler([Firing(row.site_unit, row.deadline, row.due_at)], now)
            row.outcome, row.retry_at, row.error = Outcome.LATE, None, ""
            row.fired_at, row.lag_ms = now, (now - row.due_at) // timedelta(milliseconds=1)
            row.save()
            return True
    except Exception as error:
        _put_off(pk, error, now)
        return False


def _claim(pk: int, now: datetime) -> DeadlineRecord | None:
    rows = DeadlineRecord.objects.select_for_update(
        skip_locked=connection.vendor == "postgresql", of=("self",), no_key=True
    )
    related = rows.select_related("site_unit__unit__plan", "site_unit__site")
    return related.filter(pk=pk, retry_at__lte=now).first()


def _lies_ahead_again(row: DeadlineRecord, now: datetime) -> bool:
    """Whether a change of time has laid the deadline ahead since it failed: then it fires at its new time."""
    site_unit = row.site_unit
    if row.generation == site_unit.generation:
        return False
    plan = site_unit.unit.plan
    dues = {due.key: plan.real_time(due.at) for due in schedule.dues_of(site_unit, plan)}
    return row.deadline in dues and dues[row.deadline] > now


def _put_off(pk: int, error: Exception, now: datetime) -> None:
    rows = DeadlineRecord.objects.filter(pk=pk)
    failures = (rows.values_list("attempts", flat=True).first() or 0) + 1
    rows.update(attempts=F("attempts") + 1, error=backoff.told(error), retry_at=now + backoff.wait(failures))
    backoff.note(f"deadline record {pk}", failures, error)
