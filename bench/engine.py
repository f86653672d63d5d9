"""The deadline engine: a nation due in the same second, the cost of a site unit, and doing nothing."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from bench import nation
from bench.measure import FULL, percentile, report, span
from exam_ops.core import outbox
from exam_ops.core.deadlines import engine
from exam_ops.core.models import DeadlineRecord, SiteUnit, Sitting
from incidents.services import acts, opening

T = nation.T


def run() -> None:
    """All measures of the engine."""
    site_units = nation.build("N", sites=3000, rooms_per_site=14 / 3, per_room=20, now=T - timedelta(hours=1))
    _declare(site_units[::20], T - timedelta(minutes=10))
    engine.sweep(now=T - timedelta(minutes=10))
    _same_second("engine.escalation", T - timedelta(minutes=5), site_units)
    engine.sweep(now=T + timedelta(minutes=15))
    _same_second("engine.close_of_entry", T + timedelta(minutes=30), site_units)
    _effects(T + timedelta(minutes=30))
    engine.sweep(now=T + timedelta(hours=30))
    _flat()
    _idle(T + timedelta(hours=31))


def _declare(site_units: Sequence[SiteUnit], now: datetime) -> None:
    """One site in twenty has declared an incident major, so that the second has something to say."""
    for site_unit in site_units:
        incident = opening.open_or_join(
            type="NET", site_unit=site_unit, room_session=None, note="x", actor=None, now=now
        )
        somebody = site_unit.site.membership_set.select_related("user").first().user
        acts.declare_major(incident, note="x", actor=somebody, now=now)


def _same_second(measure: str, now: datetime, site_units: Sequence[SiteUnit]) -> None:
    lags: list[float] = []
    began = time.perf_counter()
    for batch in engine.batches(now):
        lags += [time.perf_counter() - began] * batch.site_units
    assert len(lags) == len(site_units), "not every site unit fired"
    assert not DeadlineRecord.objects.filter(outcome="failed").exists()
    report(
        measure,
        must="p99 <= 2, max <= 5",
        site_units=len(lags),
        rooms=14000,
        sittings=280000,
        p50_s=percentile(lags, 0.5),
        p99_s=percentile(lags, 0.99),
        max_s=max(lags),
        messages=outbox.depth(),
    )


def _effects(now: datetime) -> None:
    absent = Sitting.objects.filter(entry_status="absent").count()
    with span() as took:
        while engine.sweep(now=now).effects:
            pass
    made = Sitting.objects.filter(entry_status="absent").count() - absent
    report("engine.absences", must="<= 30", rows=made, seconds=took.wall, cpu_s=took.cpu)


def _flat() -> None:
    """What one site unit costs, from few to many."""
    costs = {}
    for size in (100, 1000, 10_000) if FULL else (100, 1000, 3000):
        now = T - timedelta(minutes=5)
        nation.build(f"F{size}", sites=size, rooms_per_site=1, per_room=1, now=now - timedelta(seconds=1))
        with span() as took:
            for _ in engine.batches(now):
                pass
        costs[size] = took.wall / size * 1000
        engine.sweep(now=T + timedelta(hours=30))
    report(
        "engine.cost_per_site_unit",
        must="flat",
        **{f"ms_at_{size}": cost for size, cost in costs.items()},
        ratio=max(costs.values()) / min(costs.values()),
    )


def _idle(now: datetime) -> None:
    while engine.sweep(now=now).effects:
        pass
    ticks = 200
    with span() as took:
        for _ in range(ticks):
            engine.sweep(now=now)
    report(
        "engine.idle", must="< 0.02 of a core at one tick a second", core_share=took.cpu / ticks, ticks=ticks
    )
