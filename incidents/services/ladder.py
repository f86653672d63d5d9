"""The ladder site → branch → headquarters: who is told, until when it must be acknowledged, who is next (A2)."""

from collections.abc import Sequence
from datetime import datetime

from exam_ops.core import policies
from exam_ops.core.deadlines import registry
from exam_ops.core.models import User
from exam_ops.rules import escalation
from exam_ops.rules.escalation import Level
from incidents.models import Incident, LadderStep
from incidents.services import messages, timeline

ROMAN = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ"}


def tell_level(
    incident: Incident, level: Level, *, now: datetime, actor: User | None, note: str = ""
) -> None:
    """Tells one level and starts its time to acknowledge; a level with nobody on it passes on at once, and says so."""
    policy = policies.of(incident.site_unit.unit.plan)
    wait = escalation.acknowledge_in(incident.grade, policy)
    people = messages.people_at(level, incident.site_unit)
    step, _ = LadderStep.objects.update_or_create(
        incident=incident,
        level=level,
        defaults={
            "told_at": now,
            "acknowledge_by": now + wait,
            "result": LadderStep.Result.TOLD if people else LadderStep.Result.NOBODY,
            "recipients": len(people),
            "acknowledged_at": None,
            "acknowledged_by": None,
        },
    )
    timeline.write(incident, "told", now=now, actor=actor, note=note, level=level, people=len(people))
    messages.tell(
        people,
        key=f"incident:{incident.pk}:{level}:{now.isoformat()}",
        event="incident.told",
        fields={
            "grade": ROMAN[incident.grade],
            "type": incident.kind.title,
            "site": incident.site_unit.site.name,
            "unit": incident.site_unit.unit.name,
            "number": incident.number,
            "minutes": f"{wait.total_seconds() / 60:g}",
        },
        url=messages.url_of(incident),
        incident=incident,
        plan=incident.site_unit.unit.plan,
        step=step,
        to=[messages.organisation(level, incident.site_unit)],
        grade=incident.grade,
        now=now,
    )
    _move_to(incident, level, now + wait if people else now)
    if not people and (above := escalation.next_level(level)):
        tell_level(incident, above, now=now, actor=actor)


def raise_to(incident: Incident, level: Level, *, now: datetime, actor: User | None, note: str = "") -> bool:
    """Takes an open incident up to `level`, telling every level on the way; False when it already stands there."""
    here = escalation.LEVELS.index(Level(incident.level))
    there = escalation.LEVELS.index(level)
    if there <= here or not incident.is_open:
        return False
    for step in escalation.LEVELS[here + 1 : there + 1]:
        if escalation.LEVELS.index(Level(incident.level)) < escalation.LEVELS.index(step):
            tell_level(incident, step, now=now, actor=actor, note=note)
    return True


def _move_to(incident: Incident, level: Level, due: datetime) -> None:
    above = escalation.next_level(level)
    climbs = above is not None and escalation.climbs_unacknowledged(incident.grade)
    incident.level, incident.next_due_at = level, due if climbs else None
    incident.status = Incident.Status.OPEN
    Incident.objects.filter(pk=incident.pk).exclude(status=Incident.Status.RESOLVED).update(
        level=level, next_due_at=incident.next_due_at, status=Incident.Status.OPEN
    )


@registry.sweeps(Incident, related=("site_unit__unit__plan", "site_unit__site"))
def climb(batch: Sequence[Incident], now: datetime) -> None:
    """Takes up every incident whose level left its time to acknowledge unused."""
    for incident in batch:
        above = escalation.next_level(incident.level)
        if above is None or incident.status != Incident.Status.OPEN:
            Incident.objects.filter(pk=incident.pk).update(next_due_at=None)
            continue
        timeline.write(incident, "unacknowledged", now=now, actor=None, level=incident.level)
        tell_level(incident, above, now=now, actor=None)
