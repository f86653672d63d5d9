"""Taking evidence in: a panorama with marks and a reason, judged by the server's clock, written once (C14, C15)."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import IO, Any

from django.db.models import Max

from exam_ops.core import (
    cutoffs,
    emergency,
    entry,
    events,
    files,
    named_locks,
    policies,
    schedule,
    stray_files,
)
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.core.idempotency import once
from exam_ops.core.models import RoomSession, SiteUnit, Sitting
from exam_ops.rules.entry import Cause
from exam_ops.rules.evidence import Timing, timing
from exam_ops.rules.text import Text
from incidents.models import Evidence, EvidenceDuty, EvidenceMark, Incident
from incidents.services import checks, duty_pictures, messages, pictures
from incidents.services.marks import Mark

CLOSE = "evidence_is_in_before_its_close"  # a cutoff of the migration `evidence_cutoffs`


class EvidenceClosed(Refusal):
    code, status = "evidence_closed", 403
    title = Text("应急材料已截止", "Evidence is closed")
    sentence = Text(
        "本时间单元已于 {closed_at} 结束，系统不再接收应急材料。如因系统故障未能提交，请经分部报总部决定。",
        "This unit ended at {closed_at}; evidence is no longer taken. If an outage kept you from sending it, "
        "ask headquarters through your branch.",
    )


class TooEarly(Refusal):
    code, status = "too_early", 422
    title = Text("还不到拍摄时间", "Too early")
    sentence = Text(
        "全景照片应在开考 30 分钟时拍摄，{opens} 起可提交。",
        "The panorama belongs to 30 minutes after the start; send it from {opens} on.",
    )


class LatenessReasonRequired(Refusal):
    code, status = "lateness_reason_required", 422
    title = Text("需要说明拍摄时间", "A reason is needed")
    sentence = Text(
        "照片的拍摄时间不在开考后 25–40 分钟内或未知。请填写原因后重新提交，照片不会被拒收。",
        "The picture was not taken 25–40 minutes after the start, or its time is unknown. Add the reason and "
        "send it again; it will be taken.",
    )


class UnknownSitting(Refusal):
    code, status = "unknown_sitting", 422
    title = Text("考生不在该考场", "Not a candidate of this room")
    sentence = Text(
        "标记中有不属于该考场的考生。请重新选择。",
        "A mark names somebody who does not sit in this room. Choose again.",
    )


@dataclass(frozen=True, slots=True)
class Upload:
    """What a person sends: `captured_at` is plan time as claimed, `sha256` and `size` are the stored original's."""

    id: uuid.UUID
    reason: str
    marks: Sequence[Mark]
    sha256: str = ""  # of the picture, known once it has arrived
    size: int = 0
    captured_at: datetime | None = None
    lateness_reason: str = ""
    incident: Incident | None = None
    skew: timedelta | None = None
    strip_code: str = ""  # of our own camera (`services.strip`)


def receive(
    upload: Upload,
    photo: IO[bytes],
    *,
    fields: Mapping[str, Any],
    room_session: RoomSession,
    actor: Actor,
    clock: Callable[[], datetime],
) -> tuple[dict[str, Any], bool]:
    """Takes a picture in with its row, once for its id, as API and page send it.

    `fields` are what the sender sent, without the picture: the same again is the same answer, whenever it
    comes. `clock` is read when the picture has arrived, and again when the row is written; PostgreSQL judges
    once more by its own clock when the row is committed. Returns the answer and whether it was made now;
    raises what `submit` does, `NotAnImage`, `TooLarge`, `StorageFull` and `IdReused`. What is refused
    leaves neither row nor file.
    """

    def create() -> dict[str, Any]:
        pictures.check(incoming.file, incoming.size)
        whole = replace(upload, sha256=incoming.sha256, size=incoming.size)
        row = submit(whole, room_session=room_session, actor=actor, now=clock())
        stray_files.hold(incoming.sha256)
        incoming.keep()
        return answer(row)

    with files.receive(photo) as incoming:
        try:
            with cutoffs.refusing({CLOSE: lambda: closed_now(room_session)}):
                return once(
                    upload.id,
                    kind="evidence",
                    user=actor.user,
                    fields={**fields, "photo": incoming.sha256},
                    now=clock(),
                    plan=room_session.site_unit.unit.plan,
                    create=create,
                )
        except BaseException:
            if incoming.is_new:  # kept, and then its row was not: the sweep finds it when this fails as well
                pictures.take_back(incoming.sha256)
            raise


def answer(row: Evidence) -> dict[str, Any]:
    """What the sender is told: the hash as stored, when it arrived, what was looked at so far."""
    plan = row.room_session.site_unit.unit.plan
    return {
        "id": str(row.pk),
        "sha256": row.sha256,
        "received_at": plan.plan_time(row.received_at).isoformat(),
        "on_time": row.on_time,
        "owed": row.owed,
        "version": row.version,
        "checks": [{"name": hint.name, "state": hint.state} for hint in checks.told([row])[row.pk]],
    }


