"""The parent of a worker: when it sends its canary, and when it loses patience."""

from datetime import timedelta

import pytest

from exam_ops.core import clock, watchdog
from exam_ops.core.deadlines import watch
from exam_ops.core.watchdog import Rhythm, Watchdog

START = timedelta(seconds=10)  # what a worker may take to start and consume (test_real_worker measures it)
MINUTE = timedelta(seconds=60)


class Worker:
    """A process that ends only when it is killed."""

    def __init__(self, *_, **__):
        self.code = None

    def poll(self):
        return self.code

    def terminate(self):
        pass

    def wait(self, within=None):
        if within is not None:
            raise watchdog.subprocess.TimeoutExpired("worker", within)

    def kill(self):
        self.code = -9


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    queues: list[str] = []
    monkeypatch.setattr(watchdog.app, "send_task", lambda name, **how: queues.append(how["queue"]))
    return queues


class Seconds:
    """The monotonic clock in the test's hand: `passes(30)` returns where it then stands."""

    def __init__(self, monkeypatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(clock, "monotonic", lambda: self.now)

    def passes(self, seconds: float) -> float:
        self.now += seconds
        return self.now


@pytest.fixture
def time(monkeypatch) -> Seconds:
    return Seconds(monkeypatch)


@pytest.fixture
def parent(db, time, sent, monkeypatch):
    """A watchdog that has just started its worker."""
    monkeypatch.setattr(watchdog.subprocess, "Popen", Worker)
    monkeypatch.setattr(watchdog, "close_old_connections", lambda: None)
    made = Watchdog(concurrency=1)
    made.start()
    return made


def test_a_silent_worker_is_replaced_within_a_minute():
    assert Rhythm().at_the_latest == timedelta(seconds=50)
    assert Rhythm().at_the_latest + START <= MINUTE


def test_the_canary_goes_to_its_own_worker_every_ten_seconds(parent, time, sent):
    for _ in range(11):
        parent.look(time.now)
        time.passes(2)
    assert sent == [parent.queue] * 3


@pytest.mark.parametrize(("seconds", "replaced"), [(44, 0), (45, 0), (46, 1)])
def test_patience_counts_from_the_last_canary_that_came_through(parent, time, at, seconds, replaced):
    time.passes(30)
    watch.beat(parent.heartbeat, now=at.now)
    parent.look(time.now)
    parent.look(time.passes(seconds))
    assert parent.replaced == replaced


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_step_of_the_clock_changes_no_patience(parent, time, at, hours):
    watch.beat(parent.heartbeat, now=at.now + timedelta(hours=hours))
    parent.look(time.now)
    parent.look(time.passes(45))
    assert parent.replaced == 0
    parent.look(time.passes(1))
    assert parent.replaced == 1


def test_the_successor_has_the_same_patience_from_its_start(parent, time):
    parent.look(time.passes(46))
    parent.look(time.passes(45))
    assert parent.replaced == 1


def test_a_worker_that_has_ended_is_replaced_at_the_next_look(parent, time):
    parent.worker.kill()
    parent.look(time.passes(2))
    assert parent.replaced == 1


def test_another_workers_canary_is_no_sign_of_this_one(parent, time, at):
    watch.beat("worker.another", now=at.now)
    parent.look(time.passes(46))
    assert parent.replaced == 1


def test_a_broker_that_is_away_uses_patience_and_ends_nothing_else(parent, time, monkeypatch):
    def away(*_, **__):
        raise ConnectionError

    monkeypatch.setattr(watchdog.app, "send_task", away)
    parent.look(time.passes(45))
    assert parent.replaced == 0
