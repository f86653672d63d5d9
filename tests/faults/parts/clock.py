"""Clocks that are wrong: processes an hour off and stepped, the database's stepped, the server in New York.

The machine's clock is never set: libfaketime lies to processes, `tests/database_clock.py` to the database.
"""

import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from exam_ops.core.models import DeadlineRecord, Effect, OutboxMessage, SiteUnit
from tests import database_clock
from tests.faults import edges, history, nation
from tests.faults.stage import PYTHON, NotInTime, Row, Stage, Zygote

BUDGET = 230  # seconds
DEADLINES = 2_000
HOUR = timedelta(hours=1)
STEPS = ("+1h", "-1h", "+0")
SECONDS_EACH = 10
WRITES = 200
HTTP_SECONDS = 40  # a picture is judged for some tenths of a second, eight at a time
MISLED = Path(__file__).resolve().parents[1] / "misled"
LIBRARIES = "*/faketime/libfaketimeMT.so.1"
NEW_YORK = "America/New_York"
_TRIED = ("kind", "due_at", "attempts", "error")


def run(stage: Stage) -> list[Row]:
    """Processes first, then the database, then the web at a cutoff, then the time zone."""
    received = stage.receiver()
    database_clock.install()
    now = stage.now()
    soon = now + timedelta(seconds=10), now + timedelta(seconds=90)
    later = now + timedelta(minutes=2), now + HOUR + timedelta(minutes=10)
    for code, (opens, closes) in (("D", soon), ("C", later)):
        count = stage.size(DEADLINES // 2, least=150)
        nation.build(count, opens=opens, closes=closes, random=stage.random, now=now, code=code)
    connection.close()
    try:
        rows = [*_processes(stage), *_database(stage, received)]
    finally:
        database_clock.step(timedelta(0))
    return [*rows, *_cutoffs(stage), *_new_york(stage)]


def faked(stage: Stage, name: str, offset: str) -> dict[str, str]:
    """The environment of a process whose clock is `offset` off; writing another into its file steps it."""
    library = next(Path("/usr/lib").glob(LIBRARIES))
    file = stage.folder / f"{name}.clock"
    file.write_text(offset)
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # a step of a machine's clock leaves this one alone
        "PYTHONPATH": str(MISLED),
    }


# --- processes ------------------------------------------------------------------------------------


def _processes(stage: Stage) -> list[Row]:
    """A worker and a beat whose machine is stepped to and fro, beside a beat and two engines at odds with them."""
    machine = faked(stage, "machine", STEPS[0])
    stage.worker(**machine)
    stage.beat("beat", **machine)
    stage.beat("beat-behind", **faked(stage, "behind", "-1h"))
    engines = [
        Zygote(stage, name, **faked(stage, name, offset))
        for name, offset in (("ahead", "+1h"), ("late", "-1h"))
    ]
    for engine in engines:
        engine.fork()
    stage.until(lambda: DeadlineRecord.objects.filter(outcome="fired").exists(), "the first deadline", 60)
    stage.said("the first deadline is fired")
    for step in STEPS:
        (stage.folder / "machine.clock").write_text(step)
        time.sleep(stage.size(SECONDS_EACH, least=3))
    fired, early = history.committed_early(history.History(until=stage.now()))
    wrong = list(early)
    for engine in engines:
        engine.close()
    return [
        Row("processes stepped ±1 h: fired before its instant by the database's clock", fired, len(wrong))
    ]


# --- the database ---------------------------------------------------------------------------------


def _database(stage: Stage, received: Path) -> list[Row]:
    """Stepped an hour ahead: what is due fires. Back: nothing fires again, and nothing that is not due."""
    stage.said("the database is stepped")
    database_clock.step(HOUR)
    try:
        stage.until(lambda: not _undone(stage.now() + HOUR), "an hour's deadlines", 120)
    except NotInTime as error:
        raise NotInTime(
            f"{error}; at {stage.now() + HOUR} there wait {_undone(stage.now() + HOUR)}"
        ) from None
    highest = stage.now() + HOUR
    before = _fired()
    database_clock.step(timedelta(0))
    time.sleep(stage.size(SECONDS_EACH, least=4))
    again = DeadlineRecord.objects.filter(
        outcome__in=("fired", "late"), due_at__gt=highest + timedelta(seconds=1)
    )
    rows = [
        Row("database stepped +1 h: deadlines of the hour fired", before),
        Row("database stepped back: fired more than 1 s before its instant", _fired(), again.count()),
    ]
    stage.stop("beat", "beat-behind", "worker")
    connection.close()
    read = history.read(history.History(until=highest, received=received))
    return [
        *rows,
        *(row for row in read if row.what not in history.BY_STAMP),
    ]


def _undone(at: datetime) -> list[str]:
    """What is due at `at` and not fired, carried out or sent: how much of each, and the first."""
    waiting: dict[str, QuerySet[Any]] = {
        "deadlines": SiteUnit.objects.filter(next_due_at__lte=at - timedelta(seconds=2)),
        "effects": Effect.objects.filter(done_at=None),
        "messages": OutboxMessage.objects.filter(sent_at=None),
    }
    fields = {"deadlines": ("site", "next_due_at"), "effects": _TRIED, "messages": _TRIED}
    first = {name: rows.order_by("pk").values(*fields[name]).first() for name, rows in waiting.items()}
    return [f"{waiting[name].count()} {name}, such as {row}" for name, row in first.items() if row]


def _fired() -> int:
    return DeadlineRecord.objects.filter(outcome__in=("fired", "late")).count()


# --- cutoffs --------------------------------------------------------------------------------------


def _cutoffs(stage: Stage) -> list[Row]:
    """The web an hour off, either way: the database's clock decides all the same."""
    edges.set_witnesses()
    rows: list[Row] = []
    count = stage.size(WRITES, least=24)
    for code, offset in (("A", "+1h"), ("B", "-1h")):
        url = stage.web(f"web{offset}", **faked(stage, f"web{offset}", offset))
        tries = edges.over_http(
            stage, code, url, count=count, seconds=max(6.0, HTTP_SECONDS * min(1.0, stage.scale))
        )
        stage.stop(f"web{offset}")
        rows += edges.judged(f"web {offset}", tries, least=count)[:5]
    return rows


# --- New York -------------------------------------------------------------------------------------


def _new_york(stage: Stage) -> list[Row]:
    """The same morning told by a server in Beijing and by one in New York, process and database alike."""
    children = []
    for name, zone in (("beijing", "Asia/Shanghai"), ("new_york", NEW_YORK)):
        url = stage.another_database(f"told_{name}", f"SET timezone = '{zone}'")
        environment = {"TZ": zone, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "exam_ops.settings"}
        with (stage.folder / f"{name}.json").open("wb") as out:
            children.append(
                stage.start(name, [PYTHON, "-m", "tests.faults.told"], stdout=out, environment=environment)
            )
    for child in children:
        child.process.wait(120)
    here, there = (json.loads((stage.folder / f"{c.name}.json").read_text()) for c in children)
    rows: Sequence[str] = [key for key in here.keys() | there.keys() if here.get(key) != there.get(key)]
    bad = sum(1 for said in here.values() if isinstance(said, list) and said[0] != 200)
    return [
        Row("server in New York: pages and rows that differ", len(here), len(rows), ", ".join(rows[:3])),
        Row("server in New York: pages that did not answer 200", len(here), bad),
    ]
