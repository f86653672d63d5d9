"""Sign-ins with ten million sittings stored against ten thousand (SCALE=full)."""

import statistics
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.db import connection

from bench import crowd, nation
from bench.callers import Callers, served
from bench.databases import copy_of
from bench.measure import report
from bench.sign_ins import singles
from exam_ops.core import clock
from exam_ops.core.models import Sitting

MANY = 10_000_000
ROUNDS, SECONDS = 5, 1


def run() -> None:
    """One crowd in two databases, in one of them the terms of years beside it; asked in turn."""
    now = clock.now()
    doors = crowd.build("P", sites=50, rooms_per_site=4, per_room=50, now=now)
    small = connection.settings_dict["NAME"]
    with copy_of(small) as large:
        stored = _lay_terms()
        with served(small) as few, served(large) as many, tempfile.TemporaryDirectory() as folder:
            asked = [(Callers(server, Path(folder)), singles(doors, now)) for server in (few, many)]
            rounds = [[_latency(callers, lines) for callers, lines in asked] for _ in range(1 + ROUNDS)]
    ratio = statistics.median(many / few for few, many in rounds[1:])  # the first ones warm up
    report(
        "sign_ins.scale",
        goal="p50 at 10,000,000 sittings ≤ 1.3 × that at 10,000",
        ok=ratio <= 1.3,
        sittings=stored,
        ratio=ratio,
        p50_ms_few=statistics.median(few for few, _ in rounds[1:]),
        p50_ms_many=statistics.median(many for _, many in rounds[1:]),
    )


def _lay_terms() -> int:
    """Terms of the whole nation, until ten million sittings are stored; how many there are."""
    start = clock.now() - timedelta(days=2)
    while (stored := Sitting.objects.count()) < MANY:
        nation.build(
            f"term-{stored}", sites=3000, rooms_per_site=14 / 3, per_room=25, now=clock.now(), start=start
        )
    return stored


def _latency(callers: Callers, lines: Iterator[str]) -> float:
    """The median of a sign-in at eight callers, milliseconds."""
    return callers.round(
        "/api/v1/sign-ins/", lines, callers=8, items=1, most=1_600 * SECONDS, seconds=SECONDS
    ).p50
