"""The inbox: one's own messages, read by opening or marking them; the bell counts the rest."""

from datetime import timedelta

import pytest

from exam_ops.core import outbox
from exam_ops.rules.moments import BEIJING
from incidents.models import Notification
from incidents.services import messages


@pytest.fixture
def tell(world, at):
    """`tell("k")` lays a message into the chief's inbox."""

    def write(key, event="channel.test", minutes=0, **about):
        at.now += timedelta(minutes=minutes)
        fields = {"channel": key, "by": "甲"}
        messages.tell([world.cast.chief.pk], key=key, event=event, fields=fields, now=at.now, **about)
        outbox.drain(now=at.now)

    return write


def badge(client) -> str:
    return client.get("/inbox/badge/").content.decode()


def inbox(client, **query) -> str:
    return client.get("/inbox/", query).content.decode()


def test_a_message_arrives_is_counted_and_read_by_going_to_what_it_is_about(page, cast, opened, at):
    incident = opened()
    outbox.drain(now=at.now)
    client = page(cast.chief)
    assert "1 条未读消息" in badge(client)
    text = inbox(client)
    row = Notification.objects.get(user=cast.chief)
    assert "考点网络故障" in text
    assert f"/inbox/{row.pk}/" in text
    assert "1 条未读消息" in badge(client)  # looking at the list reads nothing
    assert client.get(f"/inbox/{row.pk}/").url == f"/incidents/{incident.pk}/"
    assert "未读" not in badge(client)
    row.refresh_from_db()
    assert row.read_at == at.now


def test_it_is_read_in_the_readers_language(page, cast, opened, at):
    opened()
    outbox.drain(now=at.now)
    client = page(cast.chief)
    client.cookies["django_language"] = "en"
    assert "[Grade Ⅲ]" in inbox(client)


def test_nobody_reads_anothers_messages(page, cast, tell):
    tell("k")
    row, other = Notification.objects.get(), page(cast.sibling_chief)
    assert "还没有消息" in inbox(other)
    assert other.get(f"/inbox/{row.pk}/").status_code == 404
    other.post("/inbox/read/", {"id": row.pk}), other.post("/inbox/read/", {"all": 1})
    assert "1 条未读消息" in badge(page(cast.chief))
    assert page().get("/inbox/").status_code == 302


def test_one_is_marked_as_read_then_all(page, cast, tell):
    tell("k1"), tell("k2", minutes=60), tell("k3", minutes=60)
    client = page(cast.chief)
    answer = client.post("/inbox/read/", {"id": Notification.objects.get(key="k2").pk, "show": "unread"})
    assert answer.url == "/inbox/?show=unread"
    text = inbox(client, show="unread")
    assert ("k1" in text, "k2" in text, "k3" in text) == (True, False, True)
    assert client.post("/inbox/read/", {"all": "1"}).url == "/inbox/"
    assert "没有未读消息" in inbox(client, show="unread")
    assert "k2" in inbox(client)


@pytest.mark.parametrize("data", [{}, {"id": "x"}, {"id": "²"}, {"id": "9" * 40}, {"id": "-1"}])
def test_marking_nothing_marks_nothing(page, cast, tell, data):
    tell("k")
    assert page(cast.chief).post("/inbox/read/", data).status_code == 302
    assert Notification.objects.get().read_at is None


def test_the_first_reading_stands(page, cast, tell, at):
    tell("k")
    client, row = page(cast.chief), Notification.objects.get()
    client.get(f"/inbox/{row.pk}/")
    first, at.now = at.now, at.now + timedelta(minutes=5)
    client.post("/inbox/read/", {"all": "1"})
    row.refresh_from_db()
    assert row.read_at == first


def test_many_of_one_kind_within_minutes_stand_together(page, cast, tell):
    for number in range(5):
        tell(f"k{number}", minutes=2)
    text = inbox(page(cast.chief))
    assert "渠道测试" in text
    assert "5 条新" in text
    assert text.count('class="bundle') == 1
    client = page(cast.chief)
    pks = list(Notification.objects.values_list("pk", flat=True))
    client.post("/inbox/read/", {"id": pks})
    assert "未读" not in badge(client)


@pytest.mark.parametrize(("gaps", "bundles"), [([0, 1], 0), ([0, 1, 1], 1), ([0, 5, 5], 1), ([0, 5, 6], 0)])
def test_two_are_not_folded_nor_what_lies_further_apart(page, cast, tell, gaps, bundles):
    for number, gap in enumerate(gaps):
        tell(f"k{number}", minutes=gap)
    assert inbox(page(cast.chief)).count('class="bundle') == bundles


def test_another_kind_in_between_keeps_its_place(page, cast, tell, opened, at):
    for number in range(3):
        tell(f"k{number}")
    at.now += timedelta(minutes=1)
    incident = opened()
    outbox.drain(now=at.now)
    tell("k3", minutes=1)
    text = inbox(page(cast.chief))
    assert text.index("k3") < text.index(incident.number) < text.index("3 条新") < text.index("k0")


def test_a_drills_messages_say_so(page, drill_world, at):
    messages.tell(
        [drill_world.cast.chief.pk],
        key="k",
        event="channel.test",
        fields={"channel": "x", "by": "y"},
        plan=drill_world.plan,
        now=at.now,
    )
    outbox.drain(now=at.now)
    assert "演练" in inbox(page(drill_world.cast.chief))


def test_the_bell_is_sent_once(page, cast):
    client = page(cast.chief)
    tag = client.get("/inbox/badge/")["ETag"]
    assert client.get("/inbox/badge/", headers={"If-None-Match": tag}).status_code == 304


def test_times_are_those_of_beijing(page, cast, tell, at):
    tell("k")
    assert at.now.astimezone(BEIJING).strftime("%m-%d %H:%M:%S") in inbox(page(cast.chief))
