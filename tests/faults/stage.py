"""What every part of the run stands on: servers, a database of its own, processes to hurt, a seeded die."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from tests.services import Servers, die_with_parent

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
CELERY = [PYTHON, "-m", "celery", "-A", "exam_ops.celery"]
STOP_WITHIN = 12.0  # seconds
TEMPLATE = "chaos_template"


class NotInTime(AssertionError):
    """Something did not happen within its time."""


@dataclass
class Row:
    """One line of the table: what was looked at, how often, how often it was wrong."""

    what: str
    count: int
    wrong: int = 0
    note: str = ""

    @property
    def is_ok(self) -> bool:
        return self.wrong == 0


@dataclass
class Child:
    """One process and its whole group."""

    name: str
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL to it and to whatever it started, as when its machine goes."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when it takes too long."""
        if self.is_running():
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_WITHIN)
        self.kill()

    def children(self) -> list[int]:
        """Process ids of its own children."""
        try:
            return [int(n) for n in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        except FileNotFoundError:
            return []


@dataclass
class Stage:
    """One part's servers, database, folder and processes."""

    servers: Servers
    folder: Path
    random: random.Random
    scale: float
    environment: dict[str, str]
    running: dict[str, Child] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def said(self, what: str) -> None:
        """One line of how it goes, with the seconds since the part began."""
        print(f"  {time.monotonic() - self.began:5.0f} s  {what.strip()}", flush=True)

    # --- sizes and time -------------------------------------------------------------------------

    def size(self, full: int, *, least: int = 1) -> int:
        """How many of something, at this scale."""
        return max(least, round(full * self.scale))

    def now(self) -> datetime:
        """This machine's clock, which is also the database's unless a part moves that."""
        return datetime.fromtimestamp(time.time_ns() / 1e9, UTC)

    def until(self, question: Callable[[], Any], what: str, within: float, pause: float = 0.1) -> float:
        """Asks again and again; returns the seconds it took. Raises `NotInTime`."""
        began = time.monotonic()
        while not question():
            if time.monotonic() - began > within:
                raise NotInTime(f"{what}: not within {within:g} s")
            time.sleep(pause)
        return time.monotonic() - began

    # --- processes ------------------------------------------------------------------------------

    def start(self, name: str, command: Sequence[str], **more: Any) -> Child:
        """Starts a process in a group of its own; its output goes to the file `name`.log."""
        environment = {**os.environ, **self.environment, **more.pop("environment", {})}
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(signal.SIGKILL),
                **{"stdout": log, "stdin": subprocess.DEVNULL, **more},
            )
        self.running[name] = Child(name, process)
        return self.running[name]

    def worker(self, name: str = "worker", **environment: str) -> Child:
        """`manage.py run_worker`, as deployed."""
        command = [PYTHON, "manage.py", "run_worker", "--concurrency", "1"]
        return self.start(name, command, environment=environment)

    def beat(self, name: str = "beat", **environment: str) -> Child:
        """A celery beat, as deployed."""
        schedule = ["--schedule", str(self.folder / name), "--pidfile=", "--loglevel", "WARNING"]
        return self.start(name, [*CELERY, "beat", *schedule], environment=environment)

    def receiver(self) -> Path:
        """The receiver of messages; later processes are told its address. Returns its file."""
        file = self.folder / "received.jsonl"
        child = self.start(
            "receiver", [PYTHON, "-m", "tests.faults.receiver", str(file)], stdout=subprocess.PIPE
        )
        assert child.process.stdout
        port = int(child.process.stdout.readline())
        self.environment |= {
            "CHAOS_RECEIVER": f"127.0.0.1:{port}",
            "MESSAGE_TEST_TARGET": f"127.0.0.1:{port}",
        }
        return file

    def web(self, name: str = "web", *, workers: int = 2, **environment: str) -> str:
        """The portal over HTTP, as deployed; returns its address when it answers."""
        import httpx

        port = free_port()
        command = [
            str(Path(PYTHON).parent / "granian"),
            "--interface=wsgi",
            "--host=127.0.0.1",
            f"--port={port}",
            f"--workers={workers}",
            "--blocking-threads=8",
            "--respawn-failed-workers",
            "exam_ops.wsgi:application",
        ]
        self.start(name, command, environment=environment)
        url = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            try:
                return httpx.get(f"{url}/healthz", timeout=2).status_code == 200
            except httpx.HTTPError:
                return False

        self.until(answers, "the web answers", 40)
        return url

    def another_database(self, name: str, *settings: str) -> str:
        """A migrated database beside the part's own, each of `settings` altered for it; returns its URL."""
        here = connection.settings_dict["NAME"]
        alter = [f"ALTER DATABASE {name} {setting}" for setting in settings]
        administer(self.servers, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}", *alter)
        use_database(self.servers, here)
        return urlunsplit(urlsplit(self.servers.urls.database_url)._replace(path=f"/{name}"))

    def stop(self, *names: str) -> None:
        """Ends the named processes, or all."""
        for name in names or [*self.running]:
            child = self.running.pop(name, None)
            if child:
                child.stop()


