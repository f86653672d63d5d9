"""What every measure shares: the clock of this process, percentiles, the line that is printed."""

import json
import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

FULL = os.environ.get("SCALE") == "full"
missed: list[str] = []  # measures that did not reach their goal


@dataclass
class Span:
    """Wall and processor seconds of a block."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def span() -> Iterator[Span]:
    """Measures the block it stands around."""
    found = Span()
    wall, cpu = time.perf_counter(), time.process_time()
    yield found
    found.wall, found.cpu = time.perf_counter() - wall, time.process_time() - cpu


def cpu_of(pids: Iterable[str | int]) -> float:
    """Processor seconds that these processes have used."""
    return sum(map(_ticks, pids)) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: str | int) -> int:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


def cpu_here_and_there() -> float:
    """Processor seconds of this process and of its connection's server process, which runs on this machine.

    What other work on the machine takes away does not count, as it would on a wall clock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cpu_of([os.getpid(), cursor.fetchone()[0]])


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def report(measure: str, *, goal: str, ok: bool, **figures: Any) -> None:
    """Prints one measure as one JSON line: its figures, what they must be, and whether they are."""
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
    line = {"measure": measure, **rounded, "goal": goal, "ok": ok, "peak_mb": _peak_mb()}
    missed.extend([] if ok else [measure])
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
