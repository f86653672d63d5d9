"""The deadline engine: a nation due in the same second, with its messages, and the cost of one site unit."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bench import nation, same_second
from bench.measure import FULL, cpu_here_and_there, report
from exam_ops.core.deadlines import engine
from exam_ops.core.models import RoomSession, SiteUnit
from incidents.models import EvidenceDuty
from incidents.services import acts, opening

T = nation.T
NATION = {"rooms": 14000, "sittings": 280000}
DECLARED = 20  # one site in so many has a major incident


def run() -> None:
    """All measures of the engine."""
    _nation()
    _cost()


def _nation() -> None:
    before = T - timedelta(minutes=10)
    site_units = nation.build("N", sites=3000, rooms_per_site=14 / 3, per_room=20, now=T - timedelta(hours=1))
    _declare(site_units[::DECLARED], before)
    nation.carry_out_all(before)
    same_second.fire("engine.escalation", T - timedelta(minutes=5), site_units, **NATION)
    nation.carry_out_all(T + timedelta(minutes=15))
    same_second.fire("engine.close_of_entry", T + timedelta(minutes=30), site_units, **NATION)
    nation.carry_out_all(T + timedelta(minutes=31))
    _owe(site_units, T + timedelta(minutes=31))
    same_second.fire("engine.reminder_everywhere", T + timedelta(minutes=45), site_units, **NATION)
    nation.carry_out_all(T + timedelta(hours=30))


def _declare(site_units: Sequence[SiteUnit], now: datetime) -> None:
    """Some sites have declared an incident major, so that T−5 has something to say."""
    for site_unit in site_units:
        incident = opening.open_or_join(
            type="NET", site_unit=site_unit, room_session=None, note="x", actor=None, now=now
        )
        somebody = site_unit.site.membership_set.select_related("user").order_by("pk")[0]
        acts.declare_major(incident, note="x", actor=somebody.user, now=now)


def _owe(site_units: Sequence[SiteUnit], now: datetime) -> None:
    """One room of every site owes a panorama: each of them has to be reminded."""
    first = RoomSession.objects.filter(site_unit__in=site_units).order_by("site_unit", "pk")
    rooms = first.distinct("site_unit").values_list("pk", flat=True)
    EvidenceDuty.objects.bulk_create(
        [
            EvidenceDuty(room_session_id=pk, cause=EvidenceDuty.Cause.NO_RESPONSE, opened_at=now)
            for pk in rooms
        ],
        batch_size=1000,
    )


def _cost() -> None:
    """What one site unit costs in processor time, from few to many; short runs are repeated."""
    sizes = (100, 1000, 10_000) if FULL else (100, 1000, 3000)
    _once(100, "warm")
    costs = {size: sum(_once(size, str(run)) for run in range(runs(size))) / runs(size) for size in sizes}
    growth = costs[sizes[-1]] / costs[sizes[0]]
    report(
        "engine.cost_per_site_unit",
        goal="growth <= 1.25 from the fewest to the most",
        ok=growth <= 1.25,
        **{f"cpu_ms_at_{size}": cost for size, cost in costs.items()},
        growth=growth,
    )


def runs(size: int) -> int:
    return max(1, 3000 // size)


def _once(size: int, run: str) -> float:
    """Milliseconds a site unit, of this process and of the database."""
    now = T - timedelta(minutes=5)
    nation.build(f"F{size}-{run}", sites=size, rooms_per_site=1, per_room=1, now=now - timedelta(seconds=1))
    before = cpu_here_and_there()
    for _ in engine.batches(now):
        pass
    took = cpu_here_and_there() - before
    nation.carry_out_all(T + timedelta(hours=30))
    return took / size * 1000
