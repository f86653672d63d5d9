"""What people make of a doubted sign-in photo (C13): clear, or bad; the first verdict wins.

A bad photo opens or joins its incident, and until evidence closes its candidate owes a place in the panorama.
Afterwards it is one of the first that the check after the exam looks at.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from exam_ops.core import access, entry, events, schedule
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, NotFound, Refusal
from exam_ops.core.models import Sitting
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.photo_hints import opens_duty
from exam_ops.rules.text import Text
from incidents.models import EvidenceDuty
from incidents.services import duties, opening
from verification.models import PhotoCheck, PhotoHint, SignIn
from verification.services.photo_hints import mark_doubted

Verdict = PhotoHint.Verdict
INCIDENT = "IDV-10"
ACTION = "photo.judge"
_WORDS = {
    Verdict.CLEAR: Text("照片可用", "the photo will do"),
    Verdict.BAD: Text("照片不合格", "the photo is bad"),
}


class AlreadyJudged(Refusal):
    code, status = "already_decided", 409
    title = Text("已有人判断", "Already judged")
    sentence = Text(
        "该照片已由 {by} 于 {at} 判为“{what}”，以先提交的为准。",
        "{by} has judged this photo at {at}: {what}. The first verdict holds.",
    )


class NotASignedInPhoto(Refusal):
    code, status = "no_photo_to_judge", 409
    title = Text("没有可判断的照片", "No photo to judge")
    sentence = Text(
        "只有签到成功并已上传照片的考生可以标为照片不合格。其他情况请上报事件。",
        "Only a photo of somebody who has signed in can be called bad. Report an incident for anything else.",
    )


NOTE_OF_A_BAD_PHOTO = Text("请写明照片哪里不合格。", "Say what is wrong with the photo.")


def judge(hint: PhotoHint, verdict: str, note: str, *, actor: Actor, now: datetime) -> PhotoHint:
    """Decides one hint; a bad photo ends its other hints too. The same by the same person changes nothing.

    Raises `NotAllowed`, `OutOfScope`, `Invalid` for a bad photo without a note, `AlreadyJudged`.
    """
    if refusal := access.refused(actor, ACTION, hint):
        raise refusal
    wanted = Verdict(verdict)
    _require_note(wanted, note)
    with transaction.atomic():
        schedule.hold([hint.photo.site_unit_id])
        if not _decide(PhotoHint.objects.filter(pk=hint.pk), wanted, note, actor, now):
            hint.refresh_from_db()
            if (hint.decided_by_id, hint.verdict) == (actor.user.pk, wanted):
                return hint
            raise _judged(hint)
        if wanted is Verdict.BAD:
            _decide(PhotoHint.objects.filter(photo=hint.photo), wanted, note, actor, now)
            _follow_up(hint.photo, note, actor, now)
        _write(hint.photo, wanted, actor, now)
    hint.refresh_from_db()
    return hint


def call_bad(sign_in: SignIn, note: str, *, actor: Actor, now: datetime) -> PhotoHint:
    """Somebody who looks at a photo that raised no hint calls it bad; raises what `judge` does, `NotASignedInPhoto`."""
    if refusal := access.refused(actor, ACTION, sign_in):
        raise refusal
    _require_note(Verdict.BAD, note)
    photo = PhotoCheck.objects.select_related("sitting", "room_session", "site_unit__unit__plan")
    check = photo.filter(pk=sign_in.pk, sign_in__effective=True).first()
    if check is None:
        raise NotASignedInPhoto()
    PhotoHint.objects.bulk_create(
        [PhotoHint(photo=check, kind=PhotoHint.Kind.BY_HAND, found_at=now)], ignore_conflicts=True
    )
    hint = PhotoHint.objects.select_related(
        "photo__sitting", "photo__room_session", "photo__site_unit__unit__plan"
    )
    return judge(hint.get(photo=check, kind=PhotoHint.Kind.BY_HAND), Verdict.BAD, note, actor=actor, now=now)


def _require_note(verdict: Verdict, note: str) -> None:
    if verdict is Verdict.BAD and not note.strip():
        raise Invalid(errors=[FieldError("note", "required", NOTE_OF_A_BAD_PHOTO)])


def _decide(rows: QuerySet[PhotoHint], verdict: Verdict, note: str, actor: Actor, now: datetime) -> int:
    return rows.filter(verdict="").update(
        verdict=verdict, note=note.strip(), decided_by=actor.user, decided_at=now
    )


def _follow_up(photo: PhotoCheck, note: str, actor: Actor, now: datetime) -> None:
    """The incident of the room, and the duty while there is still time for it."""
    site_unit = photo.site_unit
    site_unit.refresh_from_db(fields=["evidence_closes_at", "ends_at", "starts_at"])
    if not opens_duty(now=now, evidence_closes_at=site_unit.evidence_closes_at):
        return
    session = photo.room_session
    session.site_unit = site_unit
    sitting = Sitting.objects.select_for_update(no_key=True).get(pk=photo.sitting_id)
    incident = opening.open_or_join(
        type=INCIDENT,
        site_unit=site_unit,
        room_session=session,
        sittings=[sitting],
        note=note.strip(),
        actor=actor.user,
        now=now,
    )
    duties.open_for(
        [sitting],
        cause=EvidenceDuty.Cause.BAD_PHOTO,
        room_session=session,
        incident=incident,
        actor=actor.user,
        now=now,
    )


def _write(photo: PhotoCheck, verdict: Verdict, actor: Actor, now: datetime) -> None:
    mark_doubted({photo.pk})
    entry.touch([photo.room_session_id])
    events.record(
        "photo.bad" if verdict is Verdict.BAD else "photo.cleared",
        now=now,
        actor=actor.user,
        site_unit=photo.site_unit,
        room_session=photo.room_session,
        sitting=photo.sitting,
        subject=str(photo.pk),
    )


def _judged(hint: PhotoHint) -> Refusal:
    if hint.decided_by is None or hint.decided_at is None:  # the drill began anew meanwhile
        return NotFound()
    at = hint.photo.site_unit.unit.plan.plan_time(hint.decided_at).astimezone(BEIJING)
    return AlreadyJudged(by=hint.decided_by.name, at=f"{at:%H:%M}", what=_WORDS[Verdict(hint.verdict)])
