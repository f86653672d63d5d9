"""Passed on the phone, 未签到 in 签到统计 (C6): T+15 names duties, a late sign-in closes them, gaps are counted."""

import pytest

from tests.journeys.voices import HERE, emergencies, panorama, report, stats, statuses, text
from tests.verification.helpers import check, send


@pytest.fixture
def proctor(phone, cast):
    return phone(cast.proctor)


@pytest.fixture
def lagging(world, proctor):
    """Two candidates whom the phone has passed and the server does not know."""
    two = world.sittings["A1/301"][:2]
    assert report(proctor, "IDV-04", room=world.room, sittings=two).status_code == 201
    return two


def test_at_t15_who_is_named_and_still_unsigned_owes_evidence(proctor, page, cast, world, lagging, at):
    first, second = lagging
    at("T+10m")
    send(proctor, check(first, "T-10m"))
    at("T+899s"), at.fire()
    assert emergencies(proctor, world.room) == []
    at("T+15m"), at.fire()
    assert emergencies(proctor, world.room) == [second.candidate.name]
    assert second.candidate.name in text(page(cast.chief).get(f"/integrity/records/{world.room.pk}/"))


def test_a_sign_in_that_arrives_later_closes_it_with_trace(proctor, page, cast, world, lagging, at):
    at("T+15m"), at.fire()
    at("T+20m")
    assert send(proctor, check(lagging[0], "T-10m"))[0]["entry_status"] == "signed_in"
    assert emergencies(proctor, world.room) == [lagging[1].candidate.name]
    story = text(page(cast.chief).get(f"/sign-ins/sittings/{lagging[0].pk}/"))
    assert "列为应急考生" in story
    assert "应急材料不再需要" in story


def test_who_never_arrives_is_an_emergency_and_not_absent(proctor, page, cast, world, lagging, at):
    at("T+15m"), at.fire()
    at("T+30m"), at.fire()
    assert statuses(proctor, world.room) == ["not_signed_in"] * 2 + ["absent"] * 4
    at("T+32m")
    assert panorama(proctor, world.room, *lagging).status_code == 201
    assert "已提交 2" in text(page(cast.chief).get("/integrity/records/", HERE))


def test_gaps_say_how_many_are_missing_from_which_phone(proctor, page, cast, world):
    people = world.sittings["A1/301"]
    send(proctor, check(people[0], device_seq=1), check(people[1], device_seq=4), last_seq=5)
    missing = [{"device_id": "phone-1", "missing_seqs": [2, 3, 5]}]
    assert stats(proctor, world.room)["missing_from_phones"] == missing
    board = text(page(cast.chief).get(f"/sign-ins/sites/{world.site_unit.pk}/"))
    assert "已采集未到达" in board
    assert "1 台手机有签到未到达" in board
