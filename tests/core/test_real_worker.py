"""Deadlines carried by real processes: Celery worker under its watchdog, beat, PostgreSQL and Redis."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from exam_ops.core import clock, drill, schedule
from exam_ops.core.deadlines.watch import CANARY_ALARM
from exam_ops.core.models import DeadlineRecord, Effect, Event, ExamSite, Heartbeat, SiteUnit
from incidents.models import EvidenceDuty, Incident
from incidents.services import acts, duties, opening
from tests import world as worlds
from tests.conftest import moment

ROOT = Path(__file__).resolve().parents[2]
SITES = 40
pytestmark = [pytest.mark.services, pytest.mark.timeout(120), pytest.mark.django_db(transaction=True)]


def until(question: Callable[[], bool], what: str, seconds: float = 40) -> None:
    """Asks again and again, bounded."""
    give_up = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < give_up, f"{what}: not within {seconds} s"
        threading.Event().wait(0.1)


class Processes:
    """The portal's processes, started by this test, on its database and a Redis database of its own."""

    def __init__(self, folder: Path) -> None:
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        redis = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{10 + os.getpid() % 50}")
        self.broker_url = urlunsplit(redis)
        own = {"DATABASE_URL": urlunsplit(database), "REDIS_URL": self.broker_url, "DATA_DIR": str(folder)}
        self.environment = os.environ | own
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=self.environment, start_new_session=True
        )
        self.running.append(process)
        return process

    def worker(self, *options: str) -> subprocess.Popen[bytes]:
        return self.start("manage.py", "run_worker", "--concurrency", "1", *options)

    def beat(self) -> subprocess.Popen[bytes]:
        return self.start("-m", "celery", "-A", "exam_ops.celery", "beat", "--pidfile=")

    def stop(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture
def processes(transactional_db, tmp_path: Path) -> Iterator[Processes]:
    started = Processes(tmp_path)
    yield started
    started.stop()


def jump(plan, to: str) -> None:
    plan.refresh_from_db()
    drill.jump(plan, to=moment(to), now=clock.now(), actor=None)


def test_a_worker_carries_the_deadlines_of_a_morning(processes):
    processes.worker(), processes.beat()
    world = worlds.build(kind="drill", now=moment("T-9d"))
    plan = world.plan
    drill.reset(plan, to=moment("T-48h") - drill.JUST_BEFORE / 10, now=clock.now(), actor=None)
    until(lambda: _fired("roster_locks", world.site_unit), "roster lock at T−48 h")

    jump(plan, "T-6m")
    incident = opening.open_or_join(
        type="NET",
        site_unit=SiteUnit.objects.select_related("unit__plan", "site").get(pk=world.site_unit.pk),
        room_session=None,
        actor=world.cast.site_admin,
        now=clock.now(),
    )
    acts.declare_major(incident, note="", actor=world.cast.site_admin, now=clock.now())
    acts.acknowledge(incident, actor=world.cast.chief, now=clock.now())
    jump(plan, "T-301s")
    until(lambda: Incident.objects.get(pk=incident.pk).level != "site", "escalation at T−5")

    duties.open_for(
        [world.sitting], cause="C3", room_session=world.room, incident=None, actor=None, now=clock.now()
    )
    jump(plan, "E-1s")
    until(
        lambda: EvidenceDuty.objects.get(sitting=world.sitting).status == "missed", "close of evidence at E"
    )
    assert not DeadlineRecord.objects.filter(outcome="failed").exists()


def test_two_beats_and_two_workers_fire_each_deadline_once(processes):
    world = worlds.build(kind="drill", now=moment("T-9d"))
    sites = ExamSite.objects.bulk_create(
        [ExamSite(code=f"S{n}", name=f"S{n}", branch=world.branch) for n in range(SITES)]
    )
    schedule.create(
        [SiteUnit(site=s, unit=world.unit, start=world.unit.start, end=world.unit.end) for s in sites],
        world.plan,
        now=moment("T-9d"),
    )
    drill.reset(world.plan, to=moment("T-20m"), now=clock.now(), actor=None)
    for start in (processes.worker, processes.worker, processes.beat, processes.beat):
        start()
    until(lambda: len(_workers()) == 2, "both workers' canaries")
    for target in ("T-6s", "T+31m", "T+46m"):
        jump(world.plan, target)
        until(lambda: not SiteUnit.objects.filter(next_due_at__lte=clock.now()).exists(), target)
    until(lambda: not Effect.objects.filter(done_at=None).exists(), "absences")
    closed = Event.objects.filter(kind="entry.closed").values_list("site_unit", flat=True)
    assert sorted(closed) == sorted(SiteUnit.objects.filter(unit=world.unit).values_list("pk", flat=True))
    fired = DeadlineRecord.objects.filter(outcome__in=["fired", "late"])
    assert fired.filter(deadline="escalation").count() == SITES + 3
    assert not DeadlineRecord.objects.filter(outcome="failed").exists()


def test_a_worker_that_consumes_nothing_is_replaced(processes):
    """At a fifth of the real patience. That it takes less than a minute is counted in test_watchdog.py and
    measured by `make chaos`, where nothing else keeps the machine busy."""
    parent = processes.worker("--patience", str(CANARY_ALARM.total_seconds() / 5))
    until(lambda: len(_workers()) == 1, "first canary")
    (name,) = _workers()
    deaf = _child_of(parent.pid)
    for queue in ("celery", f"canary.{name}"):  # the last one ends what proves the worker alive
        told = processes.start("-m", "celery", "-A", "exam_ops.celery", "control", "cancel_consumer", queue)
        assert told.wait(30) == 0
    until(lambda: _child_of(parent.pid) != deaf, "another worker")
    seen = Heartbeat.objects.get(pk=f"worker.{name}").at
    until(lambda: Heartbeat.objects.get(pk=f"worker.{name}").at > seen, "the next worker's canary")


def test_a_worker_that_was_killed_is_replaced_at_once(processes):
    parent = processes.worker()
    until(lambda: len(_workers()) == 1, "first canary")
    (name,) = _workers()
    os.kill(_child_of(parent.pid), signal.SIGKILL)
    seen = Heartbeat.objects.get(pk=f"worker.{name}").at
    until(lambda: Heartbeat.objects.get(pk=f"worker.{name}").at > seen, "the next worker's canary")


def _workers() -> set[str]:
    names = Heartbeat.objects.filter(name__startswith="worker.").values_list("name", flat=True)
    return {name.removeprefix("worker.") for name in names}


def _fired(key: str, site_unit: SiteUnit) -> bool:
    return DeadlineRecord.objects.filter(
        site_unit=site_unit, deadline=key, outcome__in=["fired", "late"]
    ).exists()


def _child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
