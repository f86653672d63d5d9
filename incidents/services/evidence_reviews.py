"""Review of a picture, or of a duty that no picture met: the first verdict of a level holds, a change is a new row (C14)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from exam_ops.core import access, entry, events, schedule
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, NotAllowed, Refusal
from exam_ops.core.models import Membership, RoomSession
from exam_ops.rules import evidence_review as rules
from exam_ops.rules.evidence_review import Level, Verdict
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from incidents.models import Evidence, EvidenceDuty, EvidenceReview
from incidents.services import duty_pictures, packages, review_messages
from incidents.services.review_refusals import (
    AlreadyReviewed,
    ChiefFirst,
    NothingToTakeBack,
    NotMissed,
    OwnPicture,
    Withdrawn,
    asking_is_over,
)

ACTION = "evidence_review.give"
RELATED = (
    "uploaded_by",
    "withdrawn_by",
    "room_session__room",
    "room_session__site_unit__site__branch",
    "room_session__site_unit__unit__plan",
)
TIMES = ["start", "end", "evidence_closes_at"]  # of a site unit, read anew under its lock
WHY = Text("请写明原因。", "Say why.")

Target = Evidence | EvidenceDuty


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of one target; `changes` is the key of the verdict in force that they mean to change."""

    verdict: Verdict
    note: str = ""
    changes: int | None = None


def level_of(actor: Actor, session: RoomSession) -> Level | None:
    """The level for which the actor speaks in this room; None for who may not review there.

    Who is both a chief there and an officer of the branch speaks for the branch.
    """
    site = session.site_unit.site
    held = {
        Level.BRANCH: any(g.role is Role.BRANCH and g.branch_id == site.branch_id for g in actor.grants),
        Level.SITE: any(g.role is Role.CHIEF and g.site_id == site.pk for g in actor.grants),
    }
    return next((level for level, holds in held.items() if holds), None)


def refused(actor: Actor, target: Target, level: Level, *, now: datetime) -> Refusal | None:
    """Why `actor` may not speak of this target now; None: they may. Page, API and the write ask this.

    `target` comes with its room session, site unit, site, unit and plan.
    """
    site_unit = target.room_session.site_unit
    plan = site_unit.unit.plan
    if level is Level.SITE and (spoken := in_force(target, Level.BRANCH)) is not None:
        return AlreadyReviewed(spoken)
    if isinstance(target, EvidenceDuty):
        return None if target.status == EvidenceDuty.Status.MISSED else NotMissed()
    if target.withdrawn_at is not None:
        return Withdrawn()
    if target.uploaded_by_id == actor.user.pk:
        return OwnPicture()
    if level is Level.BRANCH and not rules.branch_may_speak(
        site_spoke=in_force(target, Level.SITE) is not None,
        is_chiefs_own=is_chiefs_own(target),
        start=site_unit.start,
        now=plan.plan_time(now),
    ):
        return ChiefFirst()
    return None


def is_chiefs_own(evidence: Evidence) -> bool:
    """Whether a chief of the site sent it, so that nobody there may review it but a deputy."""
    site = evidence.room_session.site_unit.site_id
    return Membership.objects.filter(user=evidence.uploaded_by_id, role=Role.CHIEF, site=site).exists()


def in_force(target: Target, level: Level) -> EvidenceReview | None:
    """The verdict of one level that holds."""
    rows = target.reviews.select_related("by", "room_session__site_unit__unit__plan")
    return rows.filter(level=level, is_current=True).first()


@transaction.atomic
def give(target: Target, said: Said, *, actor: Actor, now: datetime) -> tuple[EvidenceReview, bool]:
    """Keeps a verdict; the same by the same person again is the same answer. Returns it and whether it is new.

    Asking again moves nothing but the duties that the picture had met: they are owed once more. Raises
    `NotAllowed`, `Withdrawn`, `OwnPicture`, `ChiefFirst`, `NotMissed`, `EvidenceClosed` for asking again at and
    after the close, `Invalid` without the words that are needed, `AlreadyReviewed` when somebody was first.
    """
    session = target.room_session
    level = _level(actor, session)
    schedule.hold([session.site_unit_id])
    session.site_unit.refresh_from_db(fields=TIMES)
    target = _locked(target)
    there = in_force(target, level)
    if there is not None and _is_repeat(there, said, actor):
        return there, False
    if refusal := refused(actor, target, level, now=now):
        raise refusal
    if there is not None and said.changes != there.pk:
        raise AlreadyReviewed(there)
    _check(target, said, level, there, now)
    return _write(target, said, level, there, actor, now), True


def give_many(
    targets: Iterable[Target], said: Said, *, actor: Actor, now: datetime
) -> tuple[list[EvidenceReview], list[Refusal]]:
    """The same verdict on many, each by itself; returns what is kept and why the others are not.

    Raises `Invalid` where the words are missing, which would hold for all.
    """
    done: list[EvidenceReview] = []
    skipped: list[Refusal] = []
    for target in targets:
        try:
            done.append(give(target, said, actor=actor, now=now)[0])
        except Invalid:
            raise
        except Refusal as refusal:
            skipped.append(refusal)
    return done, skipped


