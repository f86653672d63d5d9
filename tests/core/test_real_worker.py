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

from exam_ops.core import clock, drill
from exam_ops.core.models import DeadlineRecord, Heartbeat, SiteUnit
from incidents.models import EvidenceDuty, Incident
from incidents.services import acts, duties, opening
from tests import world as worlds
from tests.conftest import moment

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.services, pytest.mark.timeout(120), pytest.mark.django_db(transaction=True)]


def until(question: Callable[[], bool], what: str, seconds: float = 40) -> None:
    """Asks again and again, bounded."""
    give_up = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < give_up, f"{what}: not within {seconds} s"
        threading.Event().wait(0.1)


@pytest.fixture
def processes(transactional_db, tmp_path: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """A worker and a beat on this test's database and a Redis database of its own."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    redis = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{10 + os.getpid() % 50}")
    own = {"DATABASE_URL": urlunsplit(database), "REDIS_URL": urlunsplit(redis), "DATA_DIR": str(tmp_path)}
    celery = [sys.executable, "-m", "celery", "-A", "exam_ops.celery"]
    commands = {
        "worker": [sys.executable, "manage.py", "run_worker", "--concurrency", "1"],
        "beat": [*celery, "beat", "--schedule", str(tmp_path / "beat"), "--pidfile="],
    }
    running = {
        name: subprocess.Popen(command, cwd=ROOT, env=os.environ | own, start_new_session=True)
        for name, command in commands.items()
    }
    try:
        yield running
    finally:
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        for process in running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def jump(plan, to: str) -> None:
    plan.refresh_from_db()
    drill.jump(plan, to=moment(to), now=clock.now(), actor=None)


def test_a_worker_carries_the_deadlines_of_a_morning(processes):
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


def test_a_deaf_worker_is_replaced(processes):
    until(lambda: Heartbeat.objects.filter(name__startswith="worker.").exists(), "first canary")
    os.kill(_child_of(processes["worker"].pid), signal.SIGKILL)
    seen = Heartbeat.objects.get(name__startswith="worker.").at
    until(
        lambda: Heartbeat.objects.get(name__startswith="worker.").at > seen, "canary of the next worker", 60
    )


def _fired(key: str, site_unit: SiteUnit) -> bool:
    return DeadlineRecord.objects.filter(
        site_unit=site_unit, deadline=key, outcome__in=["fired", "late"]
    ).exists()


def _child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
