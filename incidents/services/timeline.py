"""The append-only timeline of an incident."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from exam_ops.core import events
from exam_ops.core.models import Event, User
from exam_ops.rules.text import Text
from incidents.models import Entry, Incident
from incidents.services import answering


@dataclass(frozen=True)
class Line:
    """One line before it is written; the portal's own words are a `Text`."""

    incident: Incident
    kind: str
    actor: User | None = None
    note: str | Text = ""
    data: dict[str, Any] = field(default_factory=dict)


def write(
    incident: Incident, kind: str, *, now: datetime, actor: User | None, note: str | Text = "", **data: Any
) -> Entry:
    """One line, and the same fact in the event log of the site unit; the portal's own words are a `Text`."""
    answering.note(incident, actor, now=now)
    return write_many([Line(incident, kind, actor, note, data)], now=now)[0]


def write_many(lines: Iterable[Line], *, now: datetime) -> list[Entry]:
    """Many lines in two statements, in their order."""
    every = list(lines)
    Event.objects.bulk_create([_event(line, now) for line in every], batch_size=500)
    return Entry.objects.bulk_create([_entry(line, now) for line in every], batch_size=500)


def _event(line: Line, now: datetime) -> Event:
    return events.build(
        f"incident.{line.kind}",
        now=now,
        actor=line.actor,
        site_unit=line.incident.site_unit,
        subject=line.incident.number or "",
        **line.data,
    )


def _entry(line: Line, now: datetime) -> Entry:
    note = line.note
    said = {"said": note.both} if isinstance(note, Text) else {}
    return Entry(
        incident=line.incident,
        kind=line.kind,
        at=now,
        plan_at=line.incident.site_unit.unit.plan.plan_time(now),
        actor=line.actor,
        note=str(note),
        data=line.data | said,
    )
