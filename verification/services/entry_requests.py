"""Entry requests (C2): what a proctor asks for a candidate whose documents were checked by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from exam_ops.core import entry, events, schedule
from exam_ops.core.errors import NotOpen, Refusal
from exam_ops.core.models import Event, RoomSession, Sitting, User
from exam_ops.rules.entry import Cause, Entry
from exam_ops.rules.text import Text
from incidents.models import Incident
from incidents.services import opening
from verification.models import EntryRequest

Reason, Status = EntryRequest.Reason, EntryRequest.Status

INCIDENT_OF = {
    Reason.FACE_CHECK_FAILED: "IDV-02",
    Reason.FACE_DECLINED: "IDV-02",
    Reason.OTHER: "IDV-02",
    Reason.NO_RESPONSE: "IDV-05",
    Reason.APP_UNAVAILABLE: "IDV-03",
    Reason.NO_PROCTOR: "IDV-06",
    Reason.BAD_PHOTO: "IDV-10",
}
"""The incident that a request opens or joins."""

DECLINED_NOTE = "考生选择人工核验（非核验未通过）"
"""Stands first in the incident's line: whoever declines face recognition has failed nothing (E9)."""


class AlreadySignedIn(Refusal):
    code, status = "already_signed_in", 409
    title = Text("考生已可入场", "Already admitted")
    sentence = Text(
        "该考生已签到或已获批准，无需再提交入场审批。",
        "This candidate has signed in or been approved; no request is needed.",
    )


class AlreadyPending(Refusal):
    code, status = "already_pending", 409
    title = Text("已有待审批申请", "Already waiting")
    sentence = Text(
        "该考生的入场审批正在等待主考决定，请勿重复提交，可联系主考处理。",
        "A request for this candidate already waits for the chief examiner. Ask the chief to decide it.",
    )


class RejectedBefore(Refusal):
    code, status = "rejected_before", 409
    title = Text("此前未获批准", "Rejected before")
    sentence = Text(
        "该考生的入场审批此前未获批准。如有新情况，可填写新的说明再提交一次；第二次未获批准即为最终结果。",
        "Entry was rejected before. With new facts you may ask once more with a new note; a second rejection is final.",
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the proctor fills in; a photo may follow.

    `entered_at`: the plan time at which it was filled in where that was before it arrived (an offline phone).
    """

    id: UUID
    reason: str
    documents_checked: bool
    note: str = ""
    entered_at: datetime | None = None


@transaction.atomic
def submit(asked: Asked, *, sitting: Sitting, requester: User, now: datetime) -> EntryRequest:
    """Asks the chief to let a candidate in; the request opens or joins its incident.

    The caller has had `sitting` through the door with `entry.request`. Raises `NotOpen`,
    `AlreadySignedIn`, `AlreadyPending`, `RejectedBefore`.
    """
    schedule.hold([sitting.site_unit_id])
    sitting = locked_sittings([sitting.pk])[0]
    session, attempt = _check(sitting, asked, now)
    request = EntryRequest.objects.create(
        id=asked.id,
        sitting=sitting,
        room_session=session,
        site_unit=sitting.site_unit,
        requester=requester,
        reason=asked.reason,
        documents_checked=asked.documents_checked,
        note=asked.note,
        attempt=attempt,
        requested_at=now,
    )
    entry.move([sitting], Cause.REQUESTED, now=now)
    entered_at = asked.entered_at or sitting.site_unit.unit.plan.plan_time(now)
    request.incident = _incident(request, sitting, requester, entered_at, now)
    request.save(update_fields=["incident"])
    events.record_of(
        sitting,
        "entry.requested",
        now=now,
        actor=requester,
        subject=str(request.pk),
        reason=request.reason,
        attempt=attempt,
        entered_at=entered_at.isoformat(),
    )
    return request


def withdraw(sittings: Iterable[Sitting], *, actor: User | None, now: datetime) -> None:
    """Ends the pending requests of candidates who have signed in meanwhile. Call inside their transaction."""
    rows = list(
        EntryRequest.objects.filter(sitting__in=list(sittings), status=Status.PENDING).select_related(
            "site_unit__unit__plan", "room_session", "sitting"
        )
    )
    EntryRequest.objects.filter(pk__in=[r.pk for r in rows], status=Status.PENDING).update(
        status=Status.WITHDRAWN, decided_at=now
    )
    write_events("entry.withdrawn", rows, actor=actor, now=now)


def write_events(kind: str, requests: Iterable[EntryRequest], *, actor: User | None, now: datetime) -> None:
    """One event a request, in one statement."""
    Event.objects.bulk_create(
        events.build(
            kind,
            now=now,
            actor=actor,
            site_unit=r.site_unit,
            room_session=r.room_session,
            sitting=r.sitting,
            subject=str(r.pk),
            reason=r.reason,
        )
        for r in requests
    )


def locked_sittings(ids: Iterable[int]) -> list[Sitting]:
    """The sittings as they stand, locked in order, with what a decision on them needs."""
    rows = (
        Sitting.objects.filter(pk__in=list(ids)).order_by("pk").select_for_update(of=("self",), no_key=True)
    )
    return list(rows.select_related("site_unit__unit__plan", "site_unit__site", "room_session", "candidate"))


def _check(sitting: Sitting, asked: Asked, now: datetime) -> tuple[RoomSession, int]:
    """The room, and which attempt this is; raises what stands against it."""
    before = list(EntryRequest.objects.filter(sitting=sitting).order_by("attempt"))
    if refusal := against(sitting, before, asked.note, now=now):
        raise refusal
    session: RoomSession = sitting.room_session  # type: ignore[assignment]  # `against` asks for one
    return session, len(before) + 1


def against(sitting: Sitting, before: Sequence[EntryRequest], note: str, *, now: datetime) -> Refusal | None:
    """What stands against asking for `sitting` now, after the requests `before` it; None: nothing."""
    site_unit = sitting.site_unit
    if sitting.room_session_id is None or not site_unit.entry_opens_at <= now < site_unit.entry_closes_at:
        return NotOpen()
    match sitting.entry_status:
        case Entry.SIGNED_IN | Entry.APPROVED:
            return AlreadySignedIn(entry_status=sitting.entry_status)
        case Entry.ABSENT:
            return NotOpen()
    if any(r.status == Status.PENDING for r in before):
        return AlreadyPending(entry_status=sitting.entry_status)
    rejected = [r for r in before if r.status == Status.REJECTED]
    return RejectedBefore() if rejected and not _is_new_try(rejected, note) else None


def _is_new_try(rejected: Sequence[EntryRequest], note: str) -> bool:
    """One new try, with something new to say."""
    note = note.strip()
    return len(rejected) == 1 and bool(note) and note != rejected[0].note.strip()


def _incident(
    request: EntryRequest, sitting: Sitting, requester: User, entered_at: datetime, now: datetime
) -> Incident:
    note = f"{sitting.candidate.name}（{sitting.ticket_no}）{request.note}".strip()
    if request.reason == Reason.FACE_DECLINED:
        note = f"{DECLINED_NOTE}：{note}"
    return opening.open_or_join(
        type=INCIDENT_OF[Reason(request.reason)],
        site_unit=sitting.site_unit,
        room_session=sitting.room_session,
        sittings=[sitting],
        note=note,
        occurred_at=entered_at,
        actor=requester,
        now=now,
    )
