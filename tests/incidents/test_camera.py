"""The evidence camera over HTTP: the page that a phone keeps, the call in a web session, the strip judged in what arrived."""

import hashlib
import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from exam_ops.core.models import OutboxMessage
from exam_ops.rules import strip as rules
from exam_ops.rules.strip import Found
from incidents.models import Evidence, EvidenceDuty
from incidents.services import duties, strip
from tests import pictures
from tests.conftest import moment

TAKEN = "2025-12-06T01:01:02.500Z"


@pytest.fixture
def owed(world, at):
    """The first candidate of room 301 owes a panorama."""
    duties.open_for(
        [world.sitting], cause="C3", room_session=world.room, incident=None, actor=None, now=at.now
    )
    return world.sitting


@pytest.fixture
def given(page, cast, world, at):
    """The code and key that the proctor's phone got with the page, at T−20."""
    html = page(cast.proctor).get(reverse("phone-camera", args=[world.room.pk])).content.decode()
    return strip.Given(*(re.search(f'data-{name}="([^"]+)"', html)[1] for name in ("code", "key")))


@pytest.fixture
def send(page, world, new_id):
    def call(user=None, *, browser=None, photo=None, **fields):
        body = {
            "id": new_id(),
            "room_session": world.room.pk,
            "reason": "已人工核对证件",
            "captured_at": TAKEN,
            "photo": pictures.upload(photo),
        }
        return (browser or page(user or world.cast.proctor)).post("/m/evidence/", body | fields)

    return call


def sealed(given: strip.Given, at: str = TAKEN) -> bytes:
    """A picture as the camera makes it: the comment behind the first segment."""
    plain = pictures.jpeg()
    seal = rules.seal(bytes.fromhex(given.key), at, hashlib.sha256(plain).hexdigest())
    text = f"{rules.MARK} {given.code} {at} {seal}".encode()
    after = 4 + int.from_bytes(plain[4:6], "big")
    return plain[:after] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + plain[after:]


def found(evidence: Evidence | None = None) -> Found:
    return strip.judge(evidence or Evidence.objects.get()).found


def test_the_page_may_be_kept_until_evidence_closes_and_never_by_a_proxy(page, cast, world, given):
    answer = page(cast.proctor).get(reverse("phone-camera", args=[world.room.pk]))
    assert answer["X-Kept-Until"] == moment("E").isoformat()
    assert answer["Cache-Control"] == "private, no-cache"
    assert given.code not in answer.content.decode()  # every page has its own


def test_what_the_camera_made_is_known_again(send, given, at):
    at("T+31m")
    assert send(photo=sealed(given), strip_code=given.code).status_code == 201
    assert found() is Found.VALID
    assert strip.judge(Evidence.objects.get()).taken_at == moment("T+1862s").replace(microsecond=500_000)


def test_a_picture_saved_anew_shows(send, given, at):
    at("T+31m")
    send(photo=pictures.jpeg(), strip_code=given.code)
    assert found() is Found.ALTERED


def test_a_picture_of_any_other_camera_has_no_code(send, at):
    at("T+31m")
    send()
    assert found() is Found.NONE


def test_a_picture_of_the_next_room_is_named(send, given, world, at):
    at("T+31m")
    next_door = world.rooms["A1/302"]
    answer = send(world.cast.chief, photo=sealed(given), strip_code=given.code, room_session=next_door.pk)
    assert answer.status_code == 201
    assert found() is Found.OTHER_ROOM


def test_a_code_outlives_the_secret_it_was_made_with(send, given, settings, at):
    at("T+31m")
    send(photo=sealed(given), strip_code=given.code)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new one"
    assert found() is Found.VALID


def test_hostile_segments_end_the_search(tmp_path):
    file = tmp_path / "torn"
    for content in (
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xfe\x00\x00abc",
        b"\xff\xd8\xff\xff\xff\xfe\x01",
        b"PNG",
    ):
        file.write_bytes(content)
        with file.open("rb") as stream:
            assert strip.look(stream) == (None, hashlib.sha256(content).hexdigest())


