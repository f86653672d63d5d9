"""Pictures by short-lived links: for one person, one session, five minutes; and who looked is written down (E9)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from exam_ops.core import files, links, photo_views
from exam_ops.core.models import Candidate, Event
from exam_ops.core.photo_views import Look
from tests.journeys.voices import panorama
from tests.pictures import jpeg


@pytest.fixture
def address(world) -> str:
    """Where a page asks for the first candidate's reference photo."""
    Candidate.objects.filter(pk=world.sitting.candidate_id).update(photo=files.save(jpeg()))
    return reverse("file-photo", args=["reference", world.sitting.pk])


def led(browser, address: str) -> str:
    answer = browser.get(address)
    assert (answer.status_code, answer["Cache-Control"]) == (302, "private, no-store")
    return answer["Location"]


def test_it_shows_the_picture_and_nothing_of_where_it_stands(page, cast, address):
    browser = page(cast.chief)
    link = led(browser, address)
    answer = browser.get(link)
    assert b"".join(answer.streaming_content) == jpeg()
    assert {name: answer[name] for name in links.GUARDED} == dict(links.GUARDED)
    assert str(files.path("0" * 64).parent.parent.parent) not in link


@pytest.mark.parametrize(("later", "status"), [(299, 200), (300, 410), (301, 410)])
def test_it_lives_for_five_minutes(page, cast, address, at, later, status):
    browser = page(cast.chief)
    link = led(browser, address)
    at.now += timedelta(seconds=later)
    assert browser.get(link).status_code == status
    assert browser.get(address, follow=True).status_code == 200  # the page's own address leads to a new one


def test_it_is_for_one_person_in_one_session(page, api, cast, address):
    link = led(page(cast.chief), address)
    assert page(cast.hq).get(link).status_code == 404
    assert page(cast.chief).get(link).status_code == 404  # signed in elsewhere
    assert page().get(link).status_code == 302
    assert api(cast.chief).get(link.replace("/files/", "/api/v1/files/")).status_code == 404


def test_a_link_of_ones_own_making_leads_nowhere(page, cast, address):
    browser = page(cast.chief)
    link = led(browser, address)
    body, _, signature = link.rstrip("/").rpartition(":")
    for forged in (
        f"{body[:-1]}x:{signature}/",
        f"{body}:{'x' * len(signature)}/",
        "/files/x/",
        "/files/e30:x/",
    ):
        assert browser.get(forged).status_code == 404


def test_over_the_api_it_is_for_the_token_that_asked(api, world, cast, at, new_id):
    at("T+31m")
    sent = panorama(api(cast.proctor), world.room, world.sitting)
    office, other = api(cast.hq, phone=False), api(cast.hq, phone=False)
    answer = office.get(
        f"/api/v1/evidence/{sent.json()['id']}/photo/?size=download", headers={"Accept": "image/*"}
    )
    assert answer.status_code == 302
    got = office.get(answer["Location"])
    assert (got.status_code, got["Content-Disposition"].split(";")[0]) == (200, "attachment")
    assert other.get(answer["Location"]).status_code == 404
    assert Event.objects.get(kind="photo.downloaded").subject == f"evidence {sent.json()['id']}"


@pytest.fixture
def look(world, cast, at):
    def at_copy(of: str, who=None, room=None, **changed) -> None:
        room = room or world.room
        seen = Look(of, "0" * 64, changed.get("is_original", False), False, room, room.site_unit)
        photo_views.record(seen, user=who or cast.chief, now=at.now)

    return at_copy


def rows() -> list[Event]:
    return list(Event.objects.filter(kind="photo.viewed").order_by("pk"))


def test_a_board_of_thirty_thumbnails_is_one_row(look, world):
    for n in [*range(30), *range(30)]:
        look(f"sitting {n}")
    [row] = rows()
    assert row.data["copies"] == [f"sitting {n}" for n in range(30)]
    assert row.room_session == world.room


def test_each_original_person_room_and_five_minutes_have_a_row_of_their_own(look, world, cast, at):
    look("sitting 1"), look("sitting 1", who=cast.hq), look("sitting 1", room=world.rooms["A1/302"])
    look("sitting 1", is_original=True), look("sitting 1", is_original=True)
    at.now += photo_views.TOGETHER - timedelta(seconds=1)
    look("sitting 2")
    assert len(rows()) == 5
    at.now += timedelta(seconds=1)
    look("sitting 3")
    assert len(rows()) == 6
    seen = photo_views.of("sitting 1", world.room)
    assert [(line.who, line.is_original) for line in seen] == [
        (cast.chief, True), (cast.chief, True), (cast.hq, False), (cast.chief, False),
    ]  # fmt: skip


def test_headquarters_see_who_looked(page, api, world, cast, at):
    at("T+31m")
    id = panorama(api(cast.proctor), world.room, world.sitting).json()["id"]
    for who, query in ((cast.proctor, ""), (cast.chief, "?size=display"), (cast.branch, "?size=download")):
        assert page(who).get(f"/integrity/evidence/{id}/photo/{query}", follow=True).status_code == 200
    told = page(cast.hq).get(f"/integrity/evidence/{id}/views/").content.decode()
    for words in (cast.proctor.name, "查看原图", cast.chief.name, "查看缩略图", cast.branch.name, "下载原图"):
        assert words in told
    assert page(cast.chief).get(f"/integrity/evidence/{id}/views/").status_code == 403
    log = page(cast.hq).get("/system/events/?kind=photo").content.decode()
    assert "查看照片" in log
