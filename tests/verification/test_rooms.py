"""Duties, roster and counts, and who may read them."""

import pytest

from exam_ops.core import files
from exam_ops.core.models import Candidate, RoomSession, RosterRow, Sitting
from tests.verification.helpers import check, jpeg, problem, send


def duties(caller, **query):
    return caller.get("/api/v1/app/duties/", query)


def roster(caller, session) -> list[dict]:
    return caller.get(f"/api/v1/room-sessions/{session.pk}/roster/").json()["results"]


def stats(caller, session) -> dict:
    return caller.get(f"/api/v1/room-sessions/{session.pk}/sign-in-stats/").json()


# --- duties ---


def test_own_room_sessions_with_times_and_advice(world, api, cast):
    answer = duties(api(cast.proctor))
    [own] = answer.json()["results"]
    assert (own["room_session"], own["room"]["number"], own["site"]["code"]) == (world.room.pk, "301", "A1")
    assert own["unit"]["entry_opens"] == "2025-12-06T00:00:00+00:00"
    assert any("3 秒" in tip for tip in own["tips"])
    assert answer["Exam-Time"] == "2025-12-06T00:10:00+00:00"


def test_duties_come_in_order_of_time(world, api, cast):
    later = RoomSession.objects.get(room=world.room.room, site_unit__unit=world.later_unit)
    RosterRow.objects.create(room_session=later, proctor=cast.proctor)
    told = duties(api(cast.proctor)).json()["results"]
    assert [d["unit"]["code"] for d in told] == ["U1", "U2"]


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ({"plan": "P9"}, "plan"),
        ({"plan": "P1", "unit": "U2"}, "unit"),
        ({"plan": "P1", "unit": "U1", "room": "302"}, "room"),
        ({"unit": "U2"}, "unit"),
        ({"room": "999"}, "room"),
    ],
)
def test_naming_what_is_not_theirs_says_what_is_missing(world, api, cast, query, missing):
    answer = duties(api(cast.proctor), **query)
    assert problem(answer) == (403, "out_of_scope")
    assert answer.json()["missing"] == missing


def test_naming_the_own_room(world, api, cast):
    assert len(duties(api(cast.proctor), plan="P1", unit="U1", room="301").json()["results"]) == 1


@pytest.mark.parametrize(("date", "count"), [("2025-12-06", 1), ("2025-12-07", 0)])
def test_by_the_day_in_beijing(world, api, cast, date, count):
    assert len(duties(api(cast.proctor), date=date).json()["results"]) == count


def test_a_chief_has_no_room_of_their_own(world, api, cast):
    assert duties(api(cast.chief)).json()["results"] == []


@pytest.mark.parametrize("who", ["candidate", "nobody"])
def test_duties_are_for_staff(world, api, cast, who):
    assert problem(duties(api(getattr(cast, who)))) == (403, "not_allowed")


# --- roster ---


def test_the_roster_by_seat(world, api, cast):
    told = roster(api(cast.proctor), world.room)
    assert [row["seat_no"] for row in told] == ["01", "02", "03", "04", "05", "06"]
    assert told[0] | {"name": "考生101", "entry_status": "not_signed_in", "photo_url": None} == told[0]


def test_the_reference_photo_behind_its_link(world, api, cast):
    Candidate.objects.filter(pk=world.sitting.candidate_id).update(photo=files.save(jpeg()))
    url = roster(api(cast.proctor), world.room)[0]["photo_url"]
    answer = api(cast.proctor).get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer["Cache-Control"] == "private, max-age=300"
    assert b"".join(answer.streaming_content) == jpeg()
    assert problem(api(cast.next_room).get(url)) == (403, "out_of_scope")
    assert problem(api(cast.stranger).get(url)) == (404, "not_found")
    assert problem(api().get(url)) == (401, "not_authenticated")


def test_no_photo_is_not_found(world, api, cast):
    assert problem(api(cast.proctor).get(f"/api/v1/sittings/{world.sitting.pk}/photo/")) == (404, "not_found")


def test_readers_are_right_at_the_second_of_the_close(world, api, cast, at):
    Sitting.objects.filter(pk=world.sittings["A1/301"][1].pk).update(emergency=True)
    at("T+1799s")
    assert roster(api(cast.proctor), world.room)[0]["entry_status"] == "not_signed_in"
    at("T+30m")
    told = roster(api(cast.proctor), world.room)
    assert [row["entry_status"] for row in told[:3]] == ["absent", "not_signed_in", "absent"]


# --- counts ---


def test_counts_of_a_room(world, api, cast):
    send(api(cast.proctor), check(world.sitting))
    told = stats(api(cast.proctor), world.room)
    assert (told["registered"], told["signed_in"], told["absent"]) == (6, 1, 0)


@pytest.mark.parametrize("engine_ran", [True, False])
def test_absences_count_at_once(world, api, cast, at, engine_ran):
    send(api(cast.proctor), check(world.sitting))
    at("T+30m")
    if engine_ran:
        at.fire()
    told = stats(api(cast.proctor), world.room)
    assert (told["signed_in"], told["absent"], told["pending"]) == (1, 5, 0)


def test_what_has_not_arrived(world, api, cast):
    send(
        api(cast.proctor),
        check(world.sittings["A1/301"][0], device_seq=2),
        check(world.sittings["A1/301"][1], device_seq=4),
        last_seq=6,
    )
    send(api(cast.second), check(world.sittings["A1/301"][2], device_id="phone-2"), last_seq=1)
    assert stats(api(cast.proctor), world.room)["missing_from_phones"] == [
        {"device_id": "phone-1", "missing_seqs": [1, 3, 5, 6]}
    ]


def test_a_smaller_tally_takes_nothing_back(world, api, cast):
    send(api(cast.proctor), check(world.sittings["A1/301"][0]), last_seq=3)
    send(api(cast.proctor), check(world.sittings["A1/301"][1], device_seq=2), last_seq=2)
    missing = stats(api(cast.proctor), world.room)["missing_from_phones"]
    assert missing == [{"device_id": "phone-1", "missing_seqs": [3]}]


@pytest.mark.parametrize("what", ["roster", "sign-in-stats"])
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("proctor", 200),
        ("chief", 200),
        ("site_admin", 200),
        ("branch", 200),
        ("hq", 200),
        ("next_room", 403),
        ("sibling_proctor", 404),
        ("sibling_chief", 404),
        ("stranger", 404),
        ("nobody", 403),
    ],
)
def test_who_may_read_a_room(world, api, cast, what, who, expected):
    assert (
        api(getattr(cast, who)).get(f"/api/v1/room-sessions/{world.room.pk}/{what}/").status_code == expected
    )
