"""Signs of life: the auditor that looks for what is overdue, heartbeats, and the state that pages and probes show."""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, Q

from exam_ops.core import clock, outbox
from exam_ops.core.deadlines import alarms
from exam_ops.core.deadlines.registry import swept_models
from exam_ops.core.models import DeadlineRecord, Effect, Heartbeat, SiteUnit

log = logging.getLogger(__name__)

OVERDUE_ALARM = timedelta(seconds=60)
CANARY_ALARM = timedelta(seconds=45)
FORGET_WORKERS_AFTER = timedelta(days=1)  # that were killed with their watchdog
# What calls for people while the portal serves on as before; all else makes `/readyz` say no.
FOR_PEOPLE = frozenset({"deadline_failing"})


def beat(name: str, *, now: datetime, **data: Any) -> None:
    """Writes the sign of life `name`."""
    if not Heartbeat.objects.filter(pk=name).update(at=now, data=data):
        Heartbeat.objects.bulk_create(
            [Heartbeat(name=name, at=now, data=data)],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["at", "data"],
        )


def take_turn(name: str, *, apart: timedelta, now: datetime) -> bool:
    """Writes the sign of life `name` unless the last is younger than `apart`; False then.

    One that lies ahead comes from a clock that was set back and is written over.
    """
    is_old = Q(at__lte=now - apart) | Q(at__gt=now)
    if Heartbeat.objects.filter(is_old, pk=name).update(at=now):
        return True
    made = Heartbeat.objects.filter(pk=name).exists()
    if not made:
        beat(name, now=now)
    return not made


@dataclass(frozen=True, slots=True)
class State:
    """The engine's state; durations in seconds, None where nothing is known."""

    engine_lag: float  # how long the oldest due deadline waits to be carried out; what was put aside apart
    oldest_overdue: datetime | None  # when that one was due
    last_lag: float | None  # how late the latest of the last fired ones was
    failing: int  # deadlines put aside after a failure
    alarms: int  # whatever has failed three times and is still tried: deadlines, effects, sweeps, messages
    effects_waiting: int
    outbox_depth: int
    canary_age: float | None
    beat_age: float | None
    clock_skew: float

    @property
    def problems(self) -> list[str]:
        """Codes of what is wrong; empty when all is well."""
        found = []
        if self.engine_lag > OVERDUE_ALARM.total_seconds():
            found.append("engine_late")
        if self.failing or self.alarms:
            found.append("deadline_failing")
        heard = [
            age for age in (self.canary_age, self.beat_age) if age is not None
        ]  # either went through a worker
        if not heard or min(heard) > CANARY_ALARM.total_seconds():
            found.append("worker_silent")
        if self.beat_age is None or self.beat_age > CANARY_ALARM.total_seconds():
            found.append("beat_silent")
        if abs(self.clock_skew) > clock.SKEW_ALARM.total_seconds():
            found.append("clock_skewed")
        return found


def state(*, now: datetime) -> State:
    """The state of the engine at `now`, from indexed look-ups only."""
    oldest = min(filter(None, _oldest_due(now)), default=None)
    beats = {row.name: row for row in Heartbeat.objects.all()}

    def age(name: str) -> float | None:
        return (now - beats[name].at).total_seconds() if name in beats else None

    return State(
        engine_lag=(now - oldest).total_seconds() if oldest else 0.0,
        oldest_overdue=oldest,
        last_lag=beats["firing"].data.get("lag") if "firing" in beats else None,
        failing=DeadlineRecord.objects.filter(retry_at__isnull=False).count(),
        alarms=alarms.called(),
        effects_waiting=Effect.objects.filter(done_at=None).count(),
        outbox_depth=outbox.depth(),
        canary_age=age("canary"),
        beat_age=age("tick"),
        clock_skew=clock.skew().total_seconds(),
    )


def _oldest_due(now: datetime) -> Iterator[datetime | None]:
    """The oldest instant of each swept model that has come and was neither carried out nor put aside."""
    due = {"next_due_at__lte": now}
    yield SiteUnit.objects.filter(**due).aggregate(at=Min("next_due_at"))["at"]
    for sweep in swept_models():
        rows = sweep.model._default_manager.filter(failures=0, **due)
        yield rows.aggregate(at=Min("next_due_at"))["at"]


def audit(*, now: datetime) -> State:
    """Looks for what is overdue and raises the alarm in the log; independent of the sweep."""
    seen = state(now=now)
    overdue = {"engine_late", "deadline_failing", "clock_skewed"} & set(seen.problems)
    if overdue:
        log.critical("deadlines need attention: %s", sorted(overdue), extra={"state": asdict(seen)})
    beat("audit", now=now, problems=sorted(overdue))
    Heartbeat.objects.filter(name__startswith="worker.", at__lt=now - FORGET_WORKERS_AFTER).delete()
    return seen
