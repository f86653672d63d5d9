"""二(三)6 over HTTP: a proctor falls ill 40 hours, 3 hours and 90 minutes before the start (C8, C11)."""

import uuid

import pytest

from tests import world as worlds
from tests.journeys.voices import code, text


@pytest.fixture
def spare(world):
    return worlds.proctor("spare", world.site)


@pytest.fixture
def change(world, spare):
    """`change(http)` asks to put the spare proctor in the lead's place of room 301."""

    def ask(http, **more):
        body = {"id": str(uuid.uuid4()), "room_session": world.room.pk, "outgoing": world.cast.proctor.pk,
                "incoming": spare.pk, "reason": "监考教师生病"}  # fmt: skip
        return http.post("/api/v1/proctor-changes/", body | more)

    return ask


def word(http, change, outcome="approved"):
    return http.post(f"/api/v1/proctor-changes/{change['id']}/decision/", {"outcome": outcome, "note": ""})


def rooms_of(http) -> list[str]:
    return [duty["room"]["number"] for duty in http.get("/api/v1/app/duties/").json()["results"]]


def test_forty_hours_before_the_branch_approves_and_the_substitutes_phone_knows(
    phone, page, cast, at, change, deliver, spare
):
    at("T-40h")
    asked = change(phone(cast.chief)).json()
    assert (asked["window"], asked["status"]) == ("branch_approval", "pending")
    deliver()
    assert "监考变更待审批：1 项" in text(page(cast.branch).get("/inbox/"))
    assert word(phone(cast.branch), asked).status_code == 201
    at("T-20m")
    assert rooms_of(phone(spare)) == ["301"]
    assert rooms_of(phone(cast.proctor)) == []


def test_undecided_it_expires_whether_or_not_a_worker_runs(phone, page, cast, at, change):
    at("T-3h")
    asked = change(phone(cast.chief)).json()
    at("T-2h")
    assert code(word(phone(cast.branch), asked)) == (409, "expired")
    assert "已失效" in text(page(cast.site_admin).get("/proctor-changes/"))
    at.fire()
    assert "已失效" in text(page(cast.site_admin).get("/proctor-changes/"))


def test_ninety_minutes_before_only_the_duty_officer_helps(phone, cast, at, change, spare):
    at("T-90m")
    assert code(change(phone(cast.site_admin))) == (409, "window_closed")
    asked = change(phone(cast.chief)).json()
    assert (asked["window"], asked["status"]) == ("emergency", "pending")
    assert code(word(phone(cast.branch), asked)) == (403, "not_allowed")
    assert word(phone(cast.branch_duty), asked).json()["status"] == "approved"
    assert rooms_of(phone(spare)) == ["301"]


def test_the_duty_officers_own_replacement_stands_at_once(phone, cast, at, change, spare):
    at("T+5m")
    assert change(phone(cast.branch_duty)).json()["status"] == "applied"
    assert rooms_of(phone(spare)) == ["301"]


def test_a_proctor_whose_room_it_is_not_is_told_what_is_missing_and_the_site_adds_them(
    phone, cast, at, change, world, spare
):
    """C11: the answer names the missing room; the same day the chief has the branch add the proctor."""
    roster = f"/api/v1/room-sessions/{world.rooms['A1/302'].pk}/roster/"
    at("T-1h")
    worlds.RosterRow.objects.create(  # on duty in the afternoon of the plan, not in this unit
        room_session=world.later_unit.site_units.get(site=world.site).room_sessions.first(), proctor=spare
    )
    refused = phone(spare).get(roster)
    assert code(refused) == (403, "out_of_scope")
    assert refused.json()["missing"] == "unit"
    asked = change(phone(cast.chief), room_session=world.rooms["A1/302"].pk, outgoing=None).json()
    word(phone(cast.branch_duty), asked)
    assert phone(spare).get(roster).status_code == 200


def test_an_uncertified_substitute_is_refused_at_once_and_at_the_decision(phone, cast, at, change, world):
    at("T-40h")
    fresh = worlds.proctor("fresh", world.site, certified=False)
    assert code(change(phone(cast.chief), incoming=fresh.pk)) == (422, "proctor_not_certified")


def test_a_person_is_never_in_two_rooms(phone, cast, at, change):
    at("T-40h")
    assert code(change(phone(cast.chief), incoming=cast.next_room.pk)) == (409, "proctor_busy")


def test_who_is_off_the_roster_is_out_of_scope(phone, cast, at, change, world):
    at("T-20m")
    change(phone(cast.branch_duty))
    answer = phone(cast.proctor).get(f"/api/v1/room-sessions/{world.room.pk}/roster/")
    assert code(answer) == (403, "out_of_scope")
