"""PostgreSQL killed, one of its backends or the whole of it, while people write: what was acknowledged stays."""

import os
import random
import signal
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import psycopg2
from django.db import connection

from exam_ops.core.models import AccessToken, RoomSession, User
from incidents.models import Evidence, Report
from tests.faults import nation
from tests.faults.pictures import jpeg
from tests.faults.stage import NotInTime, Row, Stage

BUDGET = 70  # seconds
KILLS = 20
BACK_WITHIN = 10.0  # seconds
WRITERS = 4
ROOMS = 40


@dataclass
class Journal:
    """What the portal has acknowledged, and how often it said no or nothing first."""

    reports: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    failures: int = 0
    answers: list[tuple[float, float]] = field(default_factory=list)  # monotonic: asked, acknowledged
    stop: threading.Event = field(default_factory=threading.Event)


def run(stage: Stage) -> list[Row]:
    """Writes and kills in turns; afterwards every acknowledged id must be there once."""
    now = stage.now()
    times = [(now - timedelta(minutes=40), now + timedelta(hours=2))] * ROOMS
    sessions = nation.open_unit("P", ROOMS, times, now=now)
    tokens = {s.pk: token(s) for s in sessions}
    connection.close()
    url = stage.web()
    journal = Journal()
    writers = [
        threading.Thread(target=write, args=(url, tokens, journal, random.Random(stage.random.random())))
        for _ in range(WRITERS)
    ]
    for each in writers:
        each.start()
    try:
        waits = [kill(stage, n, journal) for n in range(stage.size(KILLS, least=2))]
    finally:
        journal.stop.set()
        for each in writers:
            each.join(60)
    stage.stop()
    return rows(journal, waits)


def token(session: RoomSession) -> str:
    chief = User.objects.get(username=f"{session.site_unit.site.code}-chief")
    return AccessToken.objects.create(user=chief)[1]


def write(url: str, tokens: dict[int, str], journal: Journal, die: random.Random) -> None:
    """One write after another; each is sent again under its id until it is acknowledged."""
    with httpx.Client(base_url=url, timeout=8) as client:
        while not journal.stop.is_set():
            session = die.choice(list(tokens))
            headers = {"Authorization": f"Token {tokens[session]}"}
            id = str(uuid.UUID(int=die.getrandbits(128), version=4))
            is_report = die.random() < 0.5
            while not journal.stop.is_set():
                asked = time.monotonic()
                if _sent(client, id, session, headers, is_report):
                    journal.answers.append((asked, time.monotonic()))
                    (journal.reports if is_report else journal.evidence).append(id)
                    break
                journal.failures += 1
                time.sleep(0.2)


def _sent(client: httpx.Client, id: str, session: int, headers: dict[str, str], is_report: bool) -> bool:
    try:
        if is_report:
            body = {
                "id": id,
                "type": "NET",
                "occurred_at": "2025-12-06T08:20:00+08:00",
                "room_session": session,
            }
            answer = client.post("/api/v1/incidents/", json=body, headers=headers)
        else:
            answer = client.post(
                "/api/v1/evidence/",
                data={"id": id, "room_session": session, "reason": "x", "lateness_reason": "x"},
                files={"photo": ("x.jpg", jpeg(uuid.UUID(id).bytes), "image/jpeg")},
                headers=headers,
            )
    except httpx.HTTPError:
        return False
    if answer.status_code >= 500:
        return False
    if answer.status_code not in (200, 201):
        raise AssertionError(f"{answer.status_code}: {answer.text[:200]}")
    return True


def kill(stage: Stage, number: int, journal: Journal) -> float:
    """One kill, of a backend or of the postmaster in turn; seconds until somebody who asked afterwards was answered."""
    time.sleep(stage.random.uniform(0.8, 2.0))
    at = time.monotonic()
    if number % 2:
        stage.servers.kill("postgres")
        stage.servers.start("postgres")
    else:
        os.kill(_a_backend(stage), signal.SIGKILL)
    try:
        return stage.until(lambda: any(asked > at for asked, _ in journal.answers[-50:]), "an answer", 60)
    except NotInTime:
        return 60.0


def _a_backend(stage: Stage) -> int:
    """A process that serves the web."""
    line = psycopg2.connect(stage.environment["DATABASE_URL"])
    try:
        with line.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return stage.random.choice([pid for (pid,) in cursor.fetchall()])
    finally:
        line.close()


def rows(journal: Journal, waits: list[float], *, within: float = BACK_WITHIN) -> list[Row]:
    connection.close()
    reports = {str(pk) for pk in Report.objects.values_list("pk", flat=True)}
    pictures = {str(pk) for pk in Evidence.objects.values_list("pk", flat=True)}
    lost = (set(journal.reports) - reports) | (set(journal.evidence) - pictures)
    written = len(journal.reports) + len(journal.evidence)
    slow = [wait for wait in waits if wait > within]
    return [
        Row("kills of a backend or of the postmaster", len(waits)),
        Row("acknowledged writes that are gone", written, len(lost), ", ".join(sorted(lost)[:3])),
        Row("writes that had to be sent again", journal.failures),
        Row(f"service back within {within:g} s", len(waits), len(slow), f"slowest {max(waits):.1f} s"),
    ]
