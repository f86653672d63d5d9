"""The ladder site → branch → headquarters: who is told, until when it must be acknowledged, who is next (A2)."""

from datetime import datetime

from django.db import connection, transaction

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


@registry.sweeper
def climb(now: datetime) -> int:
    """Takes up every incident whose level left its time to acknowledge unused."""
    climbed = 0
    for pk in list(Incident.objects.filter(next_due_at__lte=now).values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            row = (
                Incident.objects.select_for_update(
                    skip_locked=connection.vendor == "postgresql", of=("self",), no_key=True
                )
                .select_related("site_unit__unit__plan", "site_unit__site")
                .filter(pk=pk, next_due_at__lte=now)
                .first()
            )
            if row is None:
                continue
            above = escalation.next_level(row.level)
            if above is None or row.status != Incident.Status.OPEN:
                Incident.objects.filter(pk=pk).update(next_due_at=None)
                continue
            timeline.write(row, "unacknowledged", now=now, actor=None, level=row.level)
            tell_level(row, above, now=now, actor=None)
            climbed += 1
    return climbed
