"""Saying "mine": which level an act speaks for, and how it stops that level's clock (A2). Any act acknowledges."""

from datetime import datetime

from django.db.models import F

from exam_ops.core import access
from exam_ops.core.errors import Refusal
from exam_ops.core.models import RoomSession, User
from exam_ops.rules import ladder
from exam_ops.rules.ladder import Level
from exam_ops.rules.text import Text
from incidents.models import Incident, LadderStep
from incidents.services import standing, timeline
from incidents.services.ladder import RELATED, settle
from incidents.services.standing import Stand

STATUS = Incident.Status


class AlreadyAcknowledged(Refusal):
    code = "already_acknowledged"
    title = Text("已有人确认", "Already acknowledged")
    sentence = Text(
        "{by} 已确认处理。如需接手，请联系对方。", "{by} has said “mine”. Ask them if you want to take over."
    )


class AlreadyResolved(Refusal):
    code = "already_resolved"
    title = Text("已办结", "Already resolved")
    sentence = Text(
        "{by} 已办结该事件。如有新情况请重新打开或重新上报。",
        "{by} has resolved this incident. Reopen it or report anew if something has changed.",
    )


def locked(incident: Incident) -> Incident:
    """The incident's row, held for this transaction."""
    return (
        Incident.objects.select_for_update(of=("self",), no_key=True)
        .select_related(*RELATED, "resolved_by")
        .get(pk=incident.pk)
    )


def locked_open(incident: Incident) -> Incident:
    """The same, unsolved; raises `AlreadyResolved`."""
    incident = locked(incident)
    if not incident.is_open:
        raise AlreadyResolved(by=name_of(incident.resolved_by))
    return incident


def level_of(actor: User, incident: Incident, *, now: datetime) -> Level | None:
    """The highest level that the person stands on for this incident's site; None for everybody else."""
    site = incident.site_unit.site
    held = {
        level
        for grant in access.actor_for(actor, now=now).grants
        for level, place in (
            (Level.HQ, True),
            (Level.BRANCH, grant.branch_id == site.branch_id),
            (Level.SITE, grant.site_id == site.pk),
        )
        if place and grant.role in ladder.ROLES_AT[level]
    }
    return max(held, key=ladder.LEVELS.index, default=None)


def speaks_for(actor: User, stand: Stand, *, now: datetime) -> Level:
    """The level whose answer an act of this person is.

    Whoever it was handed to answers for the level that is asked. A level above may answer for one below;
    the site's answer does not stop the branch's clock.
    """
    asked = stand.asked or Level.SITE
    if stand.incident.handed_to_id == actor.pk:
        return asked
    own = level_of(actor, stand.incident, now=now) or Level.SITE
    return own if ladder.is_above(asked, own) else asked


def take(incident: Incident, *, note: str = "", actor: User, now: datetime) -> bool:
    """Counts an act as "mine" of the level that the person speaks for; False when that level has answered."""
    if incident.status != STATUS.OPEN:
        return False
    stand = standing.load([incident])[0]
    level = speaks_for(actor, stand, now=now)
    step = stand.steps.get(level)
    if step is not None and step.acknowledged_at is not None:
        return False
    _answer(stand, level, actor, now)
    if level == (stand.asked or Level.SITE):
        incident.status, incident.acknowledged_by, incident.acknowledged_at = STATUS.ACKNOWLEDGED, actor, now
        incident.handed_to, incident.handed_at = None, None
    settle([stand])
    timeline.write(incident, "acknowledged", now=now, actor=actor, note=note, level=level)
    touch(incident)
    return True


def _answer(stand: Stand, level: Level, actor: User, now: datetime) -> None:
    """An answer stands for its own level and for those below that have not given one."""
    below = [
        lv for lv, step in stand.steps.items() if not ladder.is_above(lv, level) and not step.acknowledged_at
    ]
    for each in below:
        stand.steps[each].acknowledged_at, stand.steps[each].acknowledged_by = now, actor
    LadderStep.objects.filter(pk__in=[stand.steps[lv].pk for lv in below]).update(
        acknowledged_at=now, acknowledged_by=actor
    )


def touch(incident: Incident) -> None:
    """Lets the boards of the incident's rooms know that something changed."""
    RoomSession.objects.filter(incidents=incident).update(revision=F("revision") + 1)


def name_of(user: User | None) -> str:
    return user.name if user else ""
