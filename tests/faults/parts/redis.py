"""Redis flushed, killed and restarted empty, paused for 90 s; and a worker that went deaf.

Nothing that must hold lives in Redis: the gates answer as before all the while, what came due meanwhile is
carried out when it is back, and the messages are out within a minute of that.
"""

import os
import signal
import time
from datetime import timedelta

from django.db import connection

from exam_ops.core.models import DeadlineRecord, OutboxMessage, SiteUnit
from tests.faults import gates, history, nation
from tests.faults.drained import is_drained
from tests.faults.stage import NotInTime, Row, Stage

BUDGET = 240  # seconds
DEADLINES = 1_500
FLUSHES = 5
GONE_SECONDS, PAUSED_SECONDS = 15, 90
DRAINED_WITHIN, REPLACED_WITHIN = 60.0, 60.0


def run(stage: Stage) -> list[Row]:
    """One thing after another, while deadlines come due and a probe asks the gates."""
    received = stage.receiver()
    now = stage.now()
    seconds = 60 + FLUSHES * 3 + stage.size(GONE_SECONDS, least=4) + 2 * stage.size(PAUSED_SECONDS, least=4)
    nation.build(
        stage.size(DEADLINES, least=60),
        opens=now,
        closes=now + timedelta(seconds=seconds),
        random=stage.random,
        now=now,
    )
    asked = gates.of_a_morning("G", now=now)
    nation.channels(stage.environment["CHAOS_RECEIVER"], now=now)
    connection.close()
    url = stage.web(workers=1)
    worker = stage.worker()
    stage.beat("beat-a")
    stage.beat("beat-b")
    stage.until(lambda: DeadlineRecord.objects.exclude(outcome="skipped").exists(), "the first deadline", 60)
    probe = gates.Probe(url, asked)
    try:
        rows = [_flushed(stage), _killed(stage), _paused(stage), *_deaf(stage, worker)]
        stage.until(
            lambda: SiteUnit.objects.filter(next_due_at__lte=stage.now()).count() == 0, "all fired", 60
        )
        rows.append(_drained(stage, "at the end"))
        until = stage.now()
    finally:
        probe.stop()
    stage.stop()
    answered, wrong = sum(probe.right.values()), sum(probe.wrong.values())
    note = ", ".join(f"{n} {t}" for n, t in probe.wrong.items()) or f"slowest {probe.slowest:.1f} s"
    rows.insert(0, Row("gates asked over HTTP that answered otherwise", answered + wrong, wrong, note))
    return [*rows, *history.read(history.History(until=until, received=received))]


def _flushed(stage: Stage) -> Row:
    import redis

    line = redis.Redis.from_url(stage.servers.urls.redis_url)
    for _ in range(FLUSHES):
        line.flushall()
        time.sleep(stage.random.uniform(0.5, 3))
    return _drained(stage, f"flushed {FLUSHES} times")


def _killed(stage: Stage) -> Row:
    stage.servers.kill("redis")
    time.sleep(stage.size(GONE_SECONDS, least=4))
    stage.servers.start("redis", empty=True)
    return _drained(stage, "killed, gone, restarted empty")


def _paused(stage: Stage) -> Row:
    seconds = stage.size(PAUSED_SECONDS, least=4)
    stage.servers.pause("redis")
    try:
        time.sleep(seconds)
        late = SiteUnit.objects.filter(next_due_at__lte=stage.now() - timedelta(seconds=seconds / 2)).count()
    finally:
        stage.servers.resume("redis")
    row = _drained(stage, f"paused {seconds} s")
    row.note += f"; {late} site units were waiting"
    return row


def _drained(stage: Stage, what: str) -> Row:
    """Seconds until all that was due is fired and every message is out."""
    began = stage.now()
    try:
        took = stage.until(lambda: is_drained(began), what, DRAINED_WITHIN, pause=0.25)
    except NotInTime:
        left = OutboxMessage.objects.filter(sent_at=None).count()
        return Row(f"{what}: all fired and sent within 60 s", 1, 1, f"{left} messages left")
    return Row(f"{what}: all fired and sent within 60 s", 1, 0, f"{took:.1f} s")


def _deaf(stage: Stage, worker) -> list[Row]:
    """The worker's child is stopped, not killed: it holds its line to Redis and consumes nothing."""
    if stage.scale < 0.1:
        return []
    stage.until(worker.children, "the worker's child", 60)
    child = worker.children()[0]
    os.kill(child, signal.SIGSTOP)
    try:
        took = stage.until(lambda: worker.children() and child not in worker.children(), "replaced", 90)
    except NotInTime:
        return [Row("a deaf worker replaced within 60 s", 1, 1)]
    return [Row("a deaf worker replaced within 60 s", 1, int(took > REPLACED_WITHIN), f"{took:.1f} s")]
