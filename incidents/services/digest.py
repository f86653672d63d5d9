"""The branch's digest: what it hears of below Ⅲ and of single blocked rooms, in one message at a time (A2, E4).

Lines of an entry wait until T−5, others ten minutes at most; then everything that waits for the branch goes out together, so
that a national morning is one message a branch.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.urls import reverse

from exam_ops.core import policies
from exam_ops.core.deadlines import registry
from exam_ops.rules.ladder import Level
from exam_ops.rules.policy import Policy
from exam_ops.rules.text import Text
from incidents.models import DigestLine, Incident
from incidents.services import messages, watch
from incidents.services.messages import Message

EVERY = timedelta(minutes=10)
SHOWN = 20  # lines in one message; the rest is counted
_LINE = Text("{site} {room}{type}（{number}）。{because}", "{site} {room}{type} ({number}). {because}")
_MORE = Text("另有 {count} 项，请在应急事件中查看。", "{count} more; see the incidents page.")


@dataclass(frozen=True)
class Line:
    """What a branch is to hear about an incident; `at_once`: with the next message, which waits for nothing."""

    incident: Incident
    why: str
    because: Text
    at_once: bool = False


def write(lines: Sequence[Line], *, now: datetime) -> None:
    """Lays lines in the digests of their branches; the same line again changes nothing."""
    if not lines:
        return
    rooms = _rooms([line.incident for line in lines])
    plans = {line.incident.site_unit.unit.plan for line in lines}
    rules = {plan.pk: policies.of(plan) for plan in plans}
    DigestLine.objects.bulk_create(
        [
            _row(line, rooms[line.incident.pk], rules[line.incident.site_unit.unit.plan_id], now)
            for line in lines
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def _row(line: Line, rooms: list[str], policy: Policy, now: datetime) -> DigestLine:
    incident = line.incident
    site_unit = incident.site_unit
    named = Text("、".join(rooms) + " ", ", ".join(rooms) + " ") if rooms else Text("", "")
    text = _LINE.format(
        site=site_unit.site.name,
        room=named,
        type=incident.kind.title,
        number=incident.number or "",
        because=line.because,
    )
    return DigestLine(
        branch_id=site_unit.site.branch_id,
        plan_id=site_unit.unit.plan_id,
        site_unit=site_unit,
        incident=incident,
        key=f"incident:{incident.pk}:{incident.round}:{line.why}",
        text=text.both,
        written_at=now,
        next_due_at=now
        if line.at_once
        else due_at(site_unit.entry_opens_at, site_unit.starts_at - policy.escalate_before, now),
    )


def due_at(opens: datetime, escalation: datetime, now: datetime) -> datetime:
    """When a line written now is told at the latest: from opening of entry all at T−5, else in ten minutes."""
    return escalation if opens <= now < escalation else now + EVERY


def _rooms(incidents: Iterable[Incident]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    named = Incident.room_sessions.through.objects.filter(incident__in=incidents)
    for pk, room in named.values_list("incident_id", "roomsession__room__room_no").order_by("pk"):
        found[pk].append(room)
    return found


@registry.sweeps(DigestLine)
def tell_due(batch: Sequence[DigestLine], now: datetime) -> None:
    """Tells each branch of the batch everything that waits for it, one message a branch and plan."""
    waiting = DigestLine.objects.filter(branch__in={row.branch_id for row in batch}, told_at=None)
    waiting.filter(incident__status=Incident.Status.RESOLVED).delete()  # solved meanwhile: nothing to tell
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True, of=("self",), no_key=True)
    groups: dict[tuple[int, int], list[DigestLine]] = defaultdict(list)
    for row in waiting.select_related(
        "plan", "incident", "site_unit__unit__plan", "site_unit__site"
    ).order_by("pk"):
        groups[row.branch_id, row.plan_id].append(row)
    first = [rows[0].site_unit for rows in groups.values()]
    people = watch.on_duty([watch.wanted(Level.BRANCH, s, None) for s in first], now=now)
    messages.tell_many(
        [
            _message(rows, found.users or messages.people_at(Level.BRANCH, rows[0].site_unit))
            for rows, found in zip(groups.values(), people, strict=True)
        ],
        now=now,
    )
    told = [row.pk for rows in groups.values() for row in rows]
    DigestLine.objects.filter(pk__in=told).update(told_at=now, next_due_at=None)


def _message(rows: Sequence[DigestLine], users: Sequence[int]) -> Message:
    last, plan = rows[-1], rows[0].plan
    said = [Text(**row.text) for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        said.append(_MORE.format(count=len(rows) - SHOWN))
    lines = Text("\n".join(t.zh for t in said), "\n".join(t.en for t in said))
    return Message(
        users,
        key=f"digest:{last.branch_id}:{plan.pk}:{last.pk}",
        event="branch.digest",
        fields={"count": len(rows), "plan": plan.name, "lines": lines},
        url=reverse("incident-list", query={"plan": plan.code}),
        plan=plan,
        to=[messages.organisation(Level.BRANCH, last.site_unit)],
        grade=min((row.incident.grade for row in rows if row.incident), default=4),
    )
