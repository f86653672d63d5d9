"""Callers and the server they call: wrk outside, granian with the portal inside, both on this machine."""

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import connection

from bench.measure import cpu_of
from bench.processes import environment

LOAD = Path(__file__).parent / "load.lua"
WORKERS, THREADS = 2, 16  # as docker-compose.yml starts it
MB = 1024


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of callers saw, and the processor seconds that server and database spent on it."""

    good: int
    rate: float
    p50: float  # milliseconds
    p95: float
    cpu: float


class Callers:
    """wrk with its lines: every line is sent once, in all rounds together."""

    def __init__(self, server: "Server", folder: Path) -> None:
        self.server, self.folder = server, folder

    def round(
        self,
        path: str,
        lines: Iterator[str],
        *,
        callers: int,
        items: int,
        most: int,
        seconds: int,
        picture: Path | None = None,
    ) -> Round:
        """One round of `seconds`; raises when an answer was wrong or the lines ran out. `load.lua` says what lines are."""
        file = self.folder / "lines"
        file.write_text("\n".join(islice(lines, most)) + "\n")
        before = cpu_of(self.server.pids())
        command = ["wrk", "-t2", f"-c{callers}", f"-d{seconds}s", "-s", str(LOAD)]
        asked = [*command, f"http://127.0.0.1:{self.server.port}{path}", "--", str(file), "2", str(items)]
        asked += [str(picture)] if picture else []
        done = subprocess.run(asked, capture_output=True, text=True, timeout=seconds + 60, check=True)
        told = json.loads(done.stdout.splitlines()[-1])
        if told["bad"] or told["broken"] or told["good"] >= most:
            raise SystemExit(f"bench: {path}: {told}")
        spent = cpu_of(self.server.pids()) - before
        return Round(told["good"], told["good"] / told["seconds"], told["p50_ms"], told["p95_ms"], spent)


class Server:
    """The portal under granian, as it is deployed, with the bare view beside it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def workers(self) -> list[str]:
        return _children(self.process.pid)

    def memory(self) -> float:
        """Proportional set size of its largest worker, MB."""
        return max(map(_pss, self.workers()))

    def pids(self) -> list[str]:
        """Its own processes and those of the database."""
        return [str(self.process.pid), *self.workers(), *_database()]


@contextmanager
def served(database: str = "") -> Iterator[Server]:
    """The server on a database, or on the bench's own, until the block ends; its port is free when it starts."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        "-m",
        "granian",
        "--interface=wsgi",
        "--host=127.0.0.1",
        f"--port={port}",
        f"--workers={WORKERS}",
    ]
    options = [f"--blocking-threads={THREADS}", "--no-access-log", "bench.served:application"]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, *command, *options],
            env=environment(folder, database),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz")
            yield Server(process, port)
        finally:
            process.terminate()
            process.wait(40)


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("bench: the server did not start")


def _children(pid: int | str) -> list[str]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [child for task in tasks for child in (task / "children").read_text().split()]


def _database() -> list[str]:
    """The server of this connection with all its processes, but the one that serves this bench."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = str(cursor.fetchone()[0])
    parent = Path(f"/proc/{own}/stat").read_text().rpartition(")")[2].split()[1]
    return [parent, *(pid for pid in _children(parent) if pid != own)]


def _pss(pid: str) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))) / MB
