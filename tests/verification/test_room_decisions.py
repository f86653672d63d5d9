"""One decision for a room whose check has failed, and what is asked for the whole room (C5, C7)."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core import outbox
from exam_ops.core.access import actor_for
from exam_ops.core.models import Event, Sitting
from incidents.models import Entry, EvidenceDuty, Incident, Notification
from tests.journeys.voices import report
from tests.verification.helpers import ask, check, decide, problem, room, send, status_of
from tests.verification.test_decisions import lend
from verification.models import EntryRequest
from verification.services import room_decisions, room_requests


@pytest.fixture
def people(world) -> list[Sitting]:
    return world.sittings["A1/301"]


@pytest.fixture
def blocked(world, api, cast) -> dict:
    """Both proctors are locked out: the site administrator has reported the room."""
    return report(api(cast.site_admin, phone=False), "IDV-03", room=world.room).json()


def decide_room(caller, session, outcome: str = "approved", **more):
    body = {"id": str(uuid.uuid4()), "outcome": outcome, "documents_checked": True, "note": "逐一核对"} | more
    return caller.post(f"/api/v1/room-sessions/{session.pk}/entry-decision/", body, format="json")


def ask_room(caller, session, reason: str = "app_unavailable", **more):
    body = {"id": str(uuid.uuid4()), "reason": reason, "documents_checked": True, "note": "证件一致"} | more
    return caller.post(f"/api/v1/room-sessions/{session.pk}/entry-requests/", body, format="json")


def test_everybody_who_is_not_in_is_decided_by_one_act(world, api, cast, people, blocked):
    send(api(cast.second), check(people[0]))
    waiting = ask(api(cast.proctor), people[1]).json()["id"]
    answer = decide_room(api(cast.chief), world.room)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert ([d["sitting"] for d in told["decided"]], told["skipped"]) == ([p.pk for p in people[1:]], [])
    assert [status_of(p) for p in people] == ["signed_in"] + ["approved"] * 5
    assert (room(world.room).approved, room(world.room).pending, room(world.room).emergency) == (5, 0, 5)
    assert EntryRequest.objects.get(pk=waiting).requester == cast.proctor
    made = EntryRequest.objects.exclude(pk=waiting)
    assert {(r.requester.name, r.decided_by.name, r.reason) for r in made} == {
        ("site_admin", "chief", "app_unavailable")
    }
    assert EvidenceDuty.objects.filter(sitting__isnull=False).count() == 5
    incident = Incident.objects.get(number=told["incident"])
    assert set(incident.sittings.all()) == set(people[2:])
    line = Entry.objects.get(incident=incident, kind="room_decided")
    assert (line.actor, line.data["people"], "5 名" in line.note) == (cast.chief, 5, True)
    assert Event.objects.filter(kind="entry.room_decided").count() == 1


def test_a_room_decision_statement_count_does_not_grow(world, cast, people, at, api, blocked):
    actor = actor_for(cast.chief, now=at.now)

    def statements(*some: Sitting) -> int:
        asked = room_decisions.RoomDecision(uuid.uuid4(), "approved", True, "", [s.pk for s in some])
        with CaptureQueriesContext(
            connection,
        ) as seen:
            room_decisions.decide(asked, room_session=world.room, actor=actor, now=at.now)
        return len(seen)

    two = statements(*people[:2])
    assert statements(*people[2:]) <= two


def test_nobody_decides_what_they_alone_have_reported(world, api, cast, people, at):
    report(api(cast.chief), "IDV-03", room=world.room)
    answer = decide_room(api(cast.chief), world.room, sittings=[people[0].pk])
    assert problem(answer) == (409, "nobody_asked")
    assert problem(decide_room(api(cast.chief), world.room)) == (409, "nobody_left")
    told = ask_room(api(cast.site_admin, phone=False), world.room).json()
    assert len(told["requested"]) == 6
    assert len(decide_room(api(cast.chief), world.room).json()["decided"]) == 6
    assert Incident.objects.filter(type="IDV-03").count() == 1


def test_a_deputy_who_has_submitted_the_room_is_refused(world, api, cast, people, at, blocked):
    lend(cast, world.site, cast.site_admin, at.now)
    ask_room(api(cast.site_admin, phone=False), world.room)
    answer = decide_room(api(cast.site_admin), world.room, sittings=[people[0].pk])
    assert problem(answer) == (403, "not_allowed")
    assert "自己" in answer.json()["detail"]
    assert status_of(people[0]) == "pending"


def test_the_first_decision_holds_and_who_came_in_is_skipped(world, api, cast, people, blocked):
    request = ask(api(cast.proctor), people[0]).json()["id"]
    decide(api(cast.chief), request, "rejected")
    send(api(cast.second), check(people[1]))
    answer = decide_room(api(cast.chief), world.room, sittings=[p.pk for p in people[:3]] + [10**9])
    why = {row["sitting"]: row["code"] for row in answer.json()["skipped"]}
    assert why == {
        people[0].pk: "already_decided",
        people[1].pk: "already_signed_in",
        10**9: "unknown_sitting",
    }
    assert [status_of(p) for p in people[:4]] == ["rejected", "signed_in", "approved", "not_signed_in"]


def test_the_same_decision_again_is_the_same_answer(world, api, cast, blocked):
    same = str(uuid.uuid4())
    first = decide_room(api(cast.chief), world.room, id=same)
    again = decide_room(api(cast.chief), world.room, id=same)
    assert (again.status_code, again.json()) == (200, first.json())
    assert EvidenceDuty.objects.filter(sitting__isnull=False).count() == 6
    assert problem(decide_room(api(cast.chief), world.room, "rejected", id=same)) == (409, "id_reused")


@pytest.mark.parametrize(("when", "expected"), [
    ("T-1801s", 409), ("T-30m", 201), ("T+1799s", 201), ("T+30m", 409), ("T+1801s", 409),
])  # fmt: skip
def test_while_entry_is_open_after_the_start_too(world, api, cast, at, when, expected):
    at("T-1801s")
    report(api(cast.site_admin, phone=False), "IDV-05", room=world.room)
    at(when)
    answer = decide_room(api(cast.chief), world.room)
    assert answer.status_code == expected
    if expected == 409:
        assert answer.json()["code"] == "not_open"


def test_a_room_without_such_an_incident_is_decided_one_by_one(world, api, cast):
    assert problem(decide_room(api(cast.chief), world.room)) == (409, "room_not_blocked")


def test_a_preview_names_everybody_and_changes_nothing(world, api, cast, people, blocked):
    send(api(cast.second), check(people[0]))
    told = api(cast.chief).get(f"/api/v1/room-sessions/{world.room.pk}/entry-decision/").json()
    assert (told["incident"], told["reported_by"]) == (blocked["number"], "site_admin")
    assert [row["code"] for row in told["candidates"]] == ["already_signed_in"] + [None] * 5
    assert not EntryRequest.objects.exists()


def test_without_a_proctor_the_branch_signs_off(world, api, cast, at, deliver_now):
    report(api(cast.site_admin, phone=False), "IDV-06", room=world.room)
    assert decide_room(api(cast.chief), world.room).status_code == 201
    assert set(EntryRequest.objects.values_list("reason", flat=True)) == {"no_proctor"}
    deliver_now()
    assert Notification.objects.filter(user=cast.branch, event="entry.no_proctor").count() == 1


@pytest.fixture
def deliver_now(at):
    return lambda: outbox.drain(now=at.now)


# --- asking for the whole room ---


def test_a_proctor_asks_for_the_whole_room(world, api, cast, people):
    send(api(cast.second), check(people[0]))
    told = ask_room(api(cast.proctor), world.room).json()
    assert [row["sitting"] for row in told["requested"]] == [p.pk for p in people[1:]]
    assert [status_of(p) for p in people] == ["signed_in"] + ["pending"] * 5
    assert room(world.room).pending == 5
    incident = Incident.objects.get(number=told["incident"])
    assert (incident.type, incident.grade, incident.sittings.count()) == ("IDV-03", 3, 5)
    assert decide(api(cast.chief), told["requested"][0]["entry_request"]).status_code == 201


def test_asking_costs_no_more_for_many(world, cast, people, at):
    def statements(*some: Sitting) -> int:
        asked = room_requests.RoomAsked(uuid.uuid4(), "no_response", True, "", [s.pk for s in some])
        with CaptureQueriesContext(connection) as seen:
            room_requests.submit(asked, room_session=world.room, requester=cast.proctor, now=at.now)
        return len(seen)

    statements(people[0])
    two = statements(*people[1:3])
    assert statements(*people[3:]) <= two + 2  # the grade rises once


def test_who_is_named_twice_or_waits_already_is_skipped(world, api, cast, people):
    ask(api(cast.proctor), people[0])
    told = ask_room(api(cast.proctor), world.room, sittings=[p.pk for p in (people[0], people[1], people[1])])
    told = told.json()
    assert [row["sitting"] for row in told["requested"]] == [people[1].pk]
    assert [row["code"] for row in told["skipped"]] == ["already_pending"]
    assert problem(ask_room(api(cast.proctor), world.room, sittings=[people[0].pk])) == (
        409,
        "already_pending",
    )


def test_a_proctor_s_office_token_may_not_ask(world, api, cast):
    assert problem(ask_room(api(cast.proctor, phone=False), world.room)) == (403, "not_allowed")
    answer = ask_room(api(cast.next_room), world.room)
    assert (problem(answer), answer.json()["missing"]) == ((403, "out_of_scope"), "room")
