"""The append-only timeline of an incident."""

from datetime import datetime
from typing import Any

from exam_ops.core import events
from exam_ops.core.models import User
from exam_ops.rules.text import Text
from incidents.models import Entry, Incident


def write(
    incident: Incident, kind: str, *, now: datetime, actor: User | None, note: str | Text = "", **data: Any
) -> Entry:
    """One line, and the same fact in the event log of the site unit; the portal's own words are a `Text`."""
    plan = incident.site_unit.unit.plan
    events.record(
        f"incident.{kind}",
        now=now,
        actor=actor,
        site_unit=incident.site_unit,
        subject=incident.number or "",
        **data,
    )
    said = {"said": {"zh": note.zh, "en": note.en}} if isinstance(note, Text) else {}
    return Entry.objects.create(
        incident=incident,
        kind=kind,
        at=now,
        plan_at=plan.plan_time(now),
        actor=actor,
        note=str(note),
        data=data | said,
    )
