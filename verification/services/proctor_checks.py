"""The proctor's own face check of the day, before candidates are checked (C0)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from exam_ops.core import events, schedule
from exam_ops.core.errors import NotOpen
from exam_ops.core.models import RoomSession, RosterRow, User
from verification.models import Outcome, ProctorSignIn


@dataclass(frozen=True, slots=True)
class Checked:
    """What the phone reports; `captured_at` is plan time, `skew` None where unknown."""

    id: UUID
    captured_at: datetime
    outcome: str
    device_id: str
    score: float | None = None
    skew: timedelta | None = None


@transaction.atomic
def record(checked: Checked, *, room_session: RoomSession, proctor: User, now: datetime) -> ProctorSignIn:
    """Keeps the check; a passed one marks the proctor as checked in that room session.

    The caller has had `room_session` through the door with `sign_in.record`. Raises `NotOpen` when it
    was captured outside entry, or arrives before entry opens.
    """
    schedule.hold([room_session.site_unit_id])
    session = RoomSession.objects.select_related("site_unit__unit__plan").get(pk=room_session.pk)
    site_unit = session.site_unit
    at = site_unit.unit.plan.real_time(checked.captured_at) + (checked.skew or timedelta(0))
    if not (site_unit.entry_opens_at <= at < site_unit.entry_closes_at and site_unit.entry_opens_at <= now):
        raise NotOpen()
    row = ProctorSignIn.objects.create(
        id=checked.id,
        room_session=session,
        proctor=proctor,
        device_id=checked.device_id,
        outcome=checked.outcome,
        score=checked.score,
        captured_at=checked.captured_at,
        received_at=now,
        skew_ms=None if checked.skew is None else checked.skew // timedelta(milliseconds=1),
        late=now >= site_unit.entry_closes_at,
    )
    if row.outcome == Outcome.PASSED:
        _mark_checked(session, proctor, now)
    events.record(
        f"proctor.{row.outcome}",
        now=now,
        actor=proctor,
        site_unit=site_unit,
        room_session=session,
        subject=str(row.pk),
    )
    return row


def _mark_checked(session: RoomSession, proctor: User, now: datetime) -> None:
    """Counts each proctor of the room once."""
    unchecked = RosterRow.objects.filter(room_session=session, proctor=proctor, checked_at=None)
    if unchecked.update(checked_at=now):
        RoomSession.objects.filter(pk=session.pk).update(
            proctors_checked=F("proctors_checked") + 1, revision=F("revision") + 1
        )