def test_the_call_meets_the_duty_and_tells_the_hash(send, owed, at):
    at("T+31m")
    answer = send(marks=json.dumps([{"sitting": owed.pk, "x": 0.5, "y": 0.5}]))
    assert answer.json()["sha256"] == hashlib.sha256(pictures.jpeg()).hexdigest()
    assert EvidenceDuty.objects.get().status == "met"


def test_the_same_again_after_a_lost_answer_is_one_picture(send, at, new_id):
    at("T+31m")
    id = new_id()
    first = send(id=id, sent_at=moment("T+31m").isoformat())
    at("T+33m")
    again = send(id=id, sent_at=moment("T+33m").isoformat())
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())


def test_a_slow_phone_clock_is_put_right_by_what_it_says_at_sending(send, at):
    at("T+39m")
    behind = moment("T+20m")  # the phone's reading as it sends
    assert send(captured_at=moment("T+19m").isoformat(), sent_at=behind.isoformat()).status_code == 201
    assert Evidence.objects.get().skew_ms == 19 * 60_000


def test_who_is_signed_out_is_told_so(send, page, at):
    at("T+31m")
    answer = send(browser=page())
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_another_site_cannot_send_in_somebodys_name(send, cast, at):
    at("T+31m")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.proctor, backend="django.contrib.auth.backends.ModelBackend")
    assert send(browser=browser).status_code == 403
    assert not Evidence.objects.exists()


def test_after_the_close_it_says_so_and_the_page_too(send, page, cast, world, at):
    at("E")
    assert send().json()["code"] == "evidence_closed"
    html = page(cast.proctor).get(reverse("phone-camera", args=[world.room.pk])).content.decode()
    assert "已于 10:00 截止，系统不再接收" in html


@pytest.mark.parametrize(
    ("closing", "words"),
    [
        ({"status": "dropped", "why_closed": "signed_in"}, "签到已到达系统"),
        ({"status": "missed", "why_closed": "evidence_closed"}, "逾期未交"),
        ({"status": "open", "again": "看不清最后一排"}, "看不清最后一排"),
    ],
)
def test_a_duty_says_what_became_of_it(page, cast, world, owed, closing, words):
    EvidenceDuty.objects.update(**closing)
    html = page(cast.proctor).get(reverse("phone-camera-live", args=[world.room.pk])).content.decode()
    assert words in html
    assert ("data-owes" in html) is (closing["status"] == "open")


def test_a_duty_met_outside_the_time_says_so(send, page, cast, world, owed, at):
    at("T+50m")
    send(
        marks=json.dumps([{"sitting": owed.pk, "x": None, "y": None}]), captured_at="", lateness_reason="断网"
    )
    html = page(cast.proctor).get(reverse("phone-camera-live", args=[world.room.pk])).content.decode()
    assert "已提交，拍摄时间待核" in html


def test_an_unchanged_room_answers_304_and_a_longer_evening_does_not(page, cast, world, owed):
    browser, url = page(cast.proctor), reverse("phone-camera-live", args=[world.room.pk])
    etag = {"HTTP_IF_NONE_MATCH": browser.get(url)["ETag"]}
    assert browser.get(url, **etag).status_code == 304
    world.site_unit.evidence_end = moment("E+30m")
    world.site_unit.save(update_fields=["evidence_end"])
    assert browser.get(url, **etag).status_code == 200


def test_the_engine_reminds_four_times_whoever_owes_and_nobody_else(world, owed, at):
    OutboxMessage.objects.all().delete()
    told = []
    for instant in ("T+30m", "T+45m", "E-15m", "E-5m"):
        at(instant), at.fire()
        told.append(OutboxMessage.objects.filter(kind="inbox", key__startswith="evidence:").count())
    assert told == [2, 4, 6, 8]  # the heads, and the room's proctors


def test_whose_duty_is_met_is_not_reminded(world, owed, at):
    at("T+30m"), at.fire()
    EvidenceDuty.objects.update(status="met")
    OutboxMessage.objects.all().delete()
    for instant in ("T+45m", "E-15m", "E-5m"):
        at(instant), at.fire()
    assert not OutboxMessage.objects.filter(key__startswith="evidence:").exists()
