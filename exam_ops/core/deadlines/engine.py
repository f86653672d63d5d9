"""Sweeps site units whose next deadline has come and fires each deadline exactly once.

Truth first: every write checks its window itself, so a dead engine lets nothing through. The engine only
carries out what must happen. A sweep claims a batch by row lock and conditional update; records, effects,
events, messages and the next due instant are one transaction, so a kill at any point loses and doubles
nothing. A handler that raises is isolated, tried again with back-off, and holds up nobody else.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, QuerySet

from exam_ops.core import schedule
from exam_ops.core.deadlines.registry import Firing, Sweeper, handlers_of, sweepers, work_of
from exam_ops.core.models import DeadlineRecord, Effect, SiteUnit
from exam_ops.rules import deadlines

log = logging.getLogger(__name__)

BATCH = 500
LATE_AFTER = timedelta(seconds=60)
RETRY_AFTER = (5, 30, 120, 600)  # seconds
ALARM_AFTER = 3  # failed attempts

Outcome = DeadlineRecord.Outcome


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    site_units: int = 0
    fired: int = 0
    failed: int = 0
    effects: int = 0


def sweep(*, now: datetime) -> Swept:
    """Fires everything due at `now`: deadlines, retries, effects."""
    site_units = fired = failed = 0
    for batch in batches(now):
        site_units += batch.site_units
        fired += batch.fired
        failed += batch.failed
    retried = _retry_failed(now)
    effects = _run_effects(now)
    for also in sweepers():
        _guarded(also, now)
    return Swept(site_units, fired + retried, failed, effects)


def batches(now: datetime) -> Iterator[Swept]:
    """Fires what is due batch by batch; each is committed when it is yielded."""
    while batch := _sweep_batch(now):
        yield batch


def _guarded(sweeper: Sweeper, now: datetime) -> None:
    """Another model's sweep; its failure holds up nobody."""
    try:
        sweeper(now)
    except Exception:
        log.exception("the sweep %s failed", sweeper.__qualname__)


def _sweep_batch(now: datetime) -> Swept | None:
    try:
        with transaction.atomic():
            claimed = _claim(now)
            if not claimed:
                return None
            times = schedule.Timetable()
            firings = _due_firings(claimed, times, now)
            _record(firings, now)
            _handle(firings, now)
            _advance(claimed, times, now)
            return Swept(len(claimed), len(firings))
    except Exception:
        log.exception("a batch of deadlines failed; its site units are taken one by one")
    return _one_by_one(now)


def _one_by_one(now: datetime) -> Swept:
    """After a failed batch: each deadline in a transaction of its own, the poisoned ones put aside."""
    fired = failed = 0
    rows = _due(now).values_list("pk", flat=True)[:BATCH]
    for pk in list(rows):
        while (outcome := _next_alone(pk, now)) is not None:
            fired, failed = fired + outcome, failed + (not outcome)
    return Swept(len(rows), fired, failed)


def _next_alone(pk: int, now: datetime) -> bool | None:
    """Fires the first due deadline of one site unit; True fired, False put aside, None nothing due."""
    firing: Firing | None = None
    try:
        with transaction.atomic():
            claimed, times = _claim(now, pk), schedule.Timetable()
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
        _put_aside(firing, error, now)
        return False


def _due(now: datetime) -> QuerySet[SiteUnit]:
    return SiteUnit.objects.filter(next_due_at__lte=now).order_by("next_due_at", "pk")


def _claim(now: datetime, only: int | None = None) -> list[SiteUnit]:
    """Locks what is due and free, or the one site unit asked for."""
    rows = _due(now) if only is None else _due(now).filter(pk=only)
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
    """Keys already recorded: in this generation, or in an earlier one where the table does not say `repeats`."""
    done: dict[int, set[str]] = defaultdict(set)
    generation = {s.pk: s.generation for s in claimed}
    rows = DeadlineRecord.objects.filter(site_unit__in=claimed).values_list(
        "site_unit_id", "deadline", "generation"
    )
    for pk, key, fired_in in rows:
        if fired_in == generation[pk] or not deadlines.get(key).repeats:
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


