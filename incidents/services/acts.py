"""What people do with an incident: acknowledge, escalate, declare 重大, tick a step. Any act acknowledges.

The whole set of acts is had here; closing and what changes on an open incident stand in files of their own.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.core.models import User
from exam_ops.rules import escalation
from exam_ops.rules.escalation import Level
from exam_ops.rules.text import Text
from incidents.models import CardTick, Entry, Incident, LadderStep
from incidents.services import ladder, mine, opening, standing, timeline
from incidents.services.changes import NotForThem, NotStruck, hand_over, regrade, strike, update
from incidents.services.closing import NotYoursToClose, StillOpen, reopen, resolve
from incidents.services.mine import AlreadyAcknowledged, AlreadyResolved, locked
from incidents.services.telling import Why


class AlreadyEscalated(Refusal):
    code = "already_escalated"
    title = Text("已在最高层级", "Already at the top")
    sentence = Text(
        "该事件已上报总部。请在时间线补充情况。",
        "This incident already stands at headquarters. Add what you know to its timeline.",
    )


@transaction.atomic
def acknowledge(incident: Incident, *, note: str = "", actor: User, now: datetime) -> tuple[Incident, bool]:
    """Says "mine" for the level that the person speaks for; the same person again is the same answer.

    A person of a level below the one that is asked answers for their own; the clock above runs on. Raises
    `AlreadyAcknowledged` when somebody else has, `AlreadyResolved`.
    """
    incident = mine.locked_open(incident)
    if incident.status == Incident.Status.ACKNOWLEDGED:
        by = incident.acknowledged_by
    elif mine.take(incident, note=note, actor=actor, now=now):
        return incident, True
    else:
        by = _who_answered(incident, actor, now)
    if by == actor:
        return incident, False
    raise AlreadyAcknowledged(by=mine.name_of(by))


def _who_answered(incident: Incident, actor: User, now: datetime) -> User | None:
    stand = standing.load([incident])[0]
    step = LadderStep.objects.select_related("acknowledged_by").get(
        pk=stand.steps[mine.speaks_for(actor, stand, now=now)].pk
    )
    return step.acknowledged_by


@transaction.atomic
def escalate(
    incident: Incident,
    *,
    note: str = "",
    declared_major: bool = False,
    form: Mapping[str, Any] | None = None,
    actor: User,
    now: datetime,
) -> tuple[Incident, bool]:
    """Takes the incident one level up by hand (A2), or declares it 重大 so that T−5 takes it up.

    `form` is the short form of clause 一 (place, what, how_many, done, help) and stands in the timeline's line.
    The same person's same step again is the same answer; at headquarters `AlreadyEscalated`.
    """
    incident = mine.locked_open(incident)
    said = {"form": dict(form)} if form else {}
    if _repeats(incident, note, said, actor):
        return incident, False
    if declared_major and not incident.declared_major:
        incident.declared_major = True
        incident.save(update_fields=["declared_major"])
        timeline.write(incident, "declared_major", now=now, actor=actor, note=note)
    above = escalation.next_level(incident.level)
    if above is None:
        raise AlreadyEscalated()
    mine.take(incident, actor=actor, now=now)
    timeline.write(incident, "escalated", now=now, actor=actor, note=note, to=above, **said)
    ladder.raise_to([incident], above, why=Why.BY_HAND, now=now, actor=actor, note=note)
    mine.touch(incident)
    return incident, True


def _repeats(incident: Incident, note: str, said: dict[str, Any], actor: User) -> bool:
    """Whether the last act was this very escalation by the same person, sent again."""
    last = (
        Entry.objects.filter(incident=incident).exclude(kind__in=("told", "digest")).order_by("-pk").first()
    )
    return bool(
        last
        and last.kind == "escalated"
        and last.actor_id == actor.pk
        and last.note == note
        and last.data.get("form") == said.get("form")
        and last.data.get("to") == incident.level
        and incident.status == Incident.Status.OPEN
    )


@transaction.atomic
def declare_major(incident: Incident, *, note: str, actor: User, now: datetime) -> Incident:
    """Declares the incident 重大: it goes up at T−5, or at once after it."""
    incident = mine.locked_open(incident)
    if not incident.declared_major:
        incident.declared_major = True
        incident.save(update_fields=["declared_major"])
        timeline.write(incident, "declared_major", now=now, actor=actor, note=note)
        opening.go_up_if_past(incident, now=now)
        mine.touch(incident)
    return incident


@transaction.atomic
def tick(incident: Incident, step: str, *, actor: User, now: datetime) -> CardTick:
    """Ticks a step of the action card with who and when; a ticked step stays as it was. Ticking acknowledges."""
    incident = locked(incident)
    if step not in {s.key for s in incident.kind.cards}:
        raise Invalid(errors=[FieldError("step", "unknown", Text("没有这一步。", "No such step."))])
    if not incident.is_open and not incident.ticks.filter(step=step).exists():
        raise AlreadyResolved(by=mine.name_of(incident.resolved_by))
    ticked, is_new = CardTick.objects.get_or_create(
        incident=incident, step=step, defaults={"by": actor, "at": now}
    )
    if is_new:
        timeline.write(incident, "ticked", now=now, actor=actor, step=step)
        mine.take(incident, actor=actor, now=now)
    return ticked


__all__ = [
    "AlreadyAcknowledged",
    "AlreadyEscalated",
    "AlreadyResolved",
    "Level",
    "NotForThem",
    "NotStruck",
    "NotYoursToClose",
    "StillOpen",
    "acknowledge",
    "declare_major",
    "escalate",
    "hand_over",
    "regrade",
    "reopen",
    "resolve",
    "strike",
    "tick",
    "update",
]
