"""Sign-ins at the door: against a bare view on the same server, by compiled callers who check every answer."""

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connection
from django.db.models import Sum
from django.test import Client

from bench import crowd, exchanges
from bench.crowd import Door
from bench.measure import cpu_of, report
from bench.processes import environment
from exam_ops.core import clock
from exam_ops.core.models import Event, RoomSession, Sitting
from exam_ops.rules.entry import Entry
from verification.models import SignIn

HERE = Path(__file__).parent
WORKERS, THREADS = 2, 16  # as docker-compose.yml starts it
ROUNDS, SECONDS, WARM_UP = 3, 4, 2
MOST = 3_500  # requests a second that lines are laid out for
BATCH = 50
ROOM = 50
MB = 1024


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of callers saw, and the processor seconds that server and database spent on it."""

    good: int
    rate: float
    p95: float
    cpu: float


class Callers:
    """wrk with its lines: every line is sent once, in all rounds together."""

    def __init__(self, server: "Server", folder: Path) -> None:
        self.server, self.folder = server, folder

    def round(
        self, path: str, lines: Iterator[str], *, callers: int, items: int, most: int, seconds: int
    ) -> Round:
        """One round of `seconds`; raises when an answer was wrong or the lines ran out."""
        file = self.folder / "lines"
        file.write_text("\n".join(islice(lines, most)) + "\n")
        before = cpu_of(self.server.pids())
        command = ["wrk", "-t2", f"-c{callers}", f"-d{seconds}s", "-s", str(HERE / "load.lua")]
        asked = [*command, f"http://127.0.0.1:{self.server.port}{path}", "--", str(file), "2", str(items)]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=seconds + 60, check=True)
        told = json.loads(done.stdout.splitlines()[-1])
        if told["bad"] or told["broken"] or told["good"] >= most:
            raise SystemExit(f"bench: {path}: {told}")
        spent = cpu_of(self.server.pids()) - before
        return Round(told["good"], told["good"] / told["seconds"], told["p95_ms"], spent)


class Server:
    """The portal under granian, as it is deployed, with the bare view beside it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def workers(self) -> list[str]:
        return _children(self.process.pid)

    def pids(self) -> list[str]:
        """Its own processes and those of the database."""
        return [str(self.process.pid), *self.workers(), *_database()]


@contextmanager
def served() -> Iterator[Server]:
    """The server until the block ends; its port is free when it starts."""
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
            env=environment(folder) | {"LOG_LEVEL": "INFO"},
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


def run() -> None:
    """Round trips first, then the rates: bare and full in turn, eight callers and thirty-two, then batches."""
    now = clock.now()
    doors = crowd.build("P", sites=2000, rooms_per_site=4, per_room=ROOM, now=now)
    round_trips(doors[:3])
    singles, batches = _singles(doors[3:4000], now), _batches(doors[4000:], now)
    with served() as server, tempfile.TemporaryDirectory() as folder:
        callers = Callers(server, Path(folder))
        for path in ("/bare/", "/api/v1/sign-ins/"):
            callers.round(path, singles, callers=8, items=1, most=MOST * WARM_UP, seconds=WARM_UP)
        side_by_side(callers, singles, 8)
        side_by_side(callers, singles, 32)
        batched(callers, batches)
        memory = max(map(_pss, server.workers()))
    report("sign_ins.memory", goal="≤ 130 MB (aim)", ok=memory <= 130, worker_mb=memory)
    agreement()


def round_trips(doors: Sequence[Door]) -> None:
    """Exchanges on the wire of one request, whatever its size."""
    found = {}
    sizes = (1, 25, BATCH)
    with exchanges.counted() as counter:
        client = Client()
        client.get("/healthz")
        for door, size in zip(doors, sizes, strict=True):
            items = [_item(door, n, clock.now()) for n in range(size)]
            before = counter.queries
            answer = client.post(
                "/api/v1/sign-ins/",
                {"items": items, "sent_at": clock.now().isoformat(), "last_seq": size},
                content_type="application/json",
                headers={"Authorization": f"Token {door.token}"},
            )
            assert [r["status"] for r in answer.json()["results"]] == ["created"] * size
            found[f"of_{size}"] = counter.queries - before
    most = max(found.values())
    report("sign_ins.round_trips", goal="≤ 2, aim 1", ok=most <= 2, **found)


