"""Closing an incident with its cause and effect, and opening it again (clause 一; reading 40)."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.core.models import RoomSession, User
from exam_ops.rules import escalation
from exam_ops.rules.escalation import Level
from exam_ops.rules.text import Text
from incidents.models import Entry, Incident
from incidents.services import ladder, mine, opening, timeline
from incidents.services.mine import STATUS, AlreadyResolved

WHO_CLOSES = {
    Level.SITE: Text("考点（主考或考点管理员）", "the site (chief examiner or site administrator)"),
    Level.BRANCH: Text("分部或总部", "the branch or headquarters"),
    Level.HQ: Text("总部", "headquarters"),
}


class NotYoursToClose(Refusal):
    code, status = "not_allowed", 403
    title = Text("须由上级办结", "Closed by a level above")
    sentence = Text(
        "{grade}级事件由{who}办结。请用“续报”写明原因和影响，上级据此办结。",
        "A grade {grade} incident is closed by {who}. Report its cause and effect upwards; they close it from there.",
    )


class StillOpen(Refusal):
    code = "already_open"
    title = Text("事件未办结", "Not closed")
    sentence = Text(
        "该事件尚未办结，无需重新打开。请直接处理或续报。",
        "This incident is not closed, so there is nothing to reopen. Act on it, or report how it stands.",
    )


def refuse_below(incident: Incident, actor: User, *, now: datetime) -> None:
    """Raises `NotYoursToClose` when the person stands below the level that may close this grade."""
    level = mine.level_of(actor, incident, now=now)
    if level is None or not escalation.may_close(level, incident.grade):
        raise refusal_to_close(incident)


def refusal_to_close(incident: Incident) -> NotYoursToClose:
    """Why somebody below may not close it, naming who may."""
    return NotYoursToClose(grade=ROMAN[incident.grade], who=WHO_CLOSES[escalation.closes(incident.grade)])


ROMAN = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ"}


@transaction.atomic
def resolve(
    incident: Incident, *, cause: str, effect: str, note: str = "", actor: User, now: datetime
) -> tuple[Incident, bool]:
    """Closes the incident with its cause and its effect on candidates; the same person again is the same answer.

    Raises `NotYoursToClose` below the level that may close its grade (Ⅳ site, Ⅲ branch, Ⅱ and Ⅰ headquarters),
    `AlreadyResolved`, and `Invalid` without cause or effect.
    """
    require({"cause": cause, "effect": effect}, CLOSING_NEEDS)
    incident = mine.locked(incident)
    if not incident.is_open:
        if incident.resolved_by_id == actor.pk and (incident.cause, incident.effect) == (cause, effect):
            return incident, False
        raise AlreadyResolved(by=mine.name_of(incident.resolved_by))
    refuse_below(incident, actor, now=now)
    mine.take(incident, actor=actor, now=now)
    incident.status, incident.resolved_at, incident.resolved_by = STATUS.RESOLVED, now, actor
    incident.cause, incident.effect, incident.next_due_at = cause, effect, None
    incident.handed_to = incident.handed_at = None
    incident.save()
    timeline.write(incident, "resolved", now=now, actor=actor, note=note, cause=cause, effect=effect)
    _count(incident, -1)
    return incident, True


@transaction.atomic
def reopen(incident: Incident, *, reason: str, actor: User, now: datetime) -> tuple[Incident, bool]:
    """Opens a closed incident again: its ladder begins anew; the same person again is the same answer.

    What its closing said stays in the timeline. Raises `StillOpen`, and `Invalid` without a reason.
    """
    require({"reason": reason}, REASON_NEEDED)
    incident = mine.locked(incident)
    if incident.is_open:
        last = Entry.objects.filter(incident=incident, kind="reopened").order_by("-pk").first()
        if last is not None and last.actor_id == actor.pk and last.note == reason:
            return incident, False
        raise StillOpen()
    incident.status, incident.level = STATUS.OPEN, Level.SITE
    incident.resolved_at = incident.resolved_by = incident.acknowledged_at = incident.acknowledged_by = None
    incident.cause = incident.effect = ""
    incident.round, incident.round_at = incident.round + 1, now
    incident.save()
    timeline.write(incident, "reopened", now=now, actor=actor, note=reason, round=incident.round)
    _count(incident, 1)
    ladder.advance([incident], now=now)
    opening.go_up_if_past(incident, now=now)
    return incident, True


CLOSING_NEEDS = Text(
    "请填写。办结需要原因和对考生的影响。",
    "Fill this in: closing needs the cause and the effect on candidates.",
)
REASON_NEEDED = Text("请填写原因。", "Give the reason.")


def require(words: dict[str, str], said: Text) -> None:
    """Raises `Invalid` naming every field that is blank."""
    missing = [name for name, value in words.items() if not value.strip()]
    if missing:
        raise Invalid(errors=[FieldError(name, "required", said) for name in missing])


def _count(incident: Incident, change: int) -> None:
    """The counters that boards and the search for mass failure read."""
    RoomSession.objects.filter(incidents=incident).update(
        open_incidents=F("open_incidents") + change, revision=F("revision") + 1
    )
