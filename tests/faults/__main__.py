"""`python -m tests.faults [PART …]`: the parts of `make chaos`, one after another, and their table.

CHAOS_SEED makes a run again; SCALE (1 is the full run) makes it smaller. The exit code is 1 when anything
was wrong or a part ran over its budget.
"""

import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tests import services

PARTS = ("kills", "redis", "postgres", "clock", "cutoffs", "races")
TOTAL = 1800  # seconds


@dataclass
class Done:
    """What a part found, and how long it took."""

    part: str
    rows: list
    seconds: float
    budget: float
    limit: float

    @property
    def is_ok(self) -> bool:
        return all(row.is_ok for row in self.rows) and self.seconds <= self.limit


def main(parts: list[str]) -> int:
    """Runs the parts; returns the exit code."""
    seed = int(os.environ.get("CHAOS_SEED") or secrets.randbelow(10**6))
    scale = float(os.environ.get("SCALE") or 1)
    unknown = set(parts) - {*PARTS, "smoke"}
    if unknown:
        print(f"chaos: unknown parts: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        return 2
    chosen = parts or list(PARTS)
    print(f"chaos: seed {seed}, scale {scale:g}, parts {' '.join(chosen)}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(
        tempfile.mkdtemp(prefix="exam-ops-chaos-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    )
    try:
        with services.controlled() as servers:
            _set_up(servers, folder)
            done = [_run(servers, part, n, folder, seed, scale) for n, part in enumerate(chosen, 1)]
    finally:
        if os.environ.get("CHAOS_KEEP"):
            print(f"chaos: kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return _table(done, seed)


def _set_up(servers: services.Servers, folder: Path) -> None:
    os.environ.update(servers.urls.as_environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.faults.settings"
    os.environ.setdefault("LOG_LEVEL", "CRITICAL")
    os.environ["DATA_DIR"] = str(folder / "data")
    import django

    django.setup()
    from tests.faults import stage

    stage.make_template(servers)


def _run(servers: services.Servers, part: str, number: int, folder: Path, seed: int, scale: float) -> Done:
    from tests.faults import stage

    module = import_module(f"tests.faults.parts.{part}")
    budget = module.BUDGET
    print(f"{part}: budget {budget} s", flush=True)
    began = time.monotonic()
    try:
        with stage.stage(servers, part, number=number, folder=folder, seed=seed, scale=scale) as on:
            rows = module.run(on)
    except Exception:
        traceback.print_exc()
        rows = [stage.Row("the part itself", 1, 1, "it broke: see above")]
    done = Done(part, rows, time.monotonic() - began, budget, getattr(module, "LIMIT", budget))
    print(f"{part}: {done.seconds:.0f} s of {budget}, {'ok' if done.is_ok else 'WRONG'}", flush=True)
    return done


def _table(done: list[Done], seed: int) -> int:
    """Prints what was found; 1 when anything was wrong."""
    print(f"\n{'part':9} {'what':78} {'count':>7} {'wrong':>6}  ok")
    for part in done:
        for row in part.rows:
            note = f"  {row.note}" if row.note else ""
            print(
                f"{part.part:9} {row.what:78} {row.count:>7} {row.wrong:>6}  {'ok' if row.is_ok else 'NO'}{note}"
            )
    print(f"\n{'part':9} {'seconds':>8} {'budget':>7}  ok")
    for part in done:
        print(f"{part.part:9} {part.seconds:8.0f} {part.budget:7.0f}  {'ok' if part.is_ok else 'NO'}")
    total = sum(part.seconds for part in done)
    is_ok = all(part.is_ok for part in done) and total <= TOTAL
    print(f"{'total':9} {total:8.0f} {TOTAL:7.0f}  {'ok' if is_ok else 'NO'}   seed {seed}")
    return 0 if is_ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
