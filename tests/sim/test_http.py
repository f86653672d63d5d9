from datetime import timedelta
from email.utils import format_datetime
from random import Random

import pytest

from exam_ops.sim.clock import ExamClock, real_now
from exam_ops.sim.http import Caller, Problem
from exam_ops.sim.network import Network, Offline, Unreachable
from tests.sim.conftest import NOW
from tests.sim.fake_portal import Reply


def test_says_who_calls_and_in_which_language(fake, caller):
    caller.get("app/duties/")
    headers = fake.heard[0].headers
    assert (headers["Authorization"], headers["Accept-Language"]) == ("Token t0k3n", "zh-Hans")


def test_a_refusal_is_a_problem_with_its_code(fake, caller):
    fake.reply = lambda heard: Reply(409, {"code": "already_pending", "detail": "…"})
    with pytest.raises(Problem) as refused:
        caller.post("entry-requests/", {})
    assert (refused.value.status, refused.value.code) == (409, "already_pending")


def test_an_answer_that_is_no_json_is_a_problem_too(fake, caller):
    fake.reply = lambda heard: Reply(500)
    with pytest.raises(Problem) as refused:
        caller.get("app/duties/")
    assert refused.value.code == "http_500"


def test_unavailable_is_tried_again_with_the_same_body(fake, caller, pauses):
    fake.in_turn(Reply(503, {}), Reply(503, {}), Reply(201, {"ok": True}))
    assert caller.post("sign-ins/", {"id": "a"}) == {"ok": True}
    assert [h.body for h in fake.heard] == [{"id": "a"}] * 3
    assert len(pauses) == 2


def test_waits_as_long_as_it_is_told_to(fake, caller, pauses):
    fake.in_turn(Reply(429, {}, {"Retry-After": "3"}), Reply(200, {}))
    caller.get("app/duties/")
    assert pauses == [3.0]


def test_pauses_grow(fake, caller, pauses):
    fake.reply = lambda heard: Reply(0)
    with pytest.raises(Unreachable):
        caller.get("app/duties/")
    assert len(fake.heard) == 4
    assert pauses == sorted(pauses)


def test_a_lost_answer_is_asked_for_again(fake, portal):
    """The server has acted; the caller can't know and sends the same once more."""
    caller = Caller(portal, network=Network(rng=Random(3), lose_answer=0.6))
    caller.post("sign-ins/", {"id": "a"})
    assert len(fake.heard) > 1
    assert all(h.body == {"id": "a"} for h in fake.heard)


def test_offline_sends_nothing(fake, caller):
    caller.network.is_up = False
    with pytest.raises(Offline):
        caller.get("app/duties/")
    assert fake.heard == []


def test_pages_follow_next(fake, caller):
    fake.in_turn(
        Reply(200, {"next": f"{fake.base_url}/api/v1/x/?cursor=2", "results": [1]}),
        Reply(200, {"next": None, "results": [2]}),
    )
    assert list(caller.pages("x/")) == [1, 2]


def test_real_times_until_the_exam_time_is_known(fake, caller):
    fake.reply = lambda heard: Reply(200, {}, {"Exam-Time": "2025-12-06T08:20:00+08:00"})
    caller.get("app/duties/")
    assert fake.heard[0].headers["Exam-Clock"] == "device"
    caller.get("app/duties/")
    assert "Exam-Clock" not in fake.heard[1].headers
    assert caller.clock.now().isoformat() == "2025-12-06T00:20:00+00:00"


def test_an_answer_from_before_a_jump_turns_nothing_back():
    clock = ExamClock(lambda: NOW)
    clock.learn("2025-12-06T08:40:00+08:00")
    clock.learn("2025-12-06T08:20:00+08:00")
    assert clock.now().isoformat() == "2025-12-06T00:40:00+00:00"


def test_a_portal_may_name_the_moment_to_come_back(fake, caller, pauses):
    then = format_datetime(real_now() + timedelta(seconds=30), usegmt=True)
    fake.in_turn(Reply(503, {}, {"Retry-After": then}), Reply(200, {}))
    caller.get("app/duties/")
    assert 25 < pauses[0] <= 30


def test_who_is_told_to_come_back_much_later_gives_up_for_now(fake, caller, pauses):
    fake.reply = lambda heard: Reply(429, {"code": "throttled"}, {"Retry-After": "3600"})
    with pytest.raises(Problem):
        caller.get("app/duties/")
    assert (len(fake.heard), pauses) == (1, [])
