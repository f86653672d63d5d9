"""Sign-ins with ten million sittings stored against ten thousand (SCALE=full)."""

import statistics
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bench import crowd, nation
from bench.callers import Callers, served
from bench.crowd import Door
from bench.measure import report
from bench.sign_ins import singles
from exam_ops.core import clock
from exam_ops.core.models import Sitting

MANY = 10_000_000
ROUNDS, SECONDS = 3, 1


def run() -> None:
    """The same crowd twice, with a term of the whole nation laid between."""
    few = latency(_crowd("few"))
    now, stored = clock.now(), Sitting.objects.count()
    while stored < MANY:
        nation.build(
            f"term-{stored}",
            sites=3000,
            rooms_per_site=14 / 3,
            per_room=25,
            now=now,
            start=now - timedelta(days=2),
        )
        stored = Sitting.objects.count()
    many = latency(_crowd("many"))
    report(
        "sign_ins.scale",
        goal="p50 at 10,000,000 sittings ≤ 1.3 × that at 10,000",
        ok=many <= 1.3 * few,
        sittings=stored,
        ratio=many / few,
        p50_ms_few=few,
        p50_ms_many=many,
    )


def _crowd(code: str) -> Sequence[Door]:
    return crowd.build(code, sites=50, rooms_per_site=4, per_room=50, now=clock.now())


def latency(doors: Sequence[Door]) -> float:
    """The median of a sign-in at eight callers, milliseconds."""
    lines = singles(doors, clock.now())
    with served() as server, tempfile.TemporaryDirectory() as folder:
        callers = Callers(server, Path(folder))
        rounds = [
            callers.round("/api/v1/sign-ins/", lines, callers=8, items=1, most=2_500, seconds=SECONDS)
            for _ in range(1 + ROUNDS)
        ]
    return statistics.median(r.p50 for r in rounds[1:])  # the first one warms up
