"""The beat keeps its pace by the monotonic clock; wake-up calls that come together do their work once."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from exam_ops.celery import app
from exam_ops.core import clock, outbox, tasks
from exam_ops.core.beat import SteadyScheduler
from exam_ops.core.deadlines import engine, wake
from exam_ops.core.models import SiteUnit


@pytest.fixture
def time(monkeypatch):
    hand = SimpleNamespace(now=0.0)
    monkeypatch.setattr(clock, "monotonic", lambda: hand.now)
    return hand


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(
        SteadyScheduler, "apply_entry", lambda self, entry, producer: names.append(entry.name)
    )
    monkeypatch.setattr(SteadyScheduler, "producer", None)
    return names


@pytest.fixture
def beat(sent, time):
    return SteadyScheduler(app)


def test_everything_is_sent_at_once_and_then_at_its_own_pace(beat, sent, time):
    beat.tick()
    assert set(sent) == set(app.conf.beat_schedule)
    sent.clear()
    for time.now in (0.5, 1.0, 1.5, 2.0):
        beat.tick()
    assert sent.count("tick") == 2
    assert "audit" not in sent


def test_it_says_how_long_nothing_comes(beat, time):
    beat.tick()
    time.now = 0.25
    assert beat.tick() == 0.75


def test_what_was_missed_is_not_made_up_for(beat, sent, time):
    beat.tick()
    sent.clear()
    time.now = 100.0
    beat.tick(), beat.tick()
    assert sent.count("tick") <= 2


@pytest.mark.parametrize("name", sorted(app.conf.beat_schedule))
def test_every_call_has_a_task_and_plain_seconds_and_does_not_expire(name):
    app.loader.import_default_modules()
    entry = app.conf.beat_schedule[name]
    assert entry["task"] in app.tasks
    assert isinstance(entry["schedule"], float)
    assert "options" not in entry


@pytest.fixture
def swept(db, at, monkeypatch) -> list:
    times = []
    monkeypatch.setattr(engine, "sweep", lambda *, now: times.append(now) or engine.Swept())
    return times


def test_two_beats_make_one_sweep_a_second(swept, at):
    tasks.tick(), tasks.tick()
    at.now += timedelta(seconds=1)
    tasks.tick(), tasks.tick()
    assert len(swept) == 2


@pytest.mark.parametrize(("ahead", "waits"), [(0.6, True), (1.0, True), (1.1, False)])
def test_a_tick_waits_for_what_comes_before_the_next(world, swept, at, monkeypatch, ahead, waits):
    due = at("T-5m")
    SiteUnit.objects.update(next_due_at=due)
    at.now = due - timedelta(seconds=ahead)

    def wait(span):
        at.now += span

    monkeypatch.setattr(clock, "wait", wait)
    tasks.tick()
    assert (due in swept) is waits


def test_a_tick_has_the_waiting_messages_sent(swept, at, monkeypatch):
    called = []
    monkeypatch.setattr(wake, "outbox", lambda: called.append(True))
    monkeypatch.setitem(outbox._senders, "test", lambda message, now: None)
    tasks.tick()
    assert called == []
    outbox.put("test", "k", {}, now=at.now)
    at.now += timedelta(seconds=1)
    tasks.tick()
    assert called == [True]


def test_a_clock_that_was_set_back_does_not_stop_the_sweeps(swept, at):
    tasks.tick()
    at.now -= timedelta(hours=1)
    tasks.tick()
    assert len(swept) == 2
