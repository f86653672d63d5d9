"""What waits on a phone survives whatever happens to the App."""

from datetime import UTC, datetime

import pytest

from exam_ops.sim.http import Problem
from exam_ops.sim.network import Unreachable
from exam_ops.sim.queue import Capture, Disk, Queue
from tests.sim.fake_portal import Reply, signed_in

AT = datetime(2025, 12, 6, 0, 20, tzinfo=UTC)


def capture(seq: int, **more) -> Capture:
    return Capture(f"id-{seq}", 10 + seq, AT, "passed", "face", 0.9, seq, **more)


def test_a_queue_opened_anew_knows_what_has_no_answer():
    disk = Disk()
    before = Queue(disk)
    for seq in (1, 2, 3):
        before.add(7, capture(seq, held=seq == 3))
    before.answered(7, ["id-2"])
    after = Queue(disk)
    assert after[7] == before[7] == [capture(1), capture(3, held=True)]
    assert (after.next_seq(7), after.next_seq(8), list(after)) == (4, 1, [7])


def test_what_was_released_stays_released():
    disk = Disk()
    Queue(disk).add(7, capture(1, held=True))
    Queue(disk).release(7)
    assert Queue(disk)[7] == [capture(1)]


def test_killed_after_sending_it_sends_the_same_again(fake, phone):
    """The portal has taken it in; the App was killed before it knew."""
    phone.capture(1, 11)
    phone.network.lose_answer = 1.0
    with pytest.raises(Unreachable):
        phone.flush(1)
    phone.restart()
    phone.network.lose_answer = 0.0
    phone.flush(1)
    sent = [item for heard in fake.heard for item in heard.body["items"]]
    assert len(sent) > 1
    assert all(item == sent[0] for item in sent)


def test_a_stored_token_survives_a_restart_and_an_update_asks_for_a_login(fake, phone):
    fake.reply = lambda heard: Reply(201, {"token": "abc"})
    phone.login()
    phone.restart(keeps_token=True)
    assert phone.caller.token == "abc"
    phone.update("4.9.0")
    assert (phone.caller.token, phone.device.app_version) == ("", "4.9.0")


def test_a_token_that_is_taken_no_more_is_renewed_and_nothing_is_lost(fake, phone):
    def reply(heard):
        if heard.path.endswith("/tokens/"):
            return Reply(201, {"token": "new"})
        if heard.headers.get("Authorization") != "Token new":
            return Reply(401, {"code": "not_authenticated"})
        return signed_in(heard)

    fake.reply = reply
    taken = phone.capture(1, 11)
    assert [r["id"] for r in phone.flush(1)] == [taken.id]
    assert phone.queue[1] == []


def test_another_refusal_leaves_everything_in_the_queue(fake, phone):
    phone.capture(1, 11)
    fake.reply = lambda heard: Reply(403, {"code": "not_allowed"})
    with pytest.raises(Problem):
        phone.flush(1)
    assert len(phone.queue[1]) == 1


def test_a_picture_waits_on_the_disk_as_well(fake, phone):
    phone.capture(1, 11, photo=b"\xff\xd8jpeg")
    phone.restart()
    phone.flush(1)
    assert [h.content for h in fake.heard if h.method == "PUT"] == [b"\xff\xd8jpeg"]
    assert phone.disk.pictures == {}
