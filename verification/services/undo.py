"""Undo of a manual sign-in: the only way from 已签到 back to 未签到 (contract, `entry_status`)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from exam_ops.core import access, entry, events, schedule
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound, NotOpen, Refusal
from exam_ops.core.models import Sitting
from exam_ops.rules.entry import Cause
from exam_ops.rules.review import may_be_undone
from exam_ops.rules.text import Text
from incidents.models import EvidenceDuty
from incidents.services import duties
from verification.models import SignIn, SignInReview
from verification.services import manual_evidence
from verification.services.entry_requests import locked_sittings

ACTION = "sign_in.undo"


class NothingToUndo(Refusal):
    code, status = "nothing_to_undo", 409
    title = Text("没有可撤销的签到", "Nothing to undo")
    sentence = Text(
        "只有生效中的人工签到可以撤销；人脸签到不能撤销，已撤销的无需再操作。",
        "Only a manual sign-in that holds can be undone; a face sign-in can't, and what was undone needs nothing more.",
    )


class TooLateToUndo(NotOpen):
    sentence = Text(
        "截止入场后不能撤销签到。如怀疑替考，请在考后核验中标记，或上报事件。",
        "After close of entry no sign-in is undone. If you suspect impersonation, mark it in the post-exam check or report it.",
    )


@transaction.atomic
def undo(sign_in_id: UUID, *, note: str, actor: Actor, now: datetime) -> Sitting:
    """Takes a manual sign-in back while entry is open; the fact stays, without effect, and so does its trace.

    Raises `NotFound`, `NotAllowed`, `NothingToUndo`, `TooLateToUndo`.
    """
    fact = access.get(actor, SignIn, ACTION, pk=sign_in_id)
    sitting_id = _let_in_by(fact)
    if sitting_id is None:
        raise NothingToUndo()
    place = Sitting.objects.filter(pk=sitting_id).values_list("site_unit_id", flat=True).first()
    if place is None:
        raise NotFound()
    schedule.hold([place])
    sitting = locked_sittings([sitting_id])[0]
    manual = fact.method == SignIn.Method.MANUAL
    holds = _let_in_by(SignIn.objects.get(pk=fact.pk)) == sitting_id
    if not may_be_undone(effective=holds, manual=manual, entry_status=sitting.entry_status):
        raise NothingToUndo()
    if not sitting.site_unit.entry_opens_at <= now < sitting.site_unit.entry_closes_at:
        raise TooLateToUndo()
    SignIn.objects.filter(pk=fact.pk).update(effective=False)
    entry.move([sitting], Cause.UNDO, now=now)
    if EvidenceDuty.objects.filter(sitting=sitting, status="open", cause=manual_evidence.CAUSE).exists():
        duties.drop_for([sitting], why="undone", actor=actor.user, now=now)
    events.record_of(sitting, "sign_in.undone", now=now, actor=actor.user, subject=str(fact.pk), note=note)
    return sitting


def _let_in_by(fact: SignIn) -> int | None:
    """Whom the fact has signed in: when it came, or when a person applied it; None where another did, or nobody."""
    if fact.effective:
        return fact.sitting_id
    review = SignInReview.objects.filter(pk=fact.pk, outcome=SignInReview.Outcome.APPLIED).first()
    if review is None or SignIn.objects.filter(sitting=review.sitting_id, effective=True).exists():
        return None
    return review.sitting_id
