"""Who was told, level by level: when, with what result, until when to acknowledge, who said "mine"."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count

from exam_ops.rules import escalation
from exam_ops.rules.escalation import LEVELS, Level
from incidents import words
from incidents.models import Entry, Incident, LadderStep, Notification


def ladder(incident: Incident, entries: Iterable[Entry], *, now: datetime) -> list[dict[str, Any]]:
    """One row a level, told or not yet; times on the plan's clock."""
    plan = incident.site_unit.unit.plan
    entries = list(entries)
    told = {row.data.get("level"): row.plan_at for row in entries if row.kind == "told"}
    mine = {row.data.get("level"): row.plan_at for row in entries if row.kind == "acknowledged"}
    steps = {step.level: step for step in incident.steps.select_related("acknowledged_by")}
    names = _names(incident)
    rows = []
    for level in LEVELS:
        step = steps.get(level)
        waits = bool(step and not step.acknowledged_at and incident.is_open and incident.level == level)
        rows.append(
            {
                "label": words.LEVELS[level],
                "here": incident.level == level,
                "told_at": told.get(level),
                "nobody": bool(step and step.result == LadderStep.Result.NOBODY),
                "recipients": step.recipients if step else 0,
                "names": names.get(level, []),
                "until": plan.laid_time(step.acknowledge_by)
                if step and waits and step.acknowledge_by
                else None,
                "then": _then(incident, level) if waits else None,
                "acknowledged_by": step.acknowledged_by if step else None,
                "acknowledged_at": mine.get(level),
            }
        )
    return rows


def _then(incident: Incident, level: Level) -> Any:
    """Who is told next when nobody says "mine", if the grade climbs by itself."""
    above = escalation.next_level(level)
    if above is None or not escalation.climbs_unacknowledged(incident.grade):
        return None
    return words.LEVELS[above]


def _names(incident: Incident) -> dict[str, list[dict[str, Any]]]:
    """The people whose inbox a level's message reached, and whether they have opened it."""
    found: dict[str, list[dict[str, Any]]] = {}
    rows = Notification.objects.filter(incident=incident, key__startswith=f"incident:{incident.pk}:")
    for row in rows.select_related("user").order_by("pk"):
        level = row.key.split(":")[2]
        people = found.setdefault(level, [])
        if row.user.name not in [person["name"] for person in people]:
            people.append({"name": row.user.name, "read": row.read_at is not None})
    return found


def arrived_and_read(incident: Incident) -> tuple[int, int]:
    """How many messages about the incident arrived, and how many were read."""
    counted = Notification.objects.filter(incident=incident).aggregate(
        arrived=Count("pk"), read=Count("read_at")
    )
    return counted["arrived"], counted["read"]
