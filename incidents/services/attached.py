"""Facts that a feature attaches to an incident when it is reported from a room (C5, C7).

`incidents` looks nothing up: a feature registers what it knows of a room, and its words are kept on the
timeline as they stood at that moment.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from exam_ops.core.models import RoomSession
from exam_ops.rules.text import Text
from incidents.models import Incident
from incidents.services import timeline

Facts = tuple[Text, dict[str, Any]]  # the line as it reads, and its data
Source = Callable[[RoomSession, datetime], Facts | None]

_sources: dict[str, tuple[str, Source]] = {}
_panels: dict[str, str] = {}


def attach(kind: str, types: Iterable[str], *, panel: str) -> Callable[[Source], Source]:
    """Registers what is written as a line of `kind` when an incident of one of `types` is reported from a room.

    `panel` names the address that draws the same facts as they are now, for a room session's key.
    """

    def keep(source: Source) -> Source:
        for type in types:
            _sources[type], _panels[type] = (kind, source), panel
        return source

    return keep


def panel_of(incident: Incident) -> str:
    """The name of the address of the incident's facts as they are now; empty where nothing is attached."""
    return _panels.get(incident.type, "")


def write(incident: Incident, room_session: RoomSession | None, *, now: datetime) -> None:
    """The registered facts as they are at `now`; call inside the report's transaction."""
    if room_session is None or incident.type not in _sources:
        return
    kind, source = _sources[incident.type]
    if (facts := source(room_session, now)) is not None:
        note, data = facts
        timeline.write(incident, kind, now=now, actor=None, note=note, room=room_session.pk, facts=data)
