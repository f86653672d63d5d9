"""留考: kept between two papers, left, or brought to the next one; a person says so, never a machine (E10)."""

import pytest

from exam_ops.core import outbox, schedule
from exam_ops.core.models import Event, RoomSession, RosterRow, SiteUnit, Sitting, TimeUnit
from incidents.models import Notification
from tests.conftest import moment
from tests.journeys.voices import text
from tests.verification.helpers import check, problem, room, send, status_of
from verification.models import Supervision
from verification.selectors.entry import stats_of

NEXT = "T+2h"  # the next unit's start; its entry closes at T+150m


@pytest.fixture
def next_room(world) -> RoomSession:
    return RoomSession.objects.get(site_unit__unit=world.later_unit, room=world.room.room)


@pytest.fixture
def held(world, next_room) -> list[Sitting]:
    """The first two candidates of the room sit a clashing paper in the next unit."""
    RoomSession.objects.filter(pk=next_room.pk).update(registered=2)
    return [
        Sitting.objects.create(
            candidate=first.candidate,
            paper=world.papers[1],
            site_unit=next_room.site_unit,
            room_session=next_room,
            seat_no=first.seat_no,
            ticket_no=first.ticket_no,
            held_over=True,
        )
        for first in world.sittings["A1/301"][:2]
    ]


@pytest.fixture
def one(world, api, cast, held) -> Sitting:
    """The first of them is in for the paper before; the second never came."""
    send(api(cast.proctor), check(world.sitting))
    return held[0]


def say(caller, sitting: Sitting, state: str):
    return caller.post(f"/api/v1/sittings/{sitting.pk}/supervision/", {"state": state})


def test_who_left_is_absent_from_the_next_paper_with_who_and_when(world, api, cast, at, one, next_room):
    assert say(api(cast.proctor), one, "kept").status_code == 201
    at("E+5m")
    told = say(api(cast.proctor), one, "left").json()
    assert (told["state"], told["entry_status"]) == ("left", "absent")
    said = Supervision.objects.get()
    assert (said.left_by, said.left_at, said.kept_by) == (cast.proctor, at.now, cast.proctor)
    assert room(next_room).absent == 1
    assert status_of(world.sitting) == "signed_in"
    kinds = Event.objects.filter(sitting=one).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["entry.held_over_kept", "entry.held_over_left"]


def test_a_mistake_is_taken_back_until_entry_closes(world, api, cast, at, one, next_room):
    say(api(cast.proctor), one, "left")
    assert say(api(cast.proctor), one, "kept").json()["entry_status"] == "not_signed_in"
    say(api(cast.proctor), one, "left")
    at("T+150m")
    assert problem(say(api(cast.proctor), one, "kept")) == (409, "has_left")


@pytest.mark.parametrize(("when", "expected"), [
    ("T+5399s", 409), ("T+90m", 201), ("T+150m", 201), ("T+12599s", 201), ("T+210m", 409), ("T+12601s", 409),
])  # fmt: skip
def test_they_are_brought_over_without_a_new_check(world, api, cast, at, one, next_room, when, expected):
    at(when)
    answer = say(api(cast.site_admin), one, "entered")
    assert answer.status_code == expected
    if expected == 409:
        assert answer.json()["code"] == "not_open"
    else:
        assert (answer.json()["entry_status"], room(next_room).signed_in) == ("signed_in", 1)
        assert Event.objects.filter(kind="entry.held_over_entered", sitting=one).exists()
        assert say(api(cast.site_admin), one, "entered").status_code == 200
        assert say(api(cast.site_admin), one, "kept").json()["entry_status"] == "not_signed_in"