class Zygote:
    """Forks engine processes (see `zygote`)."""

    def __init__(self, stage: Stage, name: str = "zygote", **environment: str) -> None:
        self.stage, self.name = stage, name
        self.hits = stage.folder / "crashpoints.txt"
        self.child = stage.start(
            name,
            [PYTHON, "-m", "tests.faults.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            environment={"CRASHPOINT_HITS": str(self.hits), **environment},
        )
        self.alive: list[int] = []

    def fork(self, crashpoint: str = "") -> int:
        """Starts one engine process, to die at `crashpoint` when it gets there."""
        pipe = self.child.process
        assert pipe.stdin
        assert pipe.stdout
        pipe.stdin.write(json.dumps({"crashpoint": crashpoint}).encode() + b"\n")
        pipe.stdin.flush()
        pid = json.loads(pipe.stdout.readline())["pid"]
        self.alive.append(pid)
        return pid

    def kill(self, pid: int) -> None:
        """SIGKILL; one that has ended by itself is no matter."""
        if pid in self.alive:
            self.alive.remove(pid)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def is_running(self, pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    def close(self) -> None:
        """Ends its children and itself."""
        for pid in list(self.alive):
            self.kill(pid)
        self.stage.stop(self.name)


def free_port() -> int:
    """A free loopback port."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# --- databases ------------------------------------------------------------------------------------


def use_database(servers: Servers, name: str) -> str:
    """Points this process at database `name`; returns its URL."""
    connection.close()
    connection.settings_dict["NAME"] = name
    return urlunsplit(urlsplit(servers.urls.database_url)._replace(path=f"/{name}"))


def administer(servers: Servers, *statements: str) -> None:
    """Runs statements outside any transaction, on the database `postgres`."""
    use_database(servers, "postgres")
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def make_template(servers: Servers) -> None:
    """The migrated database that each part's own is a copy of."""
    from django.core.management import call_command

    administer(servers, f"CREATE DATABASE {TEMPLATE}")
    use_database(servers, TEMPLATE)
    call_command("migrate", verbosity=0)
    connection.close()


@contextmanager
def stage(
    servers: Servers, part: str, *, number: int, folder: Path, seed: int, scale: float
) -> Iterator[Stage]:
    """A part's own database, Redis database, folder and die; ends whatever it started."""
    database = f"chaos_{part}"
    administer(
        servers,
        f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}",
        f"ALTER DATABASE {database} SET idle_in_transaction_session_timeout = 30000",
    )
    own = folder / part
    own.mkdir()
    redis = urlsplit(servers.urls.redis_url)._replace(path=f"/{number}")
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "DATABASE_URL": use_database(servers, database),
        "REDIS_URL": urlunsplit(redis),
        "DATA_DIR": str(own / "data"),
        "LOG_LEVEL": "WARNING",
        "CHAOS_RECEIVER": "",
    }
    set_up = Stage(servers, own, random.Random(f"{seed}:{part}"), scale, environment)
    try:
        yield set_up
    finally:
        for child in list(set_up.running.values()):
            child.kill()
        connection.close()
