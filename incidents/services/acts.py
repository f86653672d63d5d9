"""What people do with an incident: acknowledge, escalate, tick, resolve. Any act acknowledges."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.core.models import RoomSession, User
from exam_ops.rules import escalation
from exam_ops.rules.escalation import Level
from exam_ops.rules.text import Text
from incidents.models import CardTick, Entry, Incident, LadderStep
from incidents.services import ladder, opening, timeline


class AlreadyAcknowledged(Refusal):
    code = "already_acknowledged"
    title = Text("已有人确认", "Already acknowledged")
    sentence = Text(
        "{by} 已确认处理。如需接手，请联系对方。", "{by} has said “mine”. Ask them if you want to take over."
    )


class AlreadyEscalated(Refusal):
    code = "already_escalated"
    title = Text("已在最高层级", "Already at the top")
    sentence = Text(
        "该事件已上报总部。请在时间线补充情况。",
        "This incident already stands at headquarters. Add what you know to its timeline.",
    )


class AlreadyResolved(Refusal):
    code = "already_resolved"
    title = Text("已办结", "Already resolved")
    sentence = Text(
        "{by} 已办结该事件。如有新情况请重新上报。",
        "{by} has resolved this incident. Report anew if something has changed.",
    )


def locked(incident: Incident) -> Incident:
    """The incident's row, held for this transaction."""
    return (
        Incident.objects.select_for_update(of=("self",), no_key=True)
        .select_related("site_unit__unit__plan", "site_unit__site", "acknowledged_by", "resolved_by")
        .get(pk=incident.pk)
    )


@transaction.atomic
def acknowledge(incident: Incident, *, note: str = "", actor: User, now: datetime) -> tuple[Incident, bool]:
    """Says "mine" for the level where the incident stands; the same person again is the same answer.

    Raises `AlreadyAcknowledged` when somebody else has, `AlreadyResolved`.
    """
    incident = locked(incident)
    if not incident.is_open:
        raise AlreadyResolved(by=_name(incident.resolved_by))
    if incident.status == Incident.Status.ACKNOWLEDGED:
        if incident.acknowledged_by_id == actor.pk:
            return incident, False
        raise AlreadyAcknowledged(by=_name(incident.acknowledged_by))
    _acknowledge(incident, note=note, actor=actor, now=now)
    return incident, True


def _acknowledge(incident: Incident, *, note: str, actor: User, now: datetime) -> None:
    incident.status, incident.acknowledged_by, incident.acknowledged_at = (
        Incident.Status.ACKNOWLEDGED,
        actor,
        now,
    )
    incident.next_due_at = None
    incident.save(update_fields=["status", "acknowledged_by", "acknowledged_at", "next_due_at"])
    LadderStep.objects.filter(incident=incident, level=incident.level, acknowledged_at=None).update(
        acknowledged_at=now, acknowledged_by=actor
    )
    timeline.write(incident, "acknowledged", now=now, actor=actor, note=note, level=incident.level)
    _touch(incident)


@transaction.atomic
def escalate(
    incident: Incident, *, note: str = "", declared_major: bool = False, actor: User, now: datetime
) -> tuple[Incident, bool]:
    """Takes the incident one level up by hand (A2), or declares it 重大 so that T−5 takes it up.

    The same person's same step again is the same answer; at headquarters `AlreadyEscalated`.
    """
    incident = locked(incident)
    if not incident.is_open:
        raise AlreadyResolved(by=_name(incident.resolved_by))
    if _repeats(incident, note, actor):
        return incident, False
    if declared_major and not incident.declared_major:
        incident.declared_major = True
        incident.save(update_fields=["declared_major"])
        timeline.write(incident, "declared_major", now=now, actor=actor, note=note)
    above = escalation.next_level(incident.level)
    if above is None:
        raise AlreadyEscalated()
    timeline.write(incident, "escalated", now=now, actor=actor, note=note, to=above)
    ladder.raise_to(incident, above, now=now, actor=actor, note=note)
    _touch(incident)
    return incident, True


@transaction.atomic
def declare_major(incident: Incident, *, note: str, actor: User, now: datetime) -> Incident:
    """Declares the incident 重大: it goes up at T−5, or at once after it."""
    incident = locked(incident)
    if not incident.is_open:
        raise AlreadyResolved(by=_name(incident.resolved_by))
    if not incident.declared_major:
        incident.declared_major = True
        incident.save(update_fields=["declared_major"])
        timeline.write(incident, "declared_major", now=now, actor=actor, note=note)
        opening.go_up_if_past(incident, now=now)
        _touch(incident)
    return incident


def _repeats(incident: Incident, note: str, actor: User) -> bool:
    """Whether the last act was this very escalation by the same person, sent again."""
    last = Entry.objects.filter(incident=incident).exclude(kind="told").order_by("-pk").first()
    return bool(
        last
        and last.kind == "escalated"
        and last.actor_id == actor.pk
        and last.note == note
        and last.data.get("to") == incident.level
        and incident.status == Incident.Status.OPEN
    )


@transaction.atomic
def resolve(
    incident: Incident, *, cause: str, effect: str, note: str = "", actor: User, now: datetime
) -> tuple[Incident, bool]:
    """Closes the incident with its cause and its effect on candidates; the same person again is the same answer."""
    missing = [name for name, value in (("cause", cause), ("effect", effect)) if not value.strip()]
    if missing:
        said = Text(
            "请填写。办结需要原因和对考生的影响。",
            "Fill this in: closing needs the cause and the effect on candidates.",
        )
        raise Invalid(errors=[FieldError(name, "required", said) for name in missing])
    incident = locked(incident)
    if not incident.is_open:
        if incident.resolved_by_id == actor.pk and (incident.cause, incident.effect) == (cause, effect):
            return incident, False
        raise AlreadyResolved(by=_name(incident.resolved_by))
    if incident.status == Incident.Status.OPEN:
        _acknowledge(incident, note="", actor=actor, now=now)
    incident.status, incident.resolved_at, incident.resolved_by = Incident.Status.RESOLVED, now, actor
    incident.cause, incident.effect, incident.next_due_at = cause, effect, None
    incident.save()
    timeline.write(incident, "resolved", now=now, actor=actor, note=note, cause=cause, effect=effect)
    RoomSession.objects.filter(incidents=incident).update(
        open_incidents=F("open_incidents") - 1, revision=F("revision") + 1
    )
    return incident, True


@transaction.atomic
def tick(incident: Incident, step: str, *, actor: User, now: datetime) -> CardTick:
    """Ticks a step of the action card with who and when; a ticked step stays as it was. Ticking acknowledges."""
    incident = locked(incident)
    if step not in {s.key for s in incident.kind.cards}:
        raise Invalid(errors=[FieldError("step", "unknown", Text("没有这一步。", "No such step."))])
    if not incident.is_open and not incident.ticks.filter(step=step).exists():
        raise AlreadyResolved(by=_name(incident.resolved_by))
    ticked, is_new = CardTick.objects.get_or_create(
        incident=incident, step=step, defaults={"by": actor, "at": now}
    )
    if is_new:
        timeline.write(incident, "ticked", now=now, actor=actor, step=step)
        if incident.status == Incident.Status.OPEN:
            _acknowledge(incident, note="", actor=actor, now=now)
    return ticked


def _touch(incident: Incident) -> None:
    RoomSession.objects.filter(incidents=incident).update(revision=F("revision") + 1)


def _name(user: User | None) -> str:
    return user.name if user else ""


__all__ = ["Level", "acknowledge", "declare_major", "escalate", "resolve", "tick"]
