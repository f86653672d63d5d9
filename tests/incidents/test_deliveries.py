"""What leaves through channels: written with the change, sent at least once under one key, given up loudly."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from exam_ops.core import drill, outbox
from exam_ops.core.models import Event, OutboxMessage
from exam_ops.rules.escalation import Level
from incidents.models import Channel, Delivery, LadderStep, Notification
from incidents.services import deliveries, messages, sending, templates
from incidents.services.deliveries import ChannelIsGone, NotGivenUp, Organisation
from tests.conftest import nothing_stays
from tests.incidents.receiver import receiving

HQ = Organisation(Level.HQ)
FIELDS = {"channel": "x", "by": "y"}


@pytest.fixture
def receiver(settings):
    with receiving() as found:
        settings.MESSAGE_TEST_TARGET = found.target
        yield found


@pytest.fixture
def channel(db, at, receiver):
    """`channel()` is a webhook of headquarters that leads to the receiver."""

    def make(address=None, level="hq", **more):
        address = address or receiver.url
        return Channel.objects.create(
            name="值班", kind="webhook", level=level, address=address, changed_at=at.now, **more
        )

    return make


@pytest.fixture
def tell(db, at):
    def write(key="k", to=(HQ,), grade=2, users=(), **about):
        return messages.tell(
            users, key=key, event="channel.test", fields=FIELDS, to=to, grade=grade, now=at.now, **about
        )

    return write


@pytest.fixture
def send(at):
    return lambda: sending.run(lambda: at.now)


def statuses() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("status", flat=True))


def test_nothing_leaves_before_the_outbox_is_drained_and_nothing_when_the_change_is_undone(
    channel, tell, send, receiver
):
    channel()
    with nothing_stays():
        tell()
    assert (send(), receiver.connections) == (0, 0)
    tell(), tell()
    assert receiver.connections == 0
    assert (send(), send()) == (1, 0)
    assert [call["json"]["key"] for call in receiver.calls] == [Delivery.objects.get().key]
    assert statuses() == ["delivered"]


@pytest.mark.parametrize(("grade", "heard"), [(1, True), (2, True), (3, False), (4, False)])
def test_a_channel_hears_of_its_grade_and_worse(channel, tell, grade, heard):
    channel(least_grade=2)
    tell(grade=grade)
    assert Delivery.objects.exists() is heard


def test_each_organisation_hears_by_its_own_channels(world, channel, tell):
    own = channel(level="site", site=world.site)
    channel(level="site", site=world.sibling)
    branch = channel(level="branch", branch=world.branch)
    channel(is_active=False)
    tell(to=[messages.organisation(level, world.site_unit) for level in Level])
    assert [d.channel for d in Delivery.objects.order_by("channel_id")] == [own, branch]


def test_a_ladder_step_knows_what_its_channels_did(world, channel, send, opened):
    channel(level="site", site=world.site)
    step = LadderStep.objects.get(incident=opened())
    send()
    assert [d.status for d in step.deliveries.all()] == ["delivered"]


def test_a_step_whose_only_channel_fails_is_undelivered_and_the_ladder_passes_it_on(
    world, channel, receiver, send, opened, at
):
    channel(level="site", site=world.site)
    step = LadderStep.objects.get(incident=opened(), level="site")
    receiver.status = 500
    for _ in range(8):
        send()
        at.now += timedelta(minutes=15)
    outbox.drain(now=at.now)
    step.refresh_from_db()
    assert step.result == "undelivered"


def test_the_channels_language_is_spoken_and_a_drill_says_so(drill_world, at, channel, tell, send, receiver):
    channel(language="en")
    tell(plan=drill_world.plan)
    send()
    said = receiver.calls[0]["json"]
    assert (said["title"], said["language"], said["plan"]) == ("[Drill] Test message: x", "en", "P1")


def test_a_drill_begun_anew_sends_nothing_of_before(drill_world, at, channel, tell, send, receiver):
    channel()
    tell(plan=drill_world.plan)
    drill.reset(drill_world.plan, to=drill_world.unit.start, now=at.now, actor=None)
    assert (send(), receiver.connections, Delivery.objects.count()) == (0, 0, 0)


def test_a_failure_is_tried_again_later_with_the_same_key_and_words(channel, tell, send, receiver, at):
    channel()
    tell()
    receiver.status = 503
    send(), send()
    row = Delivery.objects.get()
    assert (row.status, row.attempts, row.error, len(receiver.calls)) == ("failed", 1, "HTTP 503", 1)
    receiver.status = 200
    at.now += timedelta(seconds=1)
    assert send() == 1
    first, second = receiver.calls
    assert (first["body"], first["headers"]["Idempotency-Key"]) == (second["body"], row.key)
    assert Delivery.objects.get().attempts == 2


def test_a_crash_between_sending_and_marking_sends_twice_and_counts_once(
    channel, tell, receiver, at, monkeypatch
):
    channel()
    for number in range(20):
        tell(key=f"k{number}")
    crashes = iter(range(7))
    book = sending._book

    def crash(*args, **kwargs):
        if next(crashes, None) is not None:
            raise KeyboardInterrupt("killed here")
        return book(*args, **kwargs)

    monkeypatch.setattr(sending, "_book", crash)
    for _ in range(30):
        try:
            sending.run(lambda: at.now)
        except KeyboardInterrupt:
            at.now += outbox.LEASE  # what a dead sender had claimed comes free
    assert len(receiver.calls) > 20
    assert sorted(receiver.once) == sorted(Delivery.objects.values_list("key", flat=True))
    assert statuses() == ["delivered"] * 20


def test_after_eight_tries_it_is_given_up_with_an_alarm_and_what_is_registered(
    channel, tell, receiver, send, at, cast, monkeypatch
):
    told = []
    monkeypatch.setattr(
        deliveries, "_on_given_up", [*deliveries._on_given_up, lambda d, now: told.append(d.key)]
    )
    channel()
    tell()
    receiver.status = 500
    while not Delivery.objects.filter(status="given_up").exists():
        send()
        at.now += timedelta(minutes=15)
    outbox.drain(now=at.now), outbox.drain(now=at.now), outbox.drain(now=at.now)
    row = Delivery.objects.get()
    assert (row.attempts, len(receiver.calls), told) == (8, 8, [row.key])
    assert Event.objects.filter(kind="delivery.given_up").count() == 1
    assert "未能送达" in Notification.objects.get(user=cast.hq).title["zh"]


def test_a_given_up_one_is_sent_again_by_hand_and_no_other(channel, tell, receiver, send, at, cast):
    made = channel()
    tell()
    receiver.status = 500
    for _ in range(8):
        send()
        at.now += timedelta(minutes=15)
    row = Delivery.objects.get()
    receiver.status = 200
    deliveries.resend(row, actor=cast.hq, now=at.now)
    assert send() == 1
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("delivered", 1)
    assert {call["json"]["key"] for call in receiver.calls} == {row.key}
    assert Event.objects.get(kind="delivery.resent").actor == cast.hq
    with pytest.raises(NotGivenUp):
        deliveries.resend(row, actor=cast.hq, now=at.now)
    made.is_active = False
    made.save()
    with pytest.raises(ChannelIsGone):
        deliveries.resend(Delivery.objects.get(), actor=cast.hq, now=at.now)


def test_a_channel_turned_off_gives_up_what_waits(channel, tell, send, receiver):
    channel()
    tell()
    Channel.objects.update(is_active=False)
    assert (send(), receiver.connections, statuses()) == (0, 0, ["given_up"])


def test_five_failures_in_a_row_give_the_channel_a_minutes_rest(channel, tell, send, receiver, at):
    channel()
    receiver.status = 500
    for number in range(10):
        tell(key=f"k{number}")
    for _ in range(5):
        send()
    assert len(receiver.calls) == 5
    send()
    at.now += timedelta(seconds=59)
    send()
    assert len(receiver.calls) == 5
    at.now += timedelta(seconds=1)
    receiver.status = 200
    assert send() == 10
    assert Channel.objects.get().failures == 0


def test_a_dead_target_holds_up_no_other_channel_and_never_the_inbox(channel, tell, at, cast, monkeypatch):
    dead, quick = channel(), channel()
    for number in range(30):
        tell(key=f"k{number}", users=[cast.hq.pk])
    hangs, said = threading.Event(), []

    def attempt(found, message):
        if found.pk == dead.pk:
            hangs.wait(20)
            return "no answer"
        said.append(message.key)
        if len(said) == 30:
            hangs.set()  # only when everybody else was served does the dead one come back
        return ""

    monkeypatch.setattr(sending, "attempt", attempt)
    outbox.drain(now=at.now)
    assert Notification.objects.filter(user=cast.hq).count() == 30
    assert sending.run(lambda: at.now) == 30
    assert {int(key.rsplit(":", 1)[1]) for key in said} == {quick.pk}
    assert Delivery.objects.filter(channel=dead, attempts__gt=0).count() < 30


def test_one_process_has_one_sender_and_wakes_it_only_for_something(channel, tell, at, monkeypatch):
    started = []
    monkeypatch.setattr(
        sending.threading, "Thread", lambda **kwargs: started.append(kwargs) or threading.Event()
    )
    monkeypatch.setattr(threading.Event, "start", lambda self: None, raising=False)
    assert sending.wake(now=at.now) is False
    channel()
    tell()
    try:
        assert (sending.wake(now=at.now), sending.wake(now=at.now), len(started)) == (True, False, 1)
    finally:
        sending._awake.release()


def test_the_fields_of_an_event_are_exactly_those_it_declares(world, at):
    for wrong in ({}, {"channel": "x"}, FIELDS | {"more": 1}):
        with pytest.raises(ValueError, match="takes"):
            messages.tell([], key="k", event="channel.test", fields=wrong, now=at.now)
    assert not OutboxMessage.objects.exists()
    assert templates.EVENTS["channel.test"].fields == {"channel", "by"}


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_it_wakes_a_thread_that_sends_and_ends(channel, tell, receiver, at):
    channel()
    tell()
    assert sending.wake(now=at.now) is True
    for thread in [t for t in threading.enumerate() if t.name == "channels"]:
        thread.join(20)
    assert (statuses(), len(receiver.calls)) == (["delivered"], 1)
    assert sending.wake(now=at.now) is False


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_senders_of_four_processes_send_each_message_once(channel, tell, receiver, at):
    for _ in range(5):
        channel()
    for number in range(20):
        tell(key=f"k{number}")

    def process():
        try:
            sending.run(lambda: at.now)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=process) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert statuses() == ["delivered"] * 100
    assert len(receiver.calls) == len(receiver.once) == 100