@pytest.mark.parametrize("engine_ran", [True, False])
def test_no_machine_makes_them_absent_but_somebody_is_asked(
    world, api, page, cast, at, one, held, next_room, engine_ran
):
    at("T+150m")
    if engine_ran:
        at.fire()
    rows = api(cast.chief).get(f"/api/v1/room-sessions/{next_room.pk}/roster/").json()["results"]
    assert [row["entry_status"] for row in rows] == ["not_signed_in", "absent"]  # the other was never here
    if engine_ran:
        outbox.drain(now=at.now)
        told = Notification.objects.filter(event="held_over.asked")
        assert {n.user for n in told} == {cast.site_admin, cast.chief}
        assert "1 名" in told.first().title["zh"]
    assert "留考考生待确认" in text(page(cast.site_admin).get("/"))
    shown = text(page(cast.site_admin).get(f"/sign-ins/sites/{next_room.site_unit_id}/held-over/"))
    assert "1 名待确认" in shown
    say(api(cast.site_admin), one, "left")
    assert "留考考生待确认" not in text(page(cast.site_admin).get("/"))


@pytest.mark.parametrize("engine_ran", [True, False])
def test_the_room_s_figures_spare_them_too(world, at, one, next_room, engine_ran):
    at("T+151m")
    if engine_ran:
        at.fire()
    session = RoomSession.objects.select_related("site_unit__unit__plan").get(pk=next_room.pk)
    stats = stats_of([session], now=at.now)[session.pk]
    assert (stats.absent, stats.not_signed_in) == (1, 1)


def test_who_was_not_in_before_is_not_kept(world, api, cast, held):
    assert problem(say(api(cast.proctor), held[1], "kept")) == (409, "not_held_over")
    assert problem(say(api(cast.proctor), world.sitting, "kept")) == (409, "not_held_over")


def test_a_paper_missed_in_between_leaves_them_answerable(world, api, cast, at, one):
    unit = TimeUnit.objects.create(
        plan=world.plan, code="U1b", start=moment("T+1h"), end=moment("T+80m"), name="加场"
    )
    (between,) = schedule.create(
        [SiteUnit(site=world.site, unit=unit, start=unit.start, end=unit.end)], world.plan, now=at.now
    )
    Sitting.objects.create(
        candidate=one.candidate,
        paper=world.papers[0],
        site_unit=between,
        ticket_no="X",
        entry_status="absent",
    )
    at("T+150m")
    assert say(api(cast.site_admin), one, "left").status_code == 201


def test_the_proctor_of_the_paper_before_or_of_the_next_answers_for_them(world, api, cast, one):
    answer = say(api(cast.next_room), one, "kept")
    assert (problem(answer), answer.json()["missing"]) == ((403, "out_of_scope"), "unit")
    assert problem(say(api(cast.sibling_proctor), one, "kept")) == (404, "not_found")
    assert say(api(cast.second), one, "kept").status_code == 201


def test_a_face_check_at_the_next_door_is_as_good(world, api, cast, at, one, next_room):
    say(api(cast.proctor), one, "kept")
    at("T+100m")
    RosterRow.objects.create(room_session=next_room, proctor=cast.proctor)
    send(api(cast.proctor), check(one, "T+100m", device_seq=2))
    assert status_of(one) == "signed_in"
    assert problem(say(api(cast.proctor), one, "left")) == (409, "already_signed_in")


def test_the_answer_to_a_phone_does_not_call_them_absent(api, cast, at, one, next_room):
    RosterRow.objects.create(room_session=next_room, proctor=cast.proctor)
    at("T+151m")
    results = send(api(cast.proctor), check(one, "T+149m", outcome="failed", device_seq=2))
    assert (results[0]["code"], results[0]["entry_status"]) == (None, "not_signed_in")


def test_the_page_records_by_one_touch_and_counts_them_apart(world, page, cast, at, one, next_room):
    at("E+1m")
    admin = page(cast.site_admin)
    answer = admin.post(f"/sign-ins/sittings/{one.pk}/supervision/", {"state": "kept"}, follow=True)
    assert "已记录：留考监管中" in text(answer)
    assert moment("E+1m").strftime("%M") in text(answer)
    board = text(page(cast.chief).get(f"/sign-ins/sites/{next_room.site_unit_id}/"))
    assert "留考" in board
