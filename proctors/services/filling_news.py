"""Who hears of a roster that changed in many places: each proctor once, of all the own rooms (C8)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from exam_ops.rules.text import Text
from incidents.services import messages
from incidents.services.messages import Message
from proctors.models import ProctorChange
from proctors.services import telling

_COMES = Text("您监考", "you proctor here")
_GOES = Text("您不再监考", "you no longer proctor here")
MOST = 20  # rooms listed in one message


def tell(changes: Sequence[ProctorChange], *, batch: UUID, now: datetime) -> None:
    """One message a person and plan; the rooms in order of time."""
    lines: dict[tuple[int, int], list[tuple[datetime, Text]]] = defaultdict(list)
    plans = {change.site_unit.unit.plan_id: change.site_unit.unit.plan for change in changes}
    for change in changes:
        for person, words in ((change.incoming_id, _COMES), (change.outgoing_id, _GOES)):
            if person is not None:
                found = lines[person, change.site_unit.unit.plan_id]
                found.append((change.site_unit.start, telling.line(change, words)))
    messages.tell_many(
        [
            Message(
                [person],
                f"roster:together:{batch}:{plan}:{person}",
                "roster.changed",
                {"room": _list(sorted(found, key=lambda each: (each[0], each[1].zh)))},
                plan=plans[plan],
            )
            for (person, plan), found in lines.items()
        ],
        now=now,
    )


def _list(lines: Sequence[tuple[datetime, Text]]) -> Text:
    shown = [text for _, text in lines[:MOST]]
    if len(lines) > MOST:
        n = len(lines) - MOST
        shown.append(Text(f"另有 {n} 场，见监考编排。", f"And {n} more: see the roster."))
    return Text("\n".join(t.zh for t in shown), "\n".join(t.en for t in shown))
