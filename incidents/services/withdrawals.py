"""Withdrawing a picture while evidence is open: it stays to be seen, with who, when and why, and meets nothing any more (C14)."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from exam_ops.core import cutoffs, events, schedule
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotAllowed, Refusal, reason_in
from exam_ops.core.models import User
from exam_ops.rules.permissions import SITE_HEADS
from exam_ops.rules.text import Text
from incidents.models import Evidence
from incidents.services import duty_pictures, evidence, messages, review_messages

ACTION = "evidence.withdraw"
CLOSE = "evidence_is_withdrawn_before_its_close"  # a cutoff of the migration `evidence_cutoffs`
LONGEST = 500  # characters of a reason
NO_REASON = Text("请说明撤回原因，500 字以内。", "Say why it is withdrawn, in at most 500 characters.")
RELATED = (
    "room_session__room",
    "room_session__site_unit__unit__plan",
    "room_session__site_unit__site",
    "uploaded_by",
)


class AlreadyWithdrawn(Refusal):
    code, status = "already_withdrawn", 409
    title = Text("照片已撤回", "Already withdrawn")
    sentence = Text(
        "这张照片已由 {by} 于 {at} 撤回，无需再操作。如需补充，请提交新的照片。",
        "{by} withdrew this picture at {at}; nothing is left to do. Send a new one if the room still needs it.",
    )

    def __init__(self, row: Evidence) -> None:
        plan = row.room_session.site_unit.unit.plan
        by, at = row.withdrawn_by, row.withdrawn_at
        assert by is not None  # a check constraint holds the three together
        assert at is not None
        planned = plan.plan_time(at)
        super().__init__(
            detail=self.sentence.format(by=by.name, at=messages.clock_time(planned)),
            withdrawn_by=by.name,
            withdrawn_at=planned.isoformat(),
        )


class NotYours(NotAllowed):
    sentence = Text(
        "只有上传者本人、主考或考点管理员可以撤回这张照片。请联系他们。",
        "Only its sender, the chief examiner or the site administrator may withdraw this picture. Ask one of them.",
    )


def refused(row: Evidence, *, actor: Actor) -> Refusal | None:
    """Why `actor`, who may see and withdraw in this room, may not withdraw this picture; None: they may."""
    heads_here = any(
        grant.role in SITE_HEADS and grant.site_id == row.room_session.site_unit.site_id
        for grant in actor.holding(ACTION)
    )
    return None if heads_here or row.uploaded_by_id == actor.user.pk else NotYours()


def too_late(row: Evidence, *, now: datetime) -> Refusal | None:
    """Why nothing of this room can be withdrawn or sent any more at `now`, or that this picture is withdrawn."""
    if row.withdrawn_at is not None:
        return AlreadyWithdrawn(row)
    site_unit = row.room_session.site_unit
    if now < site_unit.evidence_closes_at:
        return None
    return evidence.closed(site_unit.unit.plan.laid_time(site_unit.evidence_closes_at))


def withdraw(row: Evidence, *, reason: str, actor: Actor, now: datetime) -> bool:
    """Withdraws a picture (loaded with its room session and plan); returns whether it was withdrawn now.

    The same person again is the same answer. Raises `NotYours`, `Invalid` for an empty reason, `EvidenceClosed` at
    and after the close (PostgreSQL judges once more at the commit) and `AlreadyWithdrawn` when somebody else was first.
    """
    if refusal := refused(row, actor=actor):
        raise refusal
    reason = reason_in(reason, NO_REASON, longest=LONGEST)
    session = row.room_session
    with cutoffs.refusing({CLOSE: lambda: evidence.closed_now(session)}), transaction.atomic():
        schedule.hold([session.site_unit_id])
        session.site_unit.refresh_from_db()
        return _withdraw(row, reason, actor, now)


def _withdraw(row: Evidence, reason: str, actor: Actor, now: datetime) -> bool:
    session = row.room_session
    site_unit = session.site_unit
    still = Evidence.objects.filter(pk=row.pk, withdrawn_at=None)
    is_open = now < site_unit.evidence_closes_at  # which its share lock keeps
    if not (is_open and still.update(withdrawn_at=now, withdrawn_by=actor.user, withdrawal_reason=reason)):
        row.refresh_from_db(fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
        if row.withdrawn_by_id == actor.user.pk:
            return False
        raise too_late(row, now=now) or AlreadyWithdrawn(row)
    row.withdrawn_at, row.withdrawn_by, row.withdrawal_reason = now, actor.user, reason
    owed = duty_pictures.fall(row, why="withdrawn", because=reason, actor=actor.user, now=now)
    events.record(
        "evidence.withdrawn",
        now=now,
        actor=actor.user,
        site_unit=site_unit,
        room_session=session,
        subject=str(row.pk),
        version=row.version,
        reason=reason,
        owed_again=[duty.sitting_id for duty in owed],
    )
    if owed:
        _tell(row, actor.user, now)
    return True


def _tell(row: Evidence, by: User, now: datetime) -> None:
    """The room's proctors, the site administrator and the sender learn that another picture is needed, and until when."""
    session = row.room_session
    site_unit = session.site_unit
    plan = site_unit.unit.plan
    messages.tell(
        sorted(review_messages.people(row) - {by.pk}),
        key=f"evidence-withdrawn:{row.pk}",
        event="evidence.withdrawn",
        fields={
            "site": site_unit.site.name,
            "room": session.room.room_no,
            "unit": site_unit.unit.name,
            "by": by.name,
            "version": row.version,
            "because": row.withdrawal_reason,
            "end": messages.clock_time(plan.laid_time(site_unit.evidence_closes_at)),
        },
        url=reverse("evidence-room", args=[session.pk]),
        plan=plan,
        now=now,
    )
