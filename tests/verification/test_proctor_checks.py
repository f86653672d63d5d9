"""The proctor's own face check (C0)."""

import uuid

import pytest

from exam_ops.core.models import RosterRow
from tests.conftest import moment
from tests.verification.helpers import jpeg, problem, room
from verification.models import ProctorSignIn


def body(session, at: str = "T-20m", **more) -> dict:
    return {
        "id": str(uuid.uuid4()),
        "room_session": session.pk,
        "captured_at": moment(at).isoformat(),
        "outcome": "passed",
        "score": 0.97,
        "device_id": "phone-1",
        "sent_at": None,
    } | more


def post(caller, content: dict):
    return caller.post("/api/v1/proctor-sign-ins/", content)


def test_a_pass_counts_the_proctor_once(world, api, cast):
    phone = api(cast.proctor)
    assert post(phone, body(world.room)).status_code == 201
    assert post(phone, body(world.room)).status_code == 201
    assert room(world.room).proctors_checked == 1
    assert RosterRow.objects.get(proctor=cast.proctor).checked_at is not None
    post(api(cast.second), body(world.room))
    assert room(world.room).proctors_checked == 2


def test_a_failure_is_kept_and_checks_nobody(world, api, cast):
    assert post(api(cast.proctor), body(world.room, outcome="failed")).status_code == 201
    assert room(world.room).proctors_checked == 0
    assert ProctorSignIn.objects.count() == 1


def test_the_same_again_whenever_it_was_sent(world, api, cast, at):
    phone, content = api(cast.proctor), body(world.room)
    first = post(phone, content)
    at("T+2h")
    again = post(phone, content | {"sent_at": at.now.isoformat()})
    assert (again.status_code, again.json()) == (200, first.json())
    assert problem(post(phone, content | {"outcome": "failed"})) == (409, "id_reused")
    assert problem(post(api(cast.second), content)) == (409, "id_reused")


@pytest.mark.parametrize(
    ("when", "expected"),
    [("T-1801s", 409), ("T-30m", 201), ("T+1799s", 201), ("T+30m", 409), ("T+1801s", 409)],
)
def test_while_entry_is_open(world, api, cast, at, when, expected):
    at(when)
    assert post(api(cast.proctor), body(world.room, when)).status_code == expected


def test_a_refused_one_may_be_tried_again_with_its_id(world, api, cast, at):
    content = body(world.room, "T-30m")
    at("T-31m")
    assert problem(post(api(cast.proctor), content)) == (409, "not_open")
    at("T-30m")
    assert post(api(cast.proctor), content).status_code == 201


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("next_room", (403, "out_of_scope")),
        ("sibling_proctor", (404, "not_found")),
        ("chief", (403, "not_allowed")),
        ("nobody", (403, "not_allowed")),
    ],
)
def test_only_in_the_own_room(world, api, cast, who, expected):
    assert problem(post(api(getattr(cast, who)), body(world.room))) == expected


def test_not_without_a_phone(world, api, cast):
    assert problem(post(api(cast.proctor, phone=False), body(world.room))) == (403, "not_allowed")


def test_its_photo(world, api, cast):
    content = body(world.room)
    post(api(cast.proctor), content)
    url = f"/api/v1/proctor-sign-ins/{content['id']}/photo/"
    assert api(cast.proctor).put(url, jpeg(), content_type="image/jpeg").status_code == 201