@transaction.atomic
def take_back(review: EvidenceReview, *, actor: Actor, now: datetime) -> EvidenceReview:
    """Takes one's own last verdict back by a new row; raises `NotAllowed`, `NothingToTakeBack`.

    A chief's holds once the branch has spoken.
    """
    session = review.room_session
    level = _level(actor, session)
    schedule.hold([session.site_unit_id])
    session.site_unit.refresh_from_db(fields=TIMES)
    target = _locked(_target_of(review))
    spoke = level is Level.SITE and in_force(target, Level.BRANCH) is not None
    there = in_force(target, level)
    if spoke or there is None or there.pk != review.pk or there.by_id != actor.user.pk:
        raise NothingToTakeBack()
    return _write(target, Said(Verdict.TAKEN_BACK), level, there, actor, now)


def _is_repeat(there: EvidenceReview, said: Said, actor: Actor) -> bool:
    """The same person's same outcome again; with the verdict's key other words are a change."""
    is_same = (there.by_id, there.verdict) == (actor.user.pk, said.verdict)
    return is_same and (said.changes != there.pk or said.note.strip() == there.note)


def _level(actor: Actor, session: RoomSession) -> Level:
    if refusal := access.refused(actor, ACTION, session):
        raise refusal
    level = level_of(actor, session)
    if level is None:
        raise NotAllowed()
    return level


def _target_of(review: EvidenceReview) -> Target:
    target: Target | None = review.evidence or review.duty
    assert target is not None  # a check constraint: one of the two
    target.room_session = review.room_session
    return target


def _locked(target: Target) -> Target:
    """The row as it stands, held until the verdict is written: a withdrawal at the same moment waits."""
    rows: QuerySet[Any] = type(target)._default_manager.select_for_update(of=("self",), no_key=True)
    found: Target = rows.get(pk=target.pk)
    found.room_session = target.room_session
    return found


def _check(target: Target, said: Said, level: Level, there: EvidenceReview | None, now: datetime) -> None:
    is_duty = isinstance(target, EvidenceDuty)
    if said.verdict is Verdict.TAKEN_BACK or (is_duty and said.verdict is Verdict.ASKED_AGAIN):
        raise Invalid(
            errors=[FieldError("verdict", "invalid", Text("不能这样判断。", "Not a verdict here."))]
        )
    site_unit = target.room_session.site_unit
    if said.verdict is Verdict.ASKED_AGAIN and not rules.may_ask_again(
        now=now, closes=site_unit.evidence_closes_at
    ):
        raise asking_is_over(site_unit)
    by_site = in_force(target, Level.SITE) if level is Level.BRANCH else None
    needed = rules.needs_note(
        said.verdict,
        is_change=there is not None,
        overruled=Verdict(by_site.verdict) if by_site else None,
        without_picture=is_duty,
    )
    if needed and not said.note.strip():
        raise Invalid(errors=[FieldError("note", "required", WHY)])


def _write(
    target: Target,
    said: Said,
    level: Level,
    there: EvidenceReview | None,
    actor: Actor,
    now: datetime,
) -> EvidenceReview:
    """The row, what it does to the duties, its event and its message."""
    picture = target if isinstance(target, Evidence) else None
    stood = duty_pictures.stands(picture) if picture else False
    if there is not None and not EvidenceReview.objects.filter(pk=there.pk, is_current=True).update(
        is_current=False
    ):
        raise AlreadyReviewed(there)
    review = EvidenceReview.objects.create(
        room_session=target.room_session,
        evidence=picture,
        duty=target if isinstance(target, EvidenceDuty) else None,
        level=level,
        verdict=said.verdict,
        note=said.note.strip()[:500],
        by=actor.user,
        at=now,
        replaces=there,
        is_current=said.verdict is not Verdict.TAKEN_BACK,
    )
    entry.touch([target.room_session_id])  # the room's page shows it
    events.record(
        "evidence.reviewed",
        now=now,
        actor=actor.user,
        site_unit=target.room_session.site_unit,
        room_session=target.room_session,
        sitting=target.sitting if isinstance(target, EvidenceDuty) else None,
        subject=str(target.pk),
        level=level.value,
        verdict=said.verdict.value,
        review=review.pk,
        instead_of=there.verdict if there else None,
    )
    packages.order_after_change([target.room_session.site_unit], now=now)
    if picture is not None:
        _follow(picture, review, stood, actor, now)
    return review


def _follow(picture: Evidence, review: EvidenceReview, stood: bool, actor: Actor, now: datetime) -> None:
    """Duties follow whether the picture stands; the room hears what is asked of it, and when it no longer is."""
    stands = duty_pictures.stands(picture)
    if stood and not stands:
        asks = review if review.note else in_force(picture, Level.SITE)
        because = asks.note if asks else ""
        duty_pictures.fall(picture, why="asked_again", because=because, actor=actor.user, now=now)
    elif stands and not stood:
        duty_pictures.rise(picture, now=now)
        if now < picture.room_session.site_unit.evidence_closes_at:
            review_messages.tell_never_mind(picture, review, now=now)
    if review.verdict == Verdict.ASKED_AGAIN:
        review_messages.tell_again(picture, review, now=now)
