"""Who of the 未签到 is here (C6), told from end to end: the site declares the lag, two rooms answer, one by a phone."""

import uuid

import pytest

from tests.journeys.voices import HERE, emergencies, panorama, report, statuses, text
from tests.verification.helpers import check, send


@pytest.fixture
def declared(world, api, cast, at):
    """The site declares that what its phones have passed does not arrive."""
    at("T+5m")
    place = {"site": world.site.code, "unit": world.unit.code}
    assert report(api(cast.site_admin), "IDV-04", **place).status_code == 201
    return world


def say(caller, room, **answers):
    """A phone's answers: seat → answer."""
    items = [{"sitting": int(pk[1:]), "answer": answer} for pk, answer in answers.items()]
    return caller.post(
        f"/api/v1/room-sessions/{room.pk}/presence/", {"id": str(uuid.uuid4()), "items": items}
    )


def test_from_the_declaration_to_the_evidence(declared, phone, page, cast, at):
    world, proctor = declared, phone(cast.proctor)
    here, client, later, *away = world.sittings["A1/301"]
    at("T+16m"), at.fire()
    told = say(proctor, world.room, **{f"s{here.pk}": "present", f"s{later.pk}": "present"})
    assert told.status_code == 201
    assert emergencies(proctor, world.room) == [here.candidate.name, later.candidate.name]
    board = page(cast.chief)
    assert "10 名待确认" in text(board.get(f"/sign-ins/sites/{world.site_unit.pk}/presence/"))
    sent = {f"answer-{client.pk}": "present", "rest": "not_here"}
    board.post(f"/sign-ins/rooms/{world.room.pk}/presence/", sent)
    at("T+20m")
    assert send(proctor, check(later, "T-10m"))[0]["entry_status"] == "signed_in"
    at("T+30m"), at.fire()
    assert statuses(proctor, world.room) == ["not_signed_in"] * 2 + ["signed_in"] + ["absent"] * 3
    assert emergencies(proctor, world.room) == [here.candidate.name, client.candidate.name]
    at("T+32m")
    assert panorama(proctor, world.room, here, client).status_code == 201
    assert "已提交 2" in text(board.get("/integrity/records/", HERE))
    story = text(board.get(f"/sign-ins/sittings/{later.pk}/"))
    assert "监考确认在场" in story and "应急材料不再需要" in story  # noqa: PT018
    assert "监考确认不在场" in text(board.get(f"/sign-ins/sittings/{away[0].pk}/"))
