"""Many workers at once, a jump in between: each deadline still fires exactly once (real connections)."""

import uuid
from datetime import timedelta

import pytest

from exam_ops.core import drill, outbox, schedule
from exam_ops.core.deadlines import engine, registry
from exam_ops.core.models import DeadlineRecord, ExamSite, OutboxMessage, SiteUnit
from tests import world as worlds
from tests.conftest import moment
from tests.races import at_once

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]
SITES = 40


@pytest.fixture
def crowd(monkeypatch):
    """A drill of many sites whose escalation writes one message under a key of its own each time it is handled."""
    monkeypatch.setattr(registry, "_handlers", {})
    monkeypatch.setattr(registry, "_sweeps", {})

    @registry.on("escalation")
    def say(firings, now):
        outbox.put_many(
            [("test", str(uuid.uuid4()), {"site_unit": f.site_unit.pk}) for f in firings], now=now
        )

    world = worlds.build(kind="drill", now=moment("T-9d"))
    sites = ExamSite.objects.bulk_create(
        [ExamSite(code=f"S{n}", name=f"S{n}", branch=world.branch) for n in range(SITES)]
    )
    schedule.create(
        [SiteUnit(site=s, unit=world.unit, start=world.unit.start, end=world.unit.end) for s in sites],
        world.plan,
        now=moment("T-6m"),
    )
    return world


def test_eight_workers_fire_each_deadline_once(crowd, monkeypatch):
    monkeypatch.setattr(engine, "BATCH", 7)
    now = moment("T-5m")
    at_once(*[lambda: engine.sweep(now=now)] * 8)
    engine.sweep(now=now)
    records = DeadlineRecord.objects.filter(deadline="escalation", outcome="fired")
    assert records.count() == OutboxMessage.objects.filter(kind="test").count() == SITES + 3


def test_a_jump_among_workers_loses_and_doubles_nothing(crowd, monkeypatch):
    monkeypatch.setattr(engine, "BATCH", 7)
    now = moment("T-6m")
    sweeps = [lambda: [engine.sweep(now=now + timedelta(seconds=n)) for n in range(3)]] * 4
    at_once(*sweeps, lambda: drill.jump(crowd.plan, to=moment("T-4m"), now=now, actor=None))
    engine.sweep(now=now + timedelta(seconds=5))
    fired = DeadlineRecord.objects.filter(deadline="escalation", outcome__in=["fired", "late"])
    assert fired.count() == OutboxMessage.objects.filter(kind="test").count() == SITES + 3


def test_a_message_is_claimed_by_one_sender(crowd, monkeypatch):
    sent: list[str] = []
    monkeypatch.setitem(outbox._senders, "test", lambda message, now: sent.append(message.key))
    now = moment("T-5m")
    engine.sweep(now=now)
    at_once(*[lambda: outbox.drain(now=now, limit=9)] * 8)
    while outbox.drain(now=now):
        pass
    assert len(sent) == len(set(sent)) == SITES + 3
