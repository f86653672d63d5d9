"""Sweeps site units whose next deadline has come and fires each deadline exactly once.

Truth first: every write checks its window itself, so a dead engine lets nothing through. The engine only
carries out what must happen. A sweep claims a batch by row lock and conditional update; records, effects,
events, messages and the next due instant are one transaction, so a kill at any point loses and doubles
nothing. A handler that raises is isolated (`halves`), tried again with back-off (`retries`), and holds up
nobody else. Other models follow (`sweeping`), then the work on many rows (`effects`).
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet

from exam_ops.core import clock, schedule
from exam_ops.core.deadlines import effects, retries, sweeping, waiting
from exam_ops.core.deadlines.halves import without_the_spoilt
from exam_ops.core.deadlines.registry import Firing, handlers_of
from exam_ops.core.models import DeadlineRecord, SiteUnit
from exam_ops.rules import deadlines

log = logging.getLogger(__name__)

BATCH = 500
LATE_AFTER = timedelta(seconds=60)
# What one sweep spends on retries and effects (seconds): the next deadline waits no longer than that.
SLOW_WORK = 2.0

Outcome = DeadlineRecord.Outcome
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    site_units: int = 0
    fired: int = 0
    failed: int = 0
    effects: int = 0
    others: int = 0  # rows of other models
    worst: timedelta = timedelta(0)  # how late the latest of the fired was

    def __add__(self, also: "Swept") -> "Swept":
        return Swept(
            self.site_units + also.site_units,
            self.fired + also.fired,
            self.failed + also.failed,
            self.effects + also.effects,
            self.others + also.others,
            max(self.worst, also.worst),
        )


def sweep(*, now: datetime) -> Swept:
    """Fires everything due at `now`: deadlines, other models' rows; then, while there is time, retries and effects."""
    if not waiting.is_anything_due(now=now):
        return Swept()
    done = sum(batches(now), Swept())
    done += Swept(others=sweeping.sweep(now=now))
    until = clock.monotonic() + SLOW_WORK
    retried = _one_after_another(retries.due(now=now), lambda pk: retries.try_again(pk, now=now), until)
    carried = _one_after_another(effects.due(now=now), lambda pks: effects.carry_out(pks, now=now), until)
    return done + Swept(fired=retried, effects=carried)


def batches(now: datetime) -> Iterator[Swept]:
    """Fires what is due batch by batch; each is committed when it is yielded."""
    while batch := _sweep_batch(now):
        yield batch


def _one_after_another(items: Sequence[Item], work: Callable[[Item], int], until: float) -> int:
    """Works on each in turn until the time is up, at least on the first; returns how many were done."""
    done = 0
    for item in items:
        done += work(item)
        if clock.monotonic() >= until:
            break
    return done


def _sweep_batch(now: datetime) -> Swept | None:
    claimed: list[SiteUnit] = []
    try:
        with transaction.atomic():
            claimed = _claim(_due(now))
            return _fire(claimed, now) if claimed else None
    except Exception:
        if not claimed:
            raise
        log.exception("a batch of deadlines failed; it is taken by halves")
    return sum(_by_halves([s.pk for s in claimed], now), Swept())


def _by_halves(pks: list[int], now: datetime) -> Iterator[Swept]:
    """After a failed batch: the deadlines of what spoils it put aside, everybody else's fired."""

    def together(half: list[int]) -> Swept:
        with transaction.atomic():
            return _fire(_claim(_due(now).filter(pk__in=half)), now)

    return without_the_spoilt(pks, together=together, alone=lambda pk: _alone(pk, now))


def _fire(claimed: Sequence[SiteUnit], now: datetime) -> Swept:
    """Everything that a claimed batch has due, in the transaction that claimed it."""
    times = schedule.Timetable()
    firings = _due_firings(claimed, times, now)
    _record(firings, now)
    _handle(firings, now)
    _advance(claimed, times, now)
    worst = max((lag(firing, now) for firing in firings), default=timedelta(0))
    return Swept(len(claimed), len(firings), worst=worst)


def _alone(pk: int, now: datetime) -> Swept:
    """One site unit, each of its deadlines in a transaction of its own; those that fail are put aside."""
    done = Swept(site_units=1)
    while (outcome := _next_alone(pk, now)) is not None:
        done += Swept(fired=int(outcome), failed=int(not outcome))
    return done