def side_by_side(callers: Callers, lines: Iterator[str], count: int) -> None:
    """Bare and full in turn; the figures are medians of the rounds, the ratio that of the pairs."""
    bare, full = [], []
    for _ in range(ROUNDS):
        bare.append(
            callers.round("/bare/", lines, callers=count, items=1, most=MOST * SECONDS, seconds=SECONDS)
        )
        full.append(
            callers.round(
                "/api/v1/sign-ins/", lines, callers=count, items=1, most=MOST * SECONDS, seconds=SECONDS
            )
        )
    ratio = statistics.median(f.rate / b.rate for f, b in zip(full, bare, strict=True))
    p95 = statistics.median(r.p95 for r in full)
    cpu = statistics.median(r.cpu / r.good for r in full) * 1000
    report(
        f"sign_ins.single_{count}",
        goal="≥ 0.35 of bare"
        + ("; p95 ≤ 20 ms, CPU ≤ 2.5 ms (aims 0.5, 10, 1.3)" if count == 8 else ", aim 0.5"),
        ok=ratio >= 0.35 and (count != 8 or (p95 <= 20 and cpu <= 2.5)),
        of_bare=ratio,
        per_s=statistics.median(r.rate for r in full),
        bare_per_s=statistics.median(r.rate for r in bare),
        p95_ms=p95,
        cpu_ms=cpu,
        bare_cpu_ms=statistics.median(r.cpu / r.good for r in bare) * 1000,
    )


def batched(callers: Callers, lines: Iterator[str]) -> None:
    """Fifty checks a request, eight callers."""
    rounds = [
        callers.round("/api/v1/sign-ins/", lines, callers=8, items=BATCH, most=1_300, seconds=2)
        for _ in range(ROUNDS)
    ]
    rows = statistics.median(r.rate for r in rounds) * BATCH
    report(
        "sign_ins.batched",
        goal="≥ 20000 rows/s, aim 25000",
        ok=rows >= 20_000,
        rows_per_s=rows,
        p95_ms=statistics.median(r.p95 for r in rounds),
        cpu_ms_a_row=statistics.median(r.cpu / r.good for r in rounds) * 1000 / BATCH,
    )


def agreement() -> None:
    """After all rounds facts, sittings, counters and events say the same."""
    facts = SignIn.objects.filter(effective=True).count()
    figures = {
        "sittings": Sitting.objects.filter(entry_status=Entry.SIGNED_IN, sign_ins__effective=True).count(),
        "counters": RoomSession.objects.filter(proctor_sign_ins=None, roster__isnull=False).aggregate(
            n=Sum("signed_in")
        )["n"],
        "events": Event.objects.filter(kind="sign_in.passed").count(),
    }
    report(
        "sign_ins.agreement", goal="all alike", ok=set(figures.values()) == {facts}, facts=facts, **figures
    )


def _item(door: Door, n: int, at: datetime) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "sitting": door.sittings[n],
        "captured_at": at.isoformat(),
        "method": "face",
        "outcome": "passed",
        "score": 0.93,
        "device_id": door.device_id,
        "device_seq": n + 1,
    }


def _singles(doors: Sequence[Door], at: datetime) -> Iterator[str]:
    """One candidate a request, from one room after the other, as doors work side by side."""
    for n in range(ROOM):
        for door in doors:
            yield _line(door, [_item(door, n, at)], at, n + 1)


def _batches(doors: Sequence[Door], at: datetime) -> Iterator[str]:
    for door in doors:
        yield _line(door, [_item(door, n, at) for n in range(BATCH)], at, BATCH)


def _line(door: Door, items: list[dict[str, Any]], at: datetime, last_seq: int) -> str:
    body = {"items": items, "sent_at": (at + timedelta(seconds=1)).isoformat(), "last_seq": last_seq}
    return f"{door.token}\t{json.dumps(body)}"


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
