"""What the engine costs while nothing is due: a worker under its watchdog and a beat, as real processes."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from bench.measure import cpu_of, report
from exam_ops.core.models import Heartbeat

WARM_UP, WATCHED = 15.0, 30.0  # seconds


def run() -> None:
    """The share of one core that worker, watchdog and beat take together."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    with tempfile.TemporaryDirectory() as folder:
        own = os.environ | {"DATABASE_URL": urlunsplit(database), "DATA_DIR": folder}
        commands = (
            ["manage.py", "run_worker", "--concurrency", "1"],
            ["-m", "celery", "-A", "exam_ops.celery", "beat", "--pidfile="],
        )
        started = [
            subprocess.Popen(
                [sys.executable, *command], env=own, start_new_session=True, stderr=subprocess.DEVNULL
            )
            for command in commands
        ]
        try:
            time.sleep(WARM_UP)
            before = _cpu(started)
            time.sleep(WATCHED)
            share = (_cpu(started) - before) / WATCHED
            beats = Heartbeat.objects.filter(name="tick").exists()
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait(30)
    report(
        "engine.idle", goal="< 0.02 of a core", ok=beats and share < 0.02, core_share=share, seconds=WATCHED
    )


def _cpu(processes: list[subprocess.Popen[bytes]]) -> float:
    """Processor seconds of these and their children."""
    pids = [str(process.pid) for process in processes]
    for pid in list(pids):
        pids += Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu_of(pids)
