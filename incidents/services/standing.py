"""How incidents stand on their ladders: the rungs they opened with, the steps of this round, what is due next (A2)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, F

from exam_ops.rules import escalation, ladder
from exam_ops.rules.ladder import Due, Ladder, Level, Standing, What
from incidents.models import Incident, LadderStep

OPEN = Incident.Status.OPEN
# What climbing changes of an incident.
CLIMBING = (
    "level",
    "status",
    "acknowledged_at",
    "acknowledged_by_id",
    "handed_to_id",
    "handed_at",
    "reminded_at",
    "next_due_at",
)


def climbing(incident: Incident) -> dict[str, Any]:
    """The values of `CLIMBING`."""
    return {name: getattr(incident, name) for name in CLIMBING}


def ladder_of(incident: Incident) -> Ladder:
    """The ladder of the incident's grade as it stood when the incident opened."""
    return ladder.read_grade(incident.ladder, incident.grade)


def goes_up(incident: Incident) -> bool:
    """Whether it goes up by itself at T−5 (A2)."""
    return escalation.goes_up(
        incident_grade=incident.grade, declared_major=incident.declared_major, mass=incident.mass
    )


@dataclass
class Stand:
    """One incident with the ladder steps of its round, as they are and as they are about to be."""

    incident: Incident
    rooms: int  # how many rooms it names
    steps: dict[Level, LadderStep] = field(default_factory=dict)
    saved: dict[str, Any] = field(default_factory=dict)  # `CLIMBING` as it stands in the row

    def changed(self) -> set[str]:
        """Which of `CLIMBING` differ from the row; they count as saved from now on."""
        before, self.saved = self.saved, climbing(self.incident)
        return {name for name in CLIMBING if before.get(name) != self.saved[name]}

    @property
    def asked(self) -> Level | None:
        """The highest level that was asked to say "mine" in this round."""
        found = [level for level in ladder.LEVELS if level in self.steps and self.steps[level].acknowledge_by]
        return found[-1] if found else None

    @property
    def is_single_room(self) -> bool:
        """One blocked room and no more (C5, C7): the branch hears of it in its digest."""
        return escalation.is_single_room(
            type=self.incident.type,
            rooms=self.rooms,
            grade=self.incident.grade,
            goes_up=goes_up(self.incident),
        )

    @property
    def is_quiet(self) -> bool:
        """Whether the branch hears of it in its digest only: below Ⅲ, or one blocked room."""
        return self.is_single_room or (self.incident.grade == 4 and not goes_up(self.incident))

    @property
    def ladder(self) -> Ladder:
        """The rungs it climbs by itself; one blocked room never climbs past the branch's digest."""
        whole = ladder_of(self.incident)
        if not self.is_single_room:
            return whole
        kept = [r for r in whole.rungs if r.level is Level.SITE or r.level not in self.steps]
        return replace(whole, rungs=tuple(r for r in kept if r.level is not Level.HQ) or whole.rungs[:1])

    def laid(self, at: datetime | None) -> datetime | None:
        """A past instant as a drill's jumps since then have moved it; the same instant on a real plan."""
        plan = self.incident.site_unit.unit.plan
        return plan.real_time(plan.plan_time(at)) if at else None

    def dues(self, now: datetime) -> list[Due]:
        """What is due at `now`: every level whose time has come, else the first other thing."""
        first = self.next_due()
        if first is None or first.at > now:
            return []
        if first.what is not What.TELL:
            return [first]
        rungs = [r for r in self.ladder.rungs if r.within is not None and r.level not in self.steps]
        since = self._since()
        return [
            Due(since + r.within, What.TELL, r.level)
            for r in rungs
            if r.within is not None and since + r.within <= now
        ]

    def next_due(self) -> Due | None:
        """The next thing on the ladder; None when nothing is ahead, or the incident is resolved."""
        incident, asked = self.incident, self.asked
        if not incident.is_open:
            return None
        step = self.steps[asked] if asked else None
        reports = [at for at in (incident.updated_at, incident.reminded_at) if at and at >= self._began()]
        return ladder.next_step(
            self.ladder,
            Standing(
                since=self._since(),
                asked=asked or Level.SITE,
                until=step.acknowledge_by if step and incident.status == OPEN else None,
                told=frozenset(self.steps),
                again=step.again if step else 0,
                reported_at=self.laid(max(reports, default=None)),
            ),
        )

    def _began(self) -> datetime:
        return self.incident.round_at or self.incident.opened_at

    def _since(self) -> datetime:
        plan = self.incident.site_unit.unit.plan
        return plan.real_time(plan.plan_time(self._began()))


def load(incidents: Iterable[Incident]) -> list[Stand]:
    """The standing of incidents as they stand in their rows, with site units, sites and plans; two look-ups for all."""
    rows = list(incidents)
    if not rows:
        return []
    rooms = Incident.room_sessions.through.objects.filter(incident__in=rows)
    counts = dict(rooms.values_list("incident_id").annotate(n=Count("pk")))
    stands = {row.pk: Stand(row, counts.get(row.pk, 0), saved=climbing(row)) for row in rows}
    for step in LadderStep.objects.filter(incident__in=rows, round=F("incident__round")):
        stands[step.incident_id].steps[Level(step.level)] = step
    return [stands[row.pk] for row in rows]
