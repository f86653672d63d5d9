"""Asking for a proctor change: windows by role to the second, who may come, what a room needs (C8, readings 22–25)."""

import uuid
from datetime import timedelta

import pytest

from exam_ops.core import schedule
from exam_ops.core.access import actor_for
from exam_ops.core.models import (
    Event,
    ExamPlan,
    ProctorProfile,
    RoomSession,
    RosterRow,
    SiteUnit,
    TimeUnit,
    User,
)
from exam_ops.rules.permissions import Role
from proctors.models import ProctorChange
from proctors.services import asking, placing
from proctors.services.asking import Piece
from tests import world as worlds
from tests.proctors.conftest import CHANGES, told

FREE, PENDING = (201, "applied"), (201, "pending")
CLOSED, FORBIDDEN = (409, "window_closed"), (403, "not_allowed")


@pytest.mark.parametrize(
    ("when", "site", "chief", "duty"),
    [
        ("T-172801s", FREE, FREE, FORBIDDEN),
        ("T-48h", FREE, FREE, FORBIDDEN),
        ("T-172799s", PENDING, PENDING, FORBIDDEN),
        ("T-7201s", PENDING, PENDING, FORBIDDEN),
        ("T-2h", CLOSED, PENDING, FREE),
        ("T-7199s", CLOSED, PENDING, FREE),
        ("T+1799s", CLOSED, PENDING, FREE),
        ("T+30m", CLOSED, CLOSED, CLOSED),
    ],
)
@pytest.mark.parametrize("who", ["site", "chief", "duty"])
def test_what_becomes_of_it_at_each_second(cast, at, ask, who, when, site, chief, duty):
    at(when)
    user = {"site": cast.site_admin, "chief": cast.chief, "duty": cast.branch_duty}[who]
    assert told(ask(user)) == {"site": site, "chief": chief, "duty": duty}[who]


@pytest.mark.parametrize(
    ("when", "who", "window"),
    [("T-48h", "chief", "free"), ("T-47h", "chief", "branch_approval"), ("T-1h", "chief", "emergency")],
)
def test_the_answer_names_the_window(cast, at, ask, when, who, window):
    at(when)
    assert ask(getattr(cast, who)).json()["window"] == window


def test_a_free_change_stands_on_the_roster_at_once(world, cast, at, ask, standing):
    at("T-3d")
    before = RoomSession.objects.get(pk=world.room.pk).revision
    ask(cast.site_admin)
    assert standing(world.room) == {"lead": "spare", "second": "second"}
    assert RoomSession.objects.get(pk=world.room.pk).revision > before
    assert Event.objects.get(kind="change.applied").data["incoming"] == "spare"


def test_what_waits_leaves_the_roster_alone(world, cast, at, ask, standing):
    at("T-40h")
    ask(cast.site_admin)
    assert standing(world.room)["lead"] == "proctor"


def test_a_new_face_is_checked_anew(world, cast, at, ask):
    at("T-20m")
    RosterRow.objects.filter(proctor=cast.proctor).update(checked_at=at.now)
    RoomSession.objects.filter(pk=world.room.pk).update(proctors_checked=1)
    ask(cast.branch_duty)
    assert RoomSession.objects.get(pk=world.room.pk).proctors_checked == 0
    assert RosterRow.objects.get(proctor__username="spare").checked_at is None


def test_the_duties_of_the_phone_follow(world, cast, at, ask, api, spare):
    at("T-20m")
    ask(cast.branch_duty)
    assert api(spare).get("/api/v1/app/duties/").json()["results"][0]["room_session"] == world.room.pk
    assert api(cast.proctor).get(f"/api/v1/room-sessions/{world.room.pk}/roster/").status_code == 403


def test_the_same_again_is_the_same_answer_also_after_the_window(cast, at, ask):
    id = str(uuid.uuid4())
    at("T-40h")
    first = ask(cast.site_admin, id=id)
    at("T-1h")
    again = ask(cast.site_admin, id=id)
    assert (again.status_code, again.json()) == (200, first.json())
    assert told(ask(cast.site_admin, id=id, reason="另一个原因")) == (409, "id_reused")


