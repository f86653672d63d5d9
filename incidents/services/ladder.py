"""The ladder site → branch → headquarters as it is climbed: opened, taken up, climbed by itself, passed on (A2).

Everything works on many incidents at once: what is due is read from the rungs and the steps taken
(`standing`), told in a few statements (`telling`), and saved with the next due instant (`settle`).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db import transaction

from exam_ops.core.deadlines import registry
from exam_ops.core.models import User
from exam_ops.rules import ladder
from exam_ops.rules.escalation import SINGLE_ROOM
from exam_ops.rules.ladder import AT_ONCE, Due, Level, What
from incidents.models import Delivery, Incident, LadderStep
from incidents.services import messages, standing, timeline, watch
from incidents.services.messages import Message
from incidents.services.rehearsal import Planned, rehearse
from incidents.services.standing import OPEN, Stand, ladder_of
from incidents.services.telling import Telling, Why, about, tell
from incidents.services.timeline import Line

RELATED = ("site_unit__unit__plan", "site_unit__site", "acknowledged_by", "handed_to")


@registry.sweeps(Incident, related=RELATED)
def climb(batch: Sequence[Incident], now: datetime) -> None:
    """Carries out what is due on the ladders of a batch: silence, latest times, hand-overs not taken, reports owed."""
    advance(batch, now=now)


def advance(incidents: Iterable[Incident], *, now: datetime) -> None:
    """Carries out everything that is due on these ladders, and saves when the next thing is.

    The incidents are locked, or new, and loaded with `RELATED`.
    """
    stands = standing.load(incidents)
    while due := [(stand, what) for stand in stands for what in stand.dues(now)]:
        _remind([stand for stand, what in due if what.what is What.UPDATE], now)
        silent = [stand for stand, what in due if what.what in (What.CLIMB, What.AGAIN)]
        timeline.write_many((_silence(stand) for stand in silent), now=now)
        tell([telling for stand, what in due for telling in _tellings(stand, what)], now=now)
    settle(stands)


def settle(stands: Iterable[Stand]) -> None:
    """Saves what tellings changed of incidents, with the next due instant of each; one statement for a batch."""
    rows, names = list[Incident](), set[str]()
    for stand in stands:
        ahead = stand.next_due()
        stand.incident.next_due_at = ahead.at if ahead else None
        if changed := stand.changed():
            rows.append(stand.incident)
            names |= changed
    if rows:
        Incident.objects.bulk_update(rows, sorted(names), batch_size=500)


def _tellings(stand: Stand, due: Due) -> Iterator[Telling]:
    incident = stand.incident
    match due.what:
        case What.TELL:
            rung = stand.ladder.rung(due.level)
            at_once = rung is not None and rung.within == AT_ONCE
            yield Telling(stand, due.level, Why.OPENED if at_once else Why.LATEST, asks=at_once)
        case What.CLIMB if stand.is_single_room:  # the branch's digest has it; the site is told again
            yield Telling(stand, due.level, Why.SILENT, asks=False)
            yield Telling(stand, stand.asked or Level.SITE, Why.AGAIN)
        case What.CLIMB:
            yield Telling(stand, due.level, Why.NOT_ACCEPTED if incident.handed_to_id else Why.SILENT)
        case What.AGAIN:
            yield Telling(stand, due.level, Why.AGAIN)


def _silence(stand: Stand) -> Line:
    incident, level = stand.incident, stand.asked or Level.SITE
    if incident.handed_to:
        return Line(incident, "not_accepted", data={"level": level, "to": incident.handed_to.name})
    above = stand.ladder.above(level)
    return Line(incident, "unacknowledged", data={"level": level, "then": above.level if above else ""})


def _remind(stands: Sequence[Stand], now: datetime) -> None:
    """Asks for the report upwards that is owed: who has said "mine", and headquarters."""
    if not stands:
        return
    wants = [
        watch.wanted(Level.HQ, s.incident.site_unit, ladder_of(s.incident).rung(Level.HQ)) for s in stands
    ]
    told = []
    for stand, found in zip(stands, watch.on_duty(wants, now=now), strict=True):
        incident, every = stand.incident, ladder_of(stand.incident).update_every
        incident.reminded_at = now
        mine = {incident.acknowledged_by_id} - {None}
        told.append(
            Message(
                sorted(mine | set(found.users)),  # type: ignore[arg-type]
                key=f"incident:{incident.pk}:update:{now.isoformat()}",
                event="incident.update_owed",
                fields=about(incident) | {"minutes": f"{every.total_seconds() / 60:g}" if every else ""},
                url=messages.url_of(incident),
                incident=incident,
                plan=incident.site_unit.unit.plan,
                to=[messages.organisation(Level.HQ, incident.site_unit)],
                grade=incident.grade,
            )
        )
    messages.tell_many(told, now=now)
    timeline.write_many(
        (
            Line(s.incident, "update_owed", data={"people": len(m.user_ids)})
            for s, m in zip(stands, told, strict=True)
        ),
        now=now,
    )


def raise_to(
    incidents: Iterable[Incident],
    level: Level,
    *,
    why: Why = Why.T5,
    now: datetime,
    actor: User | None,
    note: str = "",
) -> list[Incident]:
    """Takes unsolved incidents up to `level`, asking every level on the way; returns those that moved."""
    stands = [stand for stand in standing.load(incidents) if stand.incident.is_open]
    moved = [stand for stand in stands if stand.asked is None or ladder.is_above(level, stand.asked)]
    tell(
        [
            Telling(stand, step, why, actor=actor, note=note)
            for stand in moved
            for step in ladder.LEVELS
            if ladder.is_above(step, stand.asked or Level.SITE) and not ladder.is_above(step, level)
        ],
        now=now,
    )
    settle(moved)
    return [stand.incident for stand in moved]


def into_digest(incidents: Iterable[Incident], *, at_once: bool, now: datetime) -> None:
    """Single blocked rooms that the branch has not heard of become lines of its digest (A2; C5, C7)."""
    possible = [incident for incident in incidents if incident.type in SINGLE_ROOM]
    stands = [s for s in standing.load(possible) if s.is_single_room and Level.BRANCH not in s.steps]
    tell([Telling(s, Level.BRANCH, Why.T5, asks=False, at_once=at_once) for s in stands], now=now)
    settle(stands)


@transaction.atomic
def undelivered(step: LadderStep, now: datetime) -> bool:
    """Called when a sending of `step` was given up: with every sending lost and nobody having read it, passes on.

    Returns whether the step is undelivered. A message in the inbox that somebody opened has arrived.
    """
    incident = (
        Incident.objects.select_for_update(of=("self",), no_key=True)
        .select_related(*RELATED)
        .get(pk=step.incident_id)
    )
    step = LadderStep.objects.get(pk=step.pk)
    lost = step.deliveries.exists() and not step.deliveries.exclude(status=Delivery.Status.GIVEN_UP).exists()
    if not lost or step.acknowledged_at or step.notifications.exclude(read_at=None).exists():
        return False
    fresh = LadderStep.objects.filter(pk=step.pk).exclude(result=LadderStep.Result.UNDELIVERED)
    if fresh.update(result=LadderStep.Result.UNDELIVERED):
        timeline.write(incident, "undelivered", now=now, actor=None, level=step.level)
        _pass_on(incident, Level(step.level), now)
    return True


def _pass_on(incident: Incident, level: Level, now: datetime) -> None:
    """Asks the level above one that was not reached, while the answer is awaited there."""
    stand = standing.load([incident])[0]
    above = ladder.next_level(level)
    if incident.status == OPEN and stand.asked == level and above is not None:
        tell([Telling(stand, above, Why.UNDELIVERED)], now=now)
        settle([stand])


__all__ = ["Planned", "advance", "climb", "into_digest", "raise_to", "rehearse", "settle", "undelivered"]