def _next_alone(pk: int, now: datetime) -> bool | None:
    """Fires the first due deadline of one site unit; True fired, False put aside, None nothing due."""
    firing: Firing | None = None
    try:
        with transaction.atomic():
            claimed, times = _claim(_due(now).filter(pk=pk)), schedule.Timetable()
            firings = _due_firings(claimed, times, now)
            if not firings:
                _advance(claimed, times, now)
                return None
            firing = firings[0]
            _record([firing], now)
            _handle([firing], now)
            return True
    except Exception as error:
        if firing is None:
            raise
        retries.put_aside(firing, error, now)
        return False


def _due(now: datetime) -> QuerySet[SiteUnit]:
    return SiteUnit.objects.filter(next_due_at__lte=now).order_by("next_due_at", "pk")


def _claim(rows: QuerySet[SiteUnit]) -> list[SiteUnit]:
    """Locks what of `rows` is free, a batch at most."""
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return list(rows.select_related("unit__plan", "site")[:BATCH])


def _due_firings(claimed: Sequence[SiteUnit], times: schedule.Timetable, now: datetime) -> list[Firing]:
    """Deadlines of the claimed site units that have come and stand in no record of their generation yet."""
    done = _recorded(claimed)
    firings = []
    for site_unit in claimed:
        plan = site_unit.unit.plan
        for due in times.dues_of(site_unit, plan):
            due_at = plan.real_time(due.at)
            if due_at <= now and due.key not in done[site_unit.pk]:
                firings.append(Firing(site_unit, due.key, due_at))
    return sorted(firings, key=lambda firing: firing.due_at)


def _recorded(claimed: Sequence[SiteUnit]) -> dict[int, set[str]]:
    """Keys already recorded: in this generation, or fired in an earlier one where the table does not say `repeats`."""
    done: dict[int, set[str]] = defaultdict(set)
    generation = {s.pk: s.generation for s in claimed}
    rows = DeadlineRecord.objects.filter(site_unit__in=claimed).values_list(
        "site_unit_id", "deadline", "generation", "outcome"
    )
    for pk, key, fired_in, outcome in rows:
        has_fired = outcome in (Outcome.FIRED, Outcome.LATE)
        if fired_in == generation[pk] or (has_fired and not deadlines.get(key).repeats):
            done[pk].add(key)
    return done


def _record(firings: Sequence[Firing], now: datetime) -> None:
    """The unique rows that make a second firing impossible."""
    DeadlineRecord.objects.bulk_create(
        [
            DeadlineRecord(
                site_unit=f.site_unit,
                deadline=f.key,
                generation=f.site_unit.generation,
                due_at=f.due_at,
                fired_at=now,
                lag_ms=lag(f, now) // timedelta(milliseconds=1),
                outcome=Outcome.LATE if lag(f, now) > LATE_AFTER else Outcome.FIRED,
            )
            for f in firings
        ],
        batch_size=500,
    )


def lag(firing: Firing, now: datetime) -> timedelta:
    """How long a deadline waited to be fired; one that a drill's jump passed became due with the jump."""
    jumped = firing.site_unit.unit.plan.clock_set_at
    return now - (max(firing.due_at, jumped) if jumped else firing.due_at)


def _handle(firings: Sequence[Firing], now: datetime) -> None:
    """Runs the handlers, one call per deadline with all its site units, in order of time."""
    groups: dict[str, list[Firing]] = {}
    for firing in firings:
        groups.setdefault(firing.key, []).append(firing)
    for key, group in groups.items():
        for handler in handlers_of(deadlines.get(key).name):
            handler(group, now)


def _advance(claimed: Sequence[SiteUnit], times: schedule.Timetable, now: datetime) -> None:
    """Moves `next_due_at` of the claimed on, where nobody moved it in between; one statement for each unit's times."""
    moves: dict[tuple[datetime | None, int, datetime | None], list[int]] = defaultdict(list)
    for site_unit in claimed:
        plan = site_unit.unit.plan
        ahead = deadlines.next_due(times.dues_of(site_unit, plan), after=plan.plan_time(now))
        to = plan.real_time(ahead.at) if ahead else None
        moves[site_unit.next_due_at, site_unit.generation, to].append(site_unit.pk)
    for (seen, generation, to), pks in moves.items():
        SiteUnit.objects.filter(pk__in=pks, next_due_at=seen, generation=generation).update(next_due_at=to)