def test_an_uncertified_proctor_may_not_come(cast, at, ask, spare):
    at("T-3d")
    ProctorProfile.objects.filter(user=spare).update(status="pending")
    assert told(ask(cast.site_admin)) == (422, "proctor_not_certified")


def test_who_stands_in_another_room_at_that_time_is_busy(cast, at, ask):
    at("T-3d")
    answer = ask(cast.site_admin, incoming=cast.next_room)
    assert told(answer) == (409, "proctor_busy")
    assert answer.json()["room"] == "302"


def test_who_is_asked_for_elsewhere_is_busy(world, cast, at, ask):
    at("T-40h")
    ask(cast.site_admin)
    answer = ask(cast.site_admin, room=world.rooms["A1/302"], outgoing="next_room")
    assert told(answer) == (409, "proctor_busy")


def test_a_request_that_expired_holds_nobody_though_no_worker_has_said_so(world, cast, at, ask):
    at("T-40h")
    ask(cast.site_admin)
    at("T-2h")
    assert told(ask(cast.chief)) == PENDING
    assert set(ProctorChange.objects.values_list("status", flat=True)) == {"expired", "pending"}


@pytest.mark.parametrize(("kind", "expected"), [("real", (409, "proctor_busy")), ("drill", FREE)])
def test_busy_goes_across_plans_and_sites_but_not_into_a_drill(world, cast, at, ask, spare, kind, expected):
    at("T-3d")
    plan = ExamPlan.objects.create(
        code="P2", name="P2", kind=kind, starts_on=world.plan.starts_on, ends_on=world.plan.ends_on
    )
    last_minute = worlds.E - timedelta(minutes=1)
    unit = TimeUnit.objects.create(plan=plan, code="X", start=last_minute, end=worlds.E)
    site_unit = SiteUnit(site=world.sibling, unit=unit, start=unit.start, end=unit.end)
    schedule.create([site_unit], plan, now=at.now)
    room = RoomSession.objects.create(site_unit=site_unit, room=world.rooms["A2/101"].room)
    RosterRow.objects.create(room_session=room, proctor=spare)
    assert told(ask(cast.site_admin)) == expected


def test_units_that_only_touch_do_not_overlap(world, cast, at, ask):
    at("T-3d")
    later = world.later_unit.site_units.get(site=world.site)
    type(later).objects.filter(pk=later.pk).update(starts_at=world.site_unit.ends_at)
    room = later.room_sessions.get(room__room_no="301")
    assert told(ask(cast.site_admin, room=room, outgoing=None, incoming=cast.next_room)) == FREE


def test_an_addition_takes_the_free_place(world, cast, at, ask, standing):
    at("T-3d")
    ask(cast.site_admin, room=world.rooms["A1/302"], outgoing=None)
    assert standing(world.rooms["A1/302"]) == {"lead": "next_room", "second": "spare"}


def test_a_full_room_takes_no_addition(cast, at, ask):
    at("T-3d")
    answer = ask(cast.site_admin, outgoing=None)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "room_full")


def test_a_second_request_for_a_place_waits_for_the_first(world, cast, at, ask):
    at("T-40h")
    ask(cast.site_admin)
    other = worlds.proctor("other", world.site)
    assert told(ask(cast.chief, incoming=other)) == (409, "already_pending")


@pytest.mark.parametrize("outgoing", ["next_room", "chief"])
def test_only_who_stands_there_can_go(cast, at, ask, outgoing):
    at("T-3d")
    answer = ask(cast.site_admin, outgoing=outgoing)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_rostered")


def test_who_comes_is_a_proctor_of_the_site(cast, at, ask):
    at("T-3d")
    assert told(ask(cast.site_admin, incoming=cast.sibling_proctor)) == (404, "not_found")
    at("T-1h")
    answer = ask(cast.branch_duty, incoming=cast.sibling_proctor)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_proctor")


