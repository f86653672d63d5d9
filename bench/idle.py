"""What the engine costs while nothing is due: a worker under its watchdog and a beat, as real processes."""

import time

from bench import processes
from bench.measure import cpu_of, report
from exam_ops.core.models import Heartbeat

WARM_UP, WATCHED = 15.0, 30.0  # seconds


def run() -> None:
    """The share of one core that worker, watchdog and beat take together."""
    with processes.running() as started:
        time.sleep(WARM_UP)
        pids = processes.with_children(started)
        before = cpu_of(pids)
        time.sleep(WATCHED)
        share = (cpu_of(pids) - before) / WATCHED
        beats = Heartbeat.objects.filter(name="tick").exists()
    report(
        "engine.idle", goal="< 0.02 of a core", ok=beats and share < 0.02, core_share=share, seconds=WATCHED
    )
