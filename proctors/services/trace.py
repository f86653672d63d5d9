"""What becomes of proctor changes, in the event log."""

from collections.abc import Iterable
from datetime import datetime

from exam_ops.core import events
from exam_ops.core.models import Event, User
from proctors.models import ProctorChange


def record(kind: str, changes: Iterable[ProctorChange], *, actor: User | None, now: datetime) -> None:
    """One event a change, in one statement."""
    Event.objects.bulk_create(
        events.build(
            kind,
            now=now,
            actor=actor,
            site_unit=change.site_unit,
            room_session=change.room_session,
            subject=str(change.pk),
            outgoing=change.outgoing.name if change.outgoing else None,
            incoming=change.incoming.name if change.incoming else None,
            window=change.window,
            reason=change.reason,
            note=change.decision_note,
        )
        for change in changes
    )