def test_the_place_decides_who_may_ask(world, cast, at, ask):
    at("T-3d")
    assert told(ask(cast.sibling_admin)) == (404, "not_found")
    assert told(ask(cast.proctor)) == FORBIDDEN
    assert told(ask(cast.hq)) == FORBIDDEN
    at("T-1h")
    assert told(ask(cast.other_branch)) == (404, "not_found")
    assert told(ask(cast.branch)) == FORBIDDEN  # integrity alone


@pytest.mark.parametrize("missing", ["id", "room_session", "outgoing", "incoming", "reason"])
def test_every_field_is_asked_for(world, cast, api, at, spare, missing):
    at("T-3d")
    body = {"id": str(uuid.uuid4()), "room_session": world.room.pk, "outgoing": cast.proctor.pk,
            "incoming": spare.pk, "reason": "x"}  # fmt: skip
    del body[missing]
    answer = api(cast.site_admin).post(CHANGES, body)
    assert (told(answer), answer.json()["errors"][0]["field"]) == ((422, "invalid"), missing)


def test_the_accounts_are_listed_for_the_room(world, cast, api, at, spare):
    at("T-3d")
    listed = api(cast.site_admin).get(f"/api/v1/room-sessions/{world.room.pk}/proctors/").json()
    assert [r["name"] for r in listed["rostered"]] == ["proctor", "second"]
    assert [(s["name"], s["busy"]) for s in listed["substitutes"]] == [("spare", False), ("next_room", True)]


# by the service: removals and many at once


def piece(room, outgoing=None, incoming=None) -> Piece:
    return Piece(uuid.uuid4(), room.pk, outgoing.pk if outgoing else None, incoming.pk if incoming else None)


@pytest.fixture
def ask_for(at):
    """`ask_for(user, *pieces)` asks for all of them at once."""

    def call(user: User, *pieces: Piece):
        actor = actor_for(user, now=at.now)
        return asking.ask(pieces, reason="x", batch=uuid.uuid4(), actor=actor, clock=lambda: at.now)

    return call


def test_a_proctor_is_taken_off_while_a_certified_one_stays(world, cast, at, ask_for):
    at("T-40h")
    ask_for(cast.site_admin, piece(world.room, cast.second))
    with pytest.raises(placing.LastProctor):
        ask_for(cast.site_admin, piece(world.rooms["A1/302"], cast.next_room))


def test_while_the_roster_is_free_a_room_may_stand_empty(world, cast, at, ask_for, standing):
    at("T-48h")
    ask_for(cast.site_admin, piece(world.room, cast.second), piece(world.room, cast.proctor))
    assert standing(world.room) == {}


def test_in_an_emergency_somebody_must_come(world, cast, at, ask_for):
    at("T-1h")
    with pytest.raises(asking.Invalid):
        ask_for(cast.chief, piece(world.room, cast.second))


def test_several_rooms_and_units_are_one_request_all_or_none(world, cast, at, ask_for, spare):
    at("T-40h")
    later = world.later_unit.site_units.get(site=world.site).room_sessions.get(room__room_no="301")
    made = ask_for(cast.site_admin, piece(world.room, cast.proctor, spare), piece(later, incoming=spare))
    assert len({c.batch for c in made}) == 1
    with pytest.raises(placing.ProctorBusy) as refused:
        ask_for(
            cast.site_admin,
            piece(world.rooms["A1/302"], cast.next_room, worlds.proctor("other", world.site)),
            piece(later, incoming=spare),
        )
    assert refused.value.extra["room_session"] == later.pk
    assert ProctorChange.objects.count() == 2


def test_of_two_roles_the_one_that_reaches_further_asks(world, cast, at, ask, spare):
    at("T-1h")
    both = worlds.member("both", Role.SITE, site=world.site)
    assert told(ask(both)) == CLOSED
    worlds.Membership.objects.create(user=both, role=Role.CHIEF, site=world.site)
    assert told(ask(both)) == PENDING