def _put_aside(firing: Firing, error: Exception, now: datetime) -> None:
    """Records a deadline whose handler raised, to be tried again while everything else goes on."""
    log.exception("deadline %s of site unit %s failed", firing.key, firing.site_unit.pk, exc_info=error)
    DeadlineRecord.objects.create(
        site_unit=firing.site_unit,
        deadline=firing.key,
        generation=firing.site_unit.generation,
        due_at=firing.due_at,
        outcome=Outcome.FAILED,
        retry_at=now + timedelta(seconds=RETRY_AFTER[0]),
        error=f"{type(error).__name__}: {error}"[:500],
    )


def _retry_failed(now: datetime) -> int:
    """Tries deadlines again that failed before, each alone."""
    done = 0
    for pk in list(DeadlineRecord.objects.filter(retry_at__lte=now).values_list("pk", flat=True)[:BATCH]):
        try:
            with transaction.atomic():
                row = (
                    DeadlineRecord.objects.select_for_update(
                        skip_locked=connection.vendor == "postgresql", of=("self",), no_key=True
                    )
                    .select_related("site_unit__unit__plan", "site_unit__site")
                    .filter(pk=pk, retry_at__lte=now)
                    .first()
                )
                if row is None:
                    continue
                _handle([Firing(row.site_unit, row.deadline, row.due_at)], now)
                row.outcome, row.retry_at, row.error = Outcome.LATE, None, ""
                row.fired_at, row.lag_ms = now, (now - row.due_at) // timedelta(milliseconds=1)
                row.save()
                done += 1
        except Exception as error:
            _later(DeadlineRecord.objects.filter(pk=pk), "retry_at", error, now)
    return done


def ask(kind: str, site_units: Iterable[SiteUnit], *, now: datetime) -> None:
    """Asks for the effect `kind` on each site unit, once per generation, in the caller's transaction."""
    Effect.objects.bulk_create(
        [
            Effect(site_unit=s, kind=kind, generation=s.generation, asked_at=now, due_at=now)
            for s in site_units
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def _run_effects(now: datetime) -> int:
    """Carries out what was asked, each in a transaction of its own."""
    done = 0
    for pk in list(
        Effect.objects.filter(done_at=None, due_at__lte=now).values_list("pk", flat=True)[: 4 * BATCH]
    ):
        try:
            with transaction.atomic():
                row = (
                    Effect.objects.select_for_update(
                        skip_locked=connection.vendor == "postgresql", of=("self",), no_key=True
                    )
                    .select_related("site_unit__unit__plan", "site_unit__site")
                    .filter(pk=pk, done_at=None, due_at__lte=now)
                    .first()
                )
                if row is None:
                    continue
                work_of(row.kind)(row.site_unit, now)
                Effect.objects.filter(pk=pk).update(done_at=now, error="")
                done += 1
        except Exception as error:
            _later(Effect.objects.filter(pk=pk), "due_at", error, now)
    return done


def _later(rows: QuerySet, column: str, error: Exception, now: datetime) -> None:
    """Puts a failed row off with back-off, and raises the alarm after `ALARM_AFTER` attempts."""
    attempts = rows.values_list("attempts", flat=True).first() or 0
    wait = RETRY_AFTER[min(attempts, len(RETRY_AFTER) - 1)]
    rows.update(
        attempts=F("attempts") + 1,
        error=f"{type(error).__name__}: {error}"[:500],
        **{column: now + timedelta(seconds=wait)},
    )
    level = logging.CRITICAL if attempts + 1 >= ALARM_AFTER else logging.ERROR
    log.log(level, "deadline work failed for the %d. time: %s", attempts + 1, error, exc_info=error)
