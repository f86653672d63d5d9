from datetime import timedelta
from random import Random

import pytest

from exam_ops.sim.network import Offline, Unreachable
from exam_ops.sim.phone import Phone
from tests.sim.conftest import NOW
from tests.sim.fake_portal import Reply, signed_in


def items(fake):
    return [i for h in fake.heard if h.path.endswith("/sign-ins/") for i in h.body["items"]]


def test_login_tells_the_device_and_keeps_the_token(fake, phone):
    fake.reply = lambda heard: Reply(201, {"token": "abc"})
    phone.login()
    assert phone.caller.token == "abc"
    assert set(fake.heard[0].body["device"]) == {
        "platform", "app_version", "os_version", "model", "memory_mb", "form_factor", "device_id"
    }  # fmt: skip


def test_sequence_numbers_begin_with_one_in_each_room_session(fake, phone):
    for room, sitting in ((1, 11), (1, 12), (2, 21)):
        phone.capture(room, sitting)
    phone.flush(1)
    phone.flush(2)
    assert [(i["sitting"], i["device_seq"]) for i in items(fake)] == [(11, 1), (12, 2), (21, 1)]


def test_sends_in_batches(fake, phone):
    for sitting in range(5):
        phone.capture(1, sitting)
    assert len(phone.flush(1, batch=2)) == 5
    assert [len(h.body["items"]) for h in fake.heard] == [2, 2, 1]


def test_what_is_captured_offline_waits_and_goes_with_its_own_time(fake, phone, portal):
    portal.clock.learn("2025-12-06T08:10:00+08:00")
    phone.offline()
    taken = phone.capture(1, 11)
    with pytest.raises(Offline):
        phone.flush(1)
    assert fake.heard == []
    portal.clock.learn("2025-12-06T08:45:00+08:00")
    phone.online()
    phone.flush(1)
    (item,) = items(fake)
    assert (item["id"], item["captured_at"]) == (taken.id, "2025-12-06T00:10:00.000+00:00")
    assert fake.heard[0].body["sent_at"] == "2025-12-06T00:45:00.000+00:00"


def test_no_answer_leaves_the_queue_and_the_next_try_has_the_same_ids(fake, phone):
    taken = phone.capture(1, 11)
    fake.reply = lambda heard: Reply(0)
    with pytest.raises(Unreachable):
        phone.flush(1)
    fake.reply = signed_in
    assert [r["id"] for r in phone.flush(1)] == [taken.id]
    assert {i["id"] for i in items(fake)} == {taken.id}
    assert phone.queue[1] == []


def test_a_held_sign_in_leaves_a_gap_that_last_seq_tells(fake, phone):
    phone.capture(1, 11, hold=True)
    phone.capture(1, 12)
    phone.flush(1)
    assert [i["device_seq"] for i in items(fake)] == [2]
    assert fake.heard[0].body["last_seq"] == 2
    phone.release(1)
    phone.flush(1)
    assert [i["device_seq"] for i in items(fake)] == [2, 1]


def test_a_restart_keeps_queue_and_numbers(fake, phone):
    phone.capture(1, 11)
    phone.restart()
    phone.capture(1, 12)
    phone.flush(1)
    assert phone.caller.token == ""
    assert [i["device_seq"] for i in items(fake)] == [1, 2]


def test_pictures_follow_their_sign_ins_once(fake, phone):
    taken = phone.capture(1, 11, photo=b"\xff\xd8jpeg")
    phone.flush(1)
    phone.flush(1)
    puts = [h for h in fake.heard if h.method == "PUT"]
    assert [(h.path, h.content) for h in puts] == [(f"/api/v1/sign-ins/{taken.id}/photo/", b"\xff\xd8jpeg")]


def test_a_wrong_clock_is_wrong_in_all_times(fake, portal):
    fake.reply = signed_in
    phone = Phone(portal, "t1", "secret", rng=Random(1), skew=timedelta(minutes=-7))
    assert phone.capture(1, 11).captured_at == NOW - timedelta(minutes=7)
    phone.flush(1)
    assert fake.heard[0].body["sent_at"] == "2025-12-06T00:03:00.000+00:00"


def test_the_same_seed_is_the_same_phone(portal):
    first, second = (Phone(portal, "t1", "x", rng=Random(5)) for _ in range(2))
    assert first.device == second.device
    assert first.capture(1, 11).score == second.capture(1, 11).score


def test_evidence_names_marks_and_brings_the_picture(fake, phone):
    phone.upload_evidence(7, b"\xff\xd8jpeg", reason="r", marks=[(11, 0.5, None)])
    content = fake.heard[0].content
    assert b'[{"sitting": 11, "x": 0.5, "y": null}]' in content
    assert b"\xff\xd8jpeg" in content
