"""A worker under its watchdog and a beat, as real processes on the bench's database."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

COMMANDS = (
    ["manage.py", "run_worker", "--concurrency", "1"],
    ["-m", "celery", "-A", "exam_ops.celery", "beat", "--pidfile="],
)


def environment(folder: str, name: str = "") -> dict[str, str]:
    """What a process of the portal needs to work on the database `name`, or on the bench's own.

    `folder` is its own for files.
    """
    name = name or connection.settings_dict["NAME"]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}")
    heaps = {"MALLOC_ARENA_MAX": "2"}  # as docker-compose.yml has it
    return os.environ | heaps | {"DATABASE_URL": urlunsplit(database), "DATA_DIR": folder}


@contextmanager
def running(workers: int = 1) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many workers and one beat; ended with the block."""
    worker, beat = COMMANDS
    with tempfile.TemporaryDirectory() as folder:
        own = environment(folder)
        started = [
            subprocess.Popen(
                [sys.executable, *command],
                env=own,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            for command in [worker] * workers + [beat]
        ]
        try:
            yield started
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait(30)


def with_children(processes: list[subprocess.Popen[bytes]]) -> list[str]:
    """Their process ids and their children's."""
    pids = [str(process.pid) for process in processes]
    for pid in list(pids):
        pids += Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return pids
