"""Entering and lifting a recusal (回避): the site's administrator or its branch, with a reason.

What it is about and why stays with them: the event names neither, and a refusal to place somebody says no more than
that they are recused.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from exam_ops.core import access, events
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, Refusal, reason_in
from exam_ops.core.models import Candidate, ExamRoom, ExamSite, LearningCentre, ProctorProfile, User
from exam_ops.rules.text import Text
from proctors.models import Recusal

SEE, ACTION = "recusal.see", "recusal.enter"
LONGEST = 200
SAY_WHY = Text("请写明回避原因，200 字以内。", "Say why, in at most 200 characters.")


class AlreadyRecused(Refusal):
    code, status = "already_recused", 409
    title = Text("已登记过", "Already entered")
    sentence = Text(
        "这位教师的这项回避已经登记，无需重复。如内容有变，请先解除原记录再登记。",
        "This recusal stands already. To change it, lift the old one first.",
    )


class AlreadyLifted(Refusal):
    code, status = "already_lifted", 409
    title = Text("已解除", "Already lifted")
    sentence = Text("该回避已由 {name} 解除，无需操作。", "{name} has lifted it; nothing is left to do.")


@dataclass(frozen=True, slots=True)
class Away:
    """From what a proctor keeps away: exactly one of the three; a candidate by student number or ticket."""

    candidate: str = ""
    room: int | None = None
    centre: int | None = None


def enter(
    proctor: int, away: Away, *, relation: str, reason: str, site: ExamSite, actor: Actor, now: datetime
) -> Recusal:
    """Recuses a proctor of `site`; rosters that stand are not changed, they turn red.

    The caller has had `site` through the door with `ACTION`. Raises `Invalid` with the field, `AlreadyRecused`.
    """
    who = User.objects.filter(pk=proctor, proctor__site=site).first()
    if who is None:
        raise _wrong(
            "proctor", "unknown_proctor", "请从本考点的监考教师中选择。", "Choose a proctor of this site."
        )
    made = Recusal(
        proctor=who,
        site=site,
        relation=relation,
        reason=reason_in(reason, SAY_WHY, longest=LONGEST),
        entered_by=actor.user,
        entered_at=now,
        **_target(away, site, actor),
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            events.record("recusal.entered", now=now, actor=actor.user, subject=str(made.pk))
    except IntegrityError:
        raise AlreadyRecused() from None
    return made


@transaction.atomic
def lift(recusal: Recusal, *, actor: Actor, now: datetime) -> Recusal:
    """Ends it; the record stays. The caller has had it through the door. Raises `AlreadyLifted`."""
    changed = Recusal.objects.filter(pk=recusal.pk, lifted_at=None).update(
        lifted_at=now, lifted_by=actor.user
    )
    recusal.refresh_from_db()
    if not changed:
        raise AlreadyLifted(name=recusal.lifted_by.name if recusal.lifted_by else "")
    events.record("recusal.lifted", now=now, actor=actor.user, subject=str(recusal.pk))
    return recusal


def proctors_of(site: ExamSite) -> list[ProctorProfile]:
    """Whom a site may recuse, by name."""
    return list(
        ProctorProfile.objects.filter(site=site).select_related("user").order_by("user__name", "user_id")
    )


def _target(away: Away, site: ExamSite, actor: Actor) -> dict[str, object]:
    """The one thing that is named. Raises `Invalid`."""
    if sum((bool(away.candidate), away.room is not None, away.centre is not None)) != 1:
        raise _wrong(
            "candidate",
            "one_of_three",
            "考生、考场、学习中心请填一项。",
            "Name one: a candidate, a room or a centre.",
        )
    if away.room is not None:
        room = ExamRoom.objects.filter(pk=away.room, site=site).first()
        return {"room": room or _raise("room", "请从本考点的考场中选择。", "Choose a room of this site.")}
    if away.centre is not None:
        centre = LearningCentre.objects.filter(pk=away.centre, sites=site).first()
        return {
            "centre": centre or _raise("centre", "请从名单中选择学习中心。", "Choose a centre from the list.")
        }
    named = access.visible(actor, Candidate).filter(sittings__site_unit__site=site)
    found = named.filter(student_no=away.candidate) | named.filter(sittings__ticket_no=away.candidate)
    return {
        "candidate": found.distinct().first()
        or _raise(
            "candidate",
            "本考点没有这个学号或准考证号的考生。请核对号码；考生尚未编排到本考点的，请先按考场或学习中心登记。",
            "Nobody at this site has that student number or ticket. Check it; before they are seated here, "
            "name the room or the centre.",
        )
    }


def _raise(field: str, zh: str, en: str) -> object:
    raise _wrong(field, "unknown", zh, en)


def _wrong(field: str, code: str, zh: str, en: str) -> Invalid:
    said = Text(zh, en)
    return Invalid(errors=[FieldError(field, code, said)], detail=said)
