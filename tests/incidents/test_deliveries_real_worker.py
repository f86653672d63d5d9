"""Channels carried by a real worker of one process, which is killed again and again while a target hangs."""

import os
import signal

import pytest

from exam_ops.core import clock
from exam_ops.core.models import Heartbeat
from exam_ops.rules.escalation import Level
from incidents.models import Channel, Delivery
from incidents.services import messages
from incidents.services.deliveries import Organisation
from tests.core.test_real_worker import _child_of, processes, until  # noqa: F401
from tests.incidents.receiver import receiving

pytestmark = [pytest.mark.services, pytest.mark.timeout(180), pytest.mark.django_db(transaction=True)]
MANY, KILLS = 40, 3


@pytest.fixture
def receiver():
    with receiving() as found:
        found.drips_at = "/dead"
        yield found


def test_killed_while_sending_each_message_arrives_and_a_hanging_target_holds_up_no_tick(
    receiver,
    processes,  # noqa: F811
):
    processes.environment["MESSAGE_TEST_TARGET"] = receiver.target
    worker = processes.worker()
    processes.beat()
    at = {"kind": "webhook", "level": "hq", "changed_at": clock.now()}
    dead = Channel.objects.create(name="dead", address=receiver.url.replace("/hook", "/dead"), **at)
    quick = Channel.objects.create(name="quick", address=receiver.url, **at)
    until(lambda: Heartbeat.objects.filter(name="tick").exists(), "the first tick")
    for number in range(MANY):
        about = {"key": f"k{number}", "event": "channel.test", "fields": {"channel": "x", "by": "y"}}
        messages.tell([], **about, to=[Organisation(Level.HQ)], now=clock.now())
        if number % (MANY // KILLS) == 5:
            until(lambda: receiver.connections > 0, "the first call")
            os.kill(_child_of(worker.pid), signal.SIGKILL)
    arrived = Delivery.objects.filter(channel=quick, status="delivered")
    until(lambda: arrived.count() == MANY, "every message at the quick target", 120)
    held = {key for key in receiver.once if key.endswith(f":{quick.pk}")}
    assert held == set(Delivery.objects.filter(channel=quick).values_list("key", flat=True))
    assert not Delivery.objects.filter(channel=dead, status="delivered").exists()
    last = Heartbeat.objects.get(name="tick").at
    until(lambda: Heartbeat.objects.get(name="tick").at > last, "a tick while the target hangs", 5)
