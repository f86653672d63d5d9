"""A minute of everything for `make test`: races, crash points, kills, Redis flushed, PostgreSQL killed, cutoffs, the checker.

Beside the size, what a killed sender leaves is freed after 3 s instead of 60, and what failed once passes.
"""

import random
import threading
import time
from datetime import timedelta
from pathlib import Path

import redis
from django.db import connection

from tests.faults import crashpoints, edges, history, nation, writer
from tests.faults.parts import kills, postgres, races
from tests.faults.stage import Row, Stage, Zygote

BUDGET = 60  # seconds
LIMIT = 200  # what fails the test: it shares the machine with others
BACK_WITHIN = 30.0
DEADLINES, INCIDENTS = 150, 20
SECONDS = 26  # during which they come due
WRITES, WRITERS = 1_000, 2
LEAST = 200  # writes near their cutoff: the machine is shared, and how many there are is not at issue
RACES = 90
KILLS = 6
PHONES = 2


def run(stage: Stage) -> list[Row]:
    """Races while it is still quiet; then everything is started at once, for starting is what takes the time."""
    raced = races.in_threads(stage, RACES)
    stage.environment["CHAOS_LEASE"] = "3"
    received = stage.receiver()
    edges.set_witnesses()
    begun = stage.now()
    opens = begun + timedelta(seconds=5)
    window = {
        "opens": opens,
        "closes": opens + timedelta(seconds=SECONDS),
        "random": stage.random,
        "now": begun,
    }
    site_units = nation.build(DEADLINES, **window)
    nation.channels(stage.environment["CHAOS_RECEIVER"], now=begun)
    nation.incidents(stage.random.sample(site_units, INCIDENTS), **window)
    rooms = nation.open_unit(
        "P", 10, [(begun - timedelta(minutes=40), begun + timedelta(hours=2))] * 10, now=begun
    )
    phones = {session.pk: postgres.token(session) for session in rooms}
    connection.close()
    zygote = Zygote(stage)
    url = stage.web(workers=1)
    stage.said("the web answers")
    never = kills.at_points(stage, zygote, list(crashpoints.SMOKE))
    stage.said("crash points done")
    people = [stage.worker("worker-a"), stage.beat("beat-a")]
    tries = _cutoffs(stage)
    stage.said("cutoffs done")
    redis.Redis.from_url(stage.environment["REDIS_URL"]).flushall()
    killed = _kill(stage, zygote, people)
    rows = _postgres(stage, url, phones)
    stage.said("PostgreSQL is back")
    stage.until(lambda: stage.now() > window["closes"], "the window closes", 60)
    until = stage.now()
    drained = kills.drain(stage, until)
    zygote.close()
    for child in list(stage.running.values()):
        child.kill()
    files = Path(stage.environment["DATA_DIR"]) / "files"
    return [
        Row("crash points reached", len(crashpoints.SMOKE), len(never), ", ".join(never)),
        Row("random kills, Redis flushed in between", killed),
        Row("seconds until all was fired and sent", round(drained)),
        *raced,
        *edges.judged("services", tries, least=LEAST),
        *rows,
        *history.read(history.History(until=until, received=received, files=files)),
    ]


def _cutoffs(stage: Stage) -> list[writer.Try]:
    """Threads with connections of their own, since starting processes would take the minute."""
    from django.conf import settings

    settings.FILES_DIR = Path(stage.environment["DATA_DIR"]) / "files"
    stretch = writer.Stretch(edges.rooms(stage, "X", seconds=40, spacing=0.25, lead=1), [])
    tries: list[writer.Try] = []

    def work(seed: float) -> None:
        die = random.Random(seed)
        tries.extend(writer.Writer(stretch, die, share=(0, 1)).writes(WRITES // WRITERS))
        connection.close()

    threads = [threading.Thread(target=work, args=(stage.random.random(),)) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(BUDGET)
    return tries


def _kill(stage: Stage, zygote: Zygote, people: list) -> int:
    """Workers' children, a beat and engines, at short intervals."""
    engine = zygote.fork()
    for number in range(KILLS):
        time.sleep(0.3)
        if number == 0:
            people[1].kill()
            stage.beat("beat-a")
        elif number == 1:
            kills.kill_children(people[0])
        else:
            zygote.kill(engine)
            engine = zygote.fork()
    return KILLS


def _postgres(stage: Stage, url: str, phones: dict[int, str]) -> list[Row]:
    """One backend is killed, and with it every connection, while phones write."""
    journal = postgres.Journal()
    threads = [
        threading.Thread(
            target=postgres.write, args=(url, phones, journal, random.Random(stage.random.random()))
        )
        for _ in range(PHONES)
    ]
    for thread in threads:
        thread.start()
    try:
        waits = [postgres.kill(stage, 0, journal)]
    finally:
        journal.stop.set()
        for thread in threads:
            thread.join(30)
    return postgres.rows(journal, waits, within=BACK_WITHIN)
