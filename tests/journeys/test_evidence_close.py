"""应急材料 to the second, by API and page, with no worker at all (C14, C15)."""

import pytest

from tests import pictures
from tests.journeys.voices import HERE, code, mark_on_the_page, panorama, text
from tests.verification.helpers import ask, decide

CLOSE = [("E-1s", True), ("E", False), ("E+1s", False)]


@pytest.fixture
def owed(phone, cast, world):
    """A candidate whom the chief let in."""
    decide(phone(cast.chief), ask(phone(cast.proctor), world.sitting).json()["id"])
    return world.sitting


def records(browser) -> str:
    return text(browser.get("/integrity/records/", HERE))


@pytest.mark.parametrize(("moment", "taken"), CLOSE)
def test_by_the_api(phone, page, cast, world, owed, at, moment, taken):
    at(moment)
    answer = panorama(phone(cast.proctor), world.room, owed)
    assert code(answer) == ((201, "") if taken else (403, "evidence_closed"))
    assert ("已提交 1" in records(page(cast.chief))) is taken
    if not taken:
        assert answer.json()["closed_at"] == "2025-12-06T02:00:00+00:00"


@pytest.mark.parametrize(("moment", "taken"), CLOSE)
@pytest.mark.parametrize("who", ["proctor", "chief", "site_admin"])
def test_by_the_page_whoever_asks(page, cast, world, owed, at, moment, taken, who):
    at(moment)
    answer = mark_on_the_page(page(getattr(cast, who)), world.room, owed)
    assert answer.status_code == (302 if taken else 403)
    if not taken:
        assert "请经分部报总部决定" in text(answer)
    assert ("已提交 1" in records(page(cast.chief))) is taken


@pytest.mark.parametrize(("moment", "expected"), [("T+1199s", (422, "too_early")), ("T+20m", (201, ""))])
def test_too_early_goes_by_the_servers_clock(phone, cast, world, owed, at, moment, expected):
    at(moment)
    told = panorama(phone(cast.proctor), world.room, owed, at="T+20m", lateness_reason="提前拍摄")
    assert code(told) == expected


@pytest.mark.parametrize(
    ("claimed", "asked"), [("T+1499s", True), ("T+25m", False), ("T+2399s", False), ("T+40m", True)]
)
def test_a_claim_outside_25_to_40_needs_a_reason_and_is_then_taken(
    phone, cast, world, owed, at, claimed, asked
):
    at("T+60m")
    proctor = phone(cast.proctor)
    first = panorama(proctor, world.room, owed, at=claimed)
    assert code(first) == ((422, "lateness_reason_required") if asked else (201, ""))
    told = panorama(proctor, world.room, owed, at=claimed, lateness_reason="手机没电")
    assert (told.status_code, told.json()["on_time"]) == (201, not asked)


def test_a_retry_after_the_end_is_the_first_answer(phone, cast, world, owed, at, new_id):
    at("E-1s")
    id = new_id()
    first = panorama(phone(cast.proctor), world.room, owed, id=id)
    at("E+5m")
    again = panorama(phone(cast.proctor), world.room, owed, id=id)
    assert (again.status_code, again.json()) == (200, first.json())


def test_what_is_owed_at_the_end_is_missed_and_seen(page, cast, owed, at):
    at("E"), at.fire()
    assert "逾期未交 1" in records(page(cast.chief))
    assert "逾期未交" in text(page(cast.branch).get("/integrity/records/", {"plan": "P1", "unit": "U1"}))


def test_a_picture_without_a_duty_is_taken_and_labelled(phone, page, cast, world, at):
    at("T+31m")
    assert panorama(phone(cast.proctor), world.room).json()["owed"] is False
    assert "不在应急清单" in text(page(cast.chief).get(f"/integrity/records/{world.room.pk}/"))


def test_nothing_of_a_refused_picture_is_kept(phone, cast, world, owed, at, settings):
    at("E")
    panorama(phone(cast.proctor), world.room, owed, photo=pictures.upload(pictures.jpeg(colour="red")))
    assert not [path for path in settings.FILES_DIR.rglob("*") if path.is_file()]