def submit(upload: Upload, *, room_session: RoomSession, actor: Actor, now: datetime) -> Evidence:
    """Takes one panorama in, inside the caller's transaction; the original is already stored under its hash.

    Raises `EvidenceClosed` at and after the close whoever asks, `TooEarly` before T+20 of the server's
    clock, `LatenessReasonRequired`, `UnknownSitting`, `Invalid` for an empty reason.
    """
    schedule.hold([room_session.site_unit_id])
    site_unit = _as_it_stands(room_session.site_unit_id)
    room_session.site_unit = site_unit
    on_time = _judge_time(upload, room_session, now)
    if not upload.reason.strip():
        raise Invalid(errors=[FieldError("reason", "required", Text("请说明原因。", "Say why."))])
    sittings = _marked(upload.marks, room_session)
    named_locks.hold(f"evidence of room {room_session.pk}")  # versions come one by one
    owed = EvidenceDuty.objects.filter(room_session=room_session, status=EvidenceDuty.Status.OPEN)
    evidence = Evidence.objects.create(
        id=upload.id,
        room_session=room_session,
        version=1
        + (Evidence.objects.filter(room_session=room_session).aggregate(n=Max("version"))["n"] or 0),
        incident=upload.incident,
        uploaded_by=actor.user,
        reason=upload.reason,
        lateness_reason=upload.lateness_reason,
        captured_at=upload.captured_at,
        received_at=now,
        skew_ms=None if upload.skew is None else upload.skew // timedelta(milliseconds=1),
        sha256=upload.sha256,
        size=upload.size,
        strip_code=upload.strip_code,
        on_time=on_time,
        owed=owed.exists(),
    )
    EvidenceMark.objects.bulk_create(
        EvidenceMark(evidence=evidence, sitting_id=m.sitting, x=m.x, y=m.y) for m in upload.marks
    )
    duty_pictures.meet(evidence, now=now)
    _turn_absent_back(sittings, now)
    entry.touch([room_session.pk])
    duty_pictures.meet(evidence, now=now)  # what came to be owed while this waited for the room
    checks.ask(evidence, now=now)
    events.record(
        "evidence.received",
        now=now,
        actor=actor.user,
        site_unit=site_unit,
        room_session=room_session,
        subject=str(evidence.pk),
        sha256=upload.sha256,
        version=evidence.version,
        sittings=[s.pk for s in sittings],
    )
    return evidence


def _judge_time(upload: Upload, room_session: RoomSession, now: datetime) -> bool:
    site_unit = room_session.site_unit
    plan = site_unit.unit.plan
    policy = policies.of(plan)
    captured = plan.real_time(upload.captured_at) if upload.captured_at else None
    if captured is not None and upload.skew is not None:
        captured += upload.skew
    match timing(
        start=site_unit.starts_at,
        closes=site_unit.evidence_closes_at,
        now=now,
        captured_at=captured,
        policy=policy,
    ):
        case Timing.CLOSED:
            closed_at = plan.laid_time(site_unit.evidence_closes_at)
            raise closed(closed_at)
        case Timing.TOO_EARLY:
            raise TooEarly(opens=messages.clock_time(site_unit.start + policy.photo_earliest_after))
        case Timing.REASON_NEEDED:
            if not upload.lateness_reason.strip():
                raise LatenessReasonRequired()
            return False
    return True


def closed_now(room_session: RoomSession) -> EvidenceClosed:
    """The refusal, by the close as it stands: of what was written in time and committed too late."""
    site_unit = _as_it_stands(room_session.site_unit_id)
    return closed(site_unit.unit.plan.laid_time(site_unit.evidence_closes_at))


def _as_it_stands(site_unit_id: int) -> SiteUnit:
    return SiteUnit.objects.select_related("site", "unit__plan").get(pk=site_unit_id)


def closed(closed_at: datetime) -> EvidenceClosed:
    """The refusal at and after the close, which is named in plan time."""
    said = EvidenceClosed.sentence.format(closed_at=messages.clock_time(closed_at))
    return EvidenceClosed(closed_at=closed_at.isoformat(), detail=said)


def _marked(marks: Sequence[Mark], room_session: RoomSession) -> list[Sitting]:
    wanted = [mark.sitting for mark in marks]
    found = list(Sitting.objects.filter(pk__in=wanted, room_session=room_session))
    if len(set(wanted)) != len(found) or len(wanted) != len(set(wanted)):
        raise UnknownSitting()
    return found


def _turn_absent_back(sittings: Sequence[Sitting], now: datetime) -> None:
    """Evidence that names somebody counted absent turns it back (C17)."""
    back = entry.move(sittings, Cause.EVIDENCE, now=now)
    emergency.mark(back, True)
