"""On PostgreSQL what phones send all day is one statement; the rest is handed on, with nothing written."""

import json
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core.models import AccessToken, Event, SiteUnit, Sitting
from tests.conftest import nothing_stays
from tests.verification.helpers import ask, check, room, send, status_of
from verification.models import PhoneTally, SignIn
from verification.services import at_once

pytestmark = pytest.mark.postgres_only


@pytest.fixture
def phone(api, cast):
    return api(cast.proctor)


@pytest.fixture
def statements(phone):
    """Sends a batch; returns the answers and how many statements they took."""

    def counted(*items, **beside):
        with CaptureQueriesContext(connection) as seen:
            results = send(phone, *items, **beside)
        return results, len([q for q in seen if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))])

    return counted


def test_a_whole_batch_is_one_statement(world, statements):
    own = world.sittings["A1/301"]
    items = [
        check(own[0], device_seq=1),
        check(own[1], outcome="failed", device_seq=2),
        check(own[2], "T-40m", device_seq=3),
        check(own[3], method="manual", device_seq=4),
    ]
    results, cost = statements(*items, items[0], last_seq=9, sent_at="2025-12-06T08:12:05+08:00")
    assert cost == 1
    assert [r["code"] for r in results] == [None, None, "not_open", "manual_not_allowed", None]
    assert [r["status"] for r in results][-1] == "duplicate"
    assert PhoneTally.objects.get().last_seq == 9


def test_the_same_again_is_one_statement_too(world, statements):
    item = check(world.sitting)
    statements(item)
    results, cost = statements(item)
    assert (results[0]["status"], cost) == ("duplicate", 1)
    assert SignIn.objects.count() == 1


def _both(world, phone, monkeypatch, *items, **beside):
    """What each adapter answers and leaves behind, from the same state."""

    def left():
        facts = SignIn.objects.order_by("pk").values()
        people = Sitting.objects.filter(site_unit=world.site_unit).order_by("pk").values()
        told = Event.objects.order_by("pk").values("kind", "at", "plan_at", "sitting", "subject", "data")
        drop = ("batch", "revision", "id")
        phones = PhoneTally.objects.order_by("device_id").values("device_id", "last_seq", "seen", "missing")
        rooms = {k: v for k, v in room(world.room).__dict__.items() if k not in ("_state", *drop)}
        return (
            [{k: v for k, v in f.items() if k not in drop} for f in facts],
            list(people),
            sorted(told, key=lambda e: json.dumps(e, default=str)),
            rooms,
            list(phones),
        )

    found = []
    for plain in (False, True):
        with monkeypatch.context() as patch:
            if plain:
                patch.setattr(at_once, "take", lambda batch, *, now: None)
            with nothing_stays():
                found.append((send(phone, *items, **beside), left()))
    return found


@pytest.mark.parametrize("moment", ["T-20m", "T+29m", "T+31m"])
@pytest.mark.parametrize("status", ["not_signed_in", "signed_in", "approved", "rejected", "absent"])
def test_both_adapters_leave_the_same_behind(world, phone, monkeypatch, at, status, moment):
    at(moment)
    own = world.sittings["A1/301"]
    Sitting.objects.filter(pk=own[0].pk).update(entry_status=status)
    items = [
        check(own[0], outcome="failed", device_seq=1),
        check(own[0], device_seq=2),
        check(own[0], device_seq=3, score=None),
        check(own[1], outcome="failed", device_seq=4),
        check(own[2], "T+30m", device_seq=5),
        check(own[3], "T-30m", device_seq=None),
        check(own[4], method="manual"),
    ]
    one, other = _both(world, phone, monkeypatch, *items, sent_at=at.now.isoformat())
    assert one[0] == other[0]
    assert one[1] == other[1]


def test_both_adapters_count_the_same_numbers(world, phone, monkeypatch):
    own = world.sittings["A1/301"]
    send(phone, check(own[0], device_seq=2), last_seq=3)
    items = [check(own[1], device_seq=1), check(own[2], device_seq=6), check(own[3], device_seq=6)]
    one, other = _both(world, phone, monkeypatch, *items, items[0], last_seq=2)
    assert one == other
    assert [(str(row["seen"]), row["last_seq"], row["missing"]) for row in one[1][-1]] == [
        ("{[1,3),[6,7)}", 3, 3)
    ]


def test_items_of_two_phones_are_taken_by_the_other(world, statements):
    own = world.sittings["A1/301"]
    results, cost = statements(check(own[0]), check(own[1], device_id="phone-9", device_seq=4))
    assert ([r["status"] for r in results], cost > 1) == (["created"] * 2, True)
    assert PhoneTally.objects.get(device_id="phone-9").missing == 3


def test_who_waits_for_the_chief_is_withdrawn_by_the_other(world, phone, statements):
    ask(phone, world.sitting)
    results, cost = statements(check(world.sitting))
    assert (results[0]["entry_status"], status_of(world.sitting)) == ("signed_in", "signed_in")
    assert cost > 1


def test_who_may_have_been_kept_is_judged_by_the_other(world, statements, at):
    Sitting.objects.filter(pk=world.sitting.pk).update(held_over=True)
    at("T+31m")
    results, cost = statements(check(world.sitting, outcome="failed"))
    assert (results[0]["status"], results[0]["entry_status"], cost > 1) == ("created", "absent", True)


def test_a_token_that_has_ended_takes_nothing_in(world, phone, at):
    AccessToken.objects.update(expiry=at.now)
    answer = phone.post("/api/v1/sign-ins/", {"items": [check(world.sitting)]})
    assert answer.status_code == 401
    assert not SignIn.objects.exists()


def test_a_statement_that_fails_leaves_the_work_to_the_other(world, statements, monkeypatch):
    monkeypatch.setattr(at_once, "_CALL", "SELECT 1 / 0" + ", %s" * 10)
    assert statements(check(world.sitting))[0][0]["status"] == "created"


def test_the_stop_of_headquarters_spares(world, phone, at):
    SiteUnit.objects.filter(pk=world.site_unit.pk).update(stopped_at=at("T+5m"), entry_closes_at=at("T+5m"))
    at("T+31m")
    result = send(phone, check(world.sitting, "T+10m"))[0]
    assert (result["code"], result["entry_status"]) == ("not_open", "not_signed_in")


def test_the_answer_says_the_plan_s_clock(world, phone, at):
    answer = phone.post("/api/v1/sign-ins/", {"items": [check(world.sitting)]})
    assert datetime.fromisoformat(answer["Exam-Time"]) == world.plan.plan_time(at.now)
