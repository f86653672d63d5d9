"""Processes killed at every named crash point, and then at random, while thousands of deadlines come due."""

import contextlib
import os
import signal
import time
from datetime import datetime, timedelta
from pathlib import Path

from exam_ops.core.models import SiteUnit
from tests.faults import crashpoints, history, nation
from tests.faults.drained import is_drained
from tests.faults.plant import witness
from tests.faults.stage import Child, NotInTime, Row, Stage, Zygote

BUDGET = 350  # seconds
DEADLINES = 10_000
INCIDENTS = 120
LAYING = 25  # seconds that laying all of it may take before the first comes due
KILLS = 110
RANDOM_SECONDS = 120
AT_A_TIME = 3
_SPOILT = ("halves", "alone", "aside")
_BATCHES = ("sweep", *_SPOILT)
POINT_WITHIN = 60.0  # a point of a second failure waits for its back-off
DRAIN_WITHIN = 100.0  # a killed sender's messages are left to it for 60 s


def run(stage: Stage) -> list[Row]:
    """Builds the nation, kills, lets it drain, and reads the history."""
    received = stage.receiver()
    points = _points(stage)
    spans = stage.size(RANDOM_SECONDS, least=20), len(points) * 2 + 5
    begun = stage.now()
    opens = begun + timedelta(seconds=12 + stage.size(LAYING))
    closes = opens + timedelta(seconds=sum(spans))
    window = {"opens": opens, "closes": closes, "random": stage.random, "now": begun}
    site_units = nation.build(stage.size(DEADLINES, least=150), **window)
    nation.channels(stage.environment["CHAOS_RECEIVER"], now=begun)
    nation.incidents(stage.random.sample(site_units, stage.size(INCIDENTS, least=20)), **window)
    due = nation.due_in(site_units, opens, closes)
    stage.said(f"{len(site_units)} site units, {due} deadlines within {sum(spans)} s")
    zygote = Zygote(stage)
    never = at_points(stage, zygote, points)
    stage.said(f"{len(points) - len(never)} crash points reached")
    killed = at_random(stage, zygote, stage.size(KILLS, least=6), spans[0])
    stage.said(f"{sum(killed.values())} random kills")
    stage.until(lambda: stage.now() > closes, "the window closes", 900)
    until = stage.now()
    drained = drain(stage, until)
    zygote.close()
    stage.stop()
    took = history.History(until=until, received=received)
    repeats = len(took.calls) - sum(call.first for call in took.calls)
    kills = len(points) - len(never) + sum(killed.values())
    return [
        Row("crash points reached", len(points), len(never), ", ".join(never)),
        Row("random kills", sum(killed.values()), 0, ", ".join(f"{n} {c}" for n, c in killed.items())),
        Row("calls repeated with the same key (at most 200 a kill)", repeats, int(repeats > 200 * kills)),
        Row("seconds until all was fired and sent", round(drained)),
        *history.read(took),
    ]


def _points(stage: Stage) -> list[str]:
    """All of them; in the smoke those that need no failure to come round twice."""
    names = [point.name for point in crashpoints.POINTS]
    return names if stage.scale >= 0.1 else [n for n in names if n in crashpoints.SMOKE]


def at_points(stage: Stage, zygote: Zygote, points: list[str]) -> list[str]:
    """A process for each point; returns the points that nobody reached.

    Those of a batch of site units are alone with the work, each in turn. The others run three at a time:
    what failed waits for its back-off, and a point far down a round comes only after all that is due.
    """
    one_by_one = [name for name in points if name.startswith(_BATCHES)]
    for name in one_by_one:
        if name.startswith(_SPOILT):
            _wait_for_a_spoilt_batch(stage)
        _until_reached(stage, zygote, {zygote.fork(name): name}, [])
    left = [name for name in points if name not in one_by_one]
    _until_reached(stage, zygote, {}, left)
    reached = {line.split()[0] for line in _lines(zygote.hits)}
    return [name for name in points if name not in reached]


def _until_reached(stage: Stage, zygote: Zygote, running: dict[int, str], left: list[str]) -> None:
    """Waits for the death of those running, `left` taking their places; each has `POINT_WITHIN` seconds."""
    since = dict.fromkeys(running, time.monotonic())
    while running or left:
        while left and len(running) < AT_A_TIME:
            pid = zygote.fork(left[0])
            running[pid], since[pid] = left.pop(0), time.monotonic()
        time.sleep(0.02)
        for pid in list(running):
            if not zygote.is_running(pid) or time.monotonic() - since[pid] > POINT_WITHIN:
                zygote.kill(pid)
                del running[pid]


def _wait_for_a_spoilt_batch(stage: Stage) -> None:
    """Until several site units are due together, one of them poisoned."""

    def is_there() -> bool:
        due = list(SiteUnit.objects.filter(next_due_at__lte=stage.now()).values_list("pk", flat=True))
        return len(due) >= 5 and any(pk % witness.POISON_EVERY == 0 for pk in due)

    try:
        stage.until(is_there, "a spoilt batch", POINT_WITHIN)
    except NotInTime:
        stage.said("no spoilt batch came together")


def _lines(file: Path) -> set[str]:
    return set(file.read_text().splitlines()) if file.exists() else set()


def at_random(stage: Stage, zygote: Zygote, kills: int, seconds: int) -> dict[str, int]:
    """SIGKILL to workers, what they run, beats and engine processes, one every few seconds; each comes back."""
    people = [stage.worker("worker-a"), stage.worker("worker-b"), stage.beat("beat-a"), stage.beat("beat-b")]
    engines = [zygote.fork(), zygote.fork()]
    killed = {"worker": 0, "its child": 0, "beat": 0, "engine": 0}
    until = time.monotonic() + seconds
    for left in range(kills, 0, -1):
        time.sleep(max(0.0, (until - time.monotonic()) / left) * stage.random.uniform(0.5, 1.5))
        whom = stage.random.choice(["worker", "its child", "beat", "engine"])
        if whom == "engine":
            zygote.kill(engines.pop(stage.random.randrange(2)))
            engines.append(zygote.fork())
        else:
            _kill(stage, people, whom)
        killed[whom] += 1
        for n, pid in enumerate(engines):  # one that lost the database ends by itself
            if not zygote.is_running(pid):
                engines[n] = zygote.fork()
    return killed


def _kill(stage: Stage, people: list[Child], whom: str) -> None:
    slot = stage.random.randrange(2) + (2 if whom == "beat" else 0)
    victim = people[slot]
    if whom == "its child":
        kill_children(victim)
        return
    victim.kill()
    people[slot] = (stage.beat if whom == "beat" else stage.worker)(victim.name)


def kill_children(victim: Child) -> None:
    """SIGKILL to what a worker's parent runs; the parent starts it again."""
    for pid in victim.children():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def drain(stage: Stage, until: datetime) -> float:
    """Nobody is killed any more: seconds until everything due by `until` is fired and sent."""
    try:
        return stage.until(lambda: is_drained(until), "everything fired and sent", DRAIN_WITHIN, pause=0.5)
    except NotInTime:
        return DRAIN_WITHIN  # the history names what is missing
