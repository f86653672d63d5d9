"""Whether everything that had come due by an instant is fired and sent."""

from datetime import datetime

from django.db import connection

from exam_ops.core.models import DeadlineRecord, Effect, OutboxMessage, SiteUnit


def is_drained(until: datetime) -> bool:
    """What came after `until` is not asked for: ladders repeat, so there is always a message that was just written."""
    connection.close_if_unusable_or_obsolete()
    waiting = (
        SiteUnit.objects.filter(next_due_at__lte=until),
        DeadlineRecord.objects.filter(retry_at__lte=until),
        Effect.objects.filter(done_at=None, asked_at__lte=until),
        OutboxMessage.objects.filter(sent_at=None, created_at__lte=until).exclude(
            attempts=0, due_at__gt=until
        ),
    )
    return not any(rows.exists() for rows in waiting)
