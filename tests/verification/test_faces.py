"""What a face matcher says: a hint beside the pair, from the phone or an outside service, never a decision."""

import base64
import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from exam_ops.core import files
from exam_ops.core.models import Candidate
from exam_ops.sim import camera
from incidents.channels import guard, wire
from tests.verification.helpers import check, send
from verification.faces.chosen import matcher
from verification.faces.matcher import NoOpinion, Opinion, Outcome, Pair
from verification.faces.phone import PhoneResult
from verification.faces.service import OutsideService
from verification.models import PhotoCheck
from verification.services import photo_worker

PAIR = Pair(photo=b"one", reference=b"two")


@pytest.fixture
def service(settings, monkeypatch):
    """An outside service that answers what the test says; the requests that it got."""
    settings.FACE_MATCHER = "service"
    settings.FACE_MATCHING_URL, settings.FACE_MATCHING_TOKEN = "https://faces.example.edu/compare", "t0ken"
    got: list[tuple] = []

    def answering(content: object, status: int = 200):
        body = content if isinstance(content, bytes) else json.dumps(content, default=str).encode()

        def post(url, body_, headers, *, hosts):
            got.append((url, json.loads(body_), headers, hosts))
            if isinstance(content, Exception):
                raise content
            return wire.Answer(status, body)

        monkeypatch.setattr(wire, "post", post)
        return got

    return answering


def test_by_default_it_is_the_phones_own_result():
    assert isinstance(matcher(), PhoneResult)
    opinion = matcher().compare(Pair(phone_passed=True, phone_score=0.93))
    assert (opinion.outcome, opinion.score) == (Outcome.SAME, 0.93)
    assert matcher().compare(Pair(phone_passed=False)).outcome == Outcome.DIFFERS
    with pytest.raises(NoOpinion):
        matcher().compare(PAIR)


def test_a_matcher_that_is_none_is_named(settings):
    settings.FACE_MATCHER = "guess"
    with pytest.raises(ImproperlyConfigured, match="phone, service"):
        matcher()


def test_an_outside_service_gets_two_pictures_and_no_name(service):
    got = service({"outcome": "unsure", "score": 0.5, "words": "光线不足"})
    assert OutsideService().compare(PAIR) == Opinion(Outcome.UNSURE, 0.5, "光线不足")
    [(url, body, headers, hosts)] = got
    assert url == "https://faces.example.edu/compare"
    assert body == {
        name: base64.b64encode(data).decode() for name, data in (("photo", b"one"), ("reference", b"two"))
    }
    assert headers["Authorization"] == "Bearer t0ken"
    assert hosts == ("faces.example.edu",)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"outcome": "same"}, 302),
        ({"outcome": "same"}, 500),
        ({"outcome": "yes", "score": 1}, 200),
        ({"outcome": "same", "score": 7}, 200),
        ({"outcome": "same", "score": float("nan")}, 200),
        ({"outcome": "same", "words": ["x"]}, 200),
        (["same"], 200),
        (b"\xff<html>", 200),
        (wire.NotReached("no answer within 10 s"), 200),
    ],
)
def test_what_it_says_otherwise_is_no_opinion(service, content, status):
    service(content, status)
    with pytest.raises(NoOpinion):
        OutsideService().compare(PAIR)


@pytest.mark.parametrize(
    "url", ["http://faces.example.edu/", "https://127.0.0.1/", "https://10.0.0.8/", "", "file:///etc/x"]
)
def test_only_a_public_https_address_is_called(settings, monkeypatch, url):
    settings.FACE_MATCHING_URL = url
    monkeypatch.setattr(guard, "look_up", lambda host, port: [host])
    with pytest.raises(NoOpinion):
        OutsideService().compare(PAIR)


def signed_in(world, api, cast, at) -> None:
    Candidate.objects.filter(pk=world.sitting.candidate_id).update(photo=files.save(camera.face(2)))
    phone = api(cast.proctor)
    [row] = send(phone, check(world.sitting))
    phone.put(f"/api/v1/sign-ins/{row['id']}/photo/", camera.face(1), content_type="image/jpeg")
    photo_worker.run(lambda: at.now)


def pair_page(page, world, user) -> str:
    return page(user).get(reverse("post-exam-pair", args=[world.site_unit.pk])).content.decode()


def test_the_phones_result_stands_beside_the_pair(world, api, cast, at, page):
    signed_in(world, api, cast, at)
    at("E")
    html = pair_page(page, world, cast.chief)
    assert "手机识别通过" in html
    assert "0.93" in html
    assert "机器结果仅供参考" in html


def test_an_outside_opinion_is_asked_for_once_and_decides_nothing(world, api, cast, at, page, service):
    got = service({"outcome": "differs", "score": 0.11, "words": "五官差异明显"})
    signed_in(world, api, cast, at)
    assert len(got) == 1
    assert set(got[0][1]) == {"photo", "reference"}
    PhotoCheck.objects.get().picture.__class__.objects.update(due_at=at.now)
    photo_worker.run(lambda: at.now)
    assert len(got) == 1
    world.sitting.refresh_from_db()
    assert world.sitting.entry_status == "signed_in"
    at("E")
    html = pair_page(page, world, cast.chief)
    assert "五官差异明显" in html
    assert "手机识别通过" not in html


def test_a_silent_service_leaves_the_pair_to_people(world, api, cast, at, page, service):
    service(wire.NotReached("no answer within 10 s"))
    signed_in(world, api, cast, at)
    assert PhotoCheck.objects.get().looked_at == at.now
    at("E")
    assert "没有机器比对结果，由您判断" in pair_page(page, world, cast.chief)
