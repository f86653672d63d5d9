"""The chief's queue on a phone over HTTP: what stands on a card, what a decision is, who was faster."""

import json

import pytest
from django.urls import reverse

from exam_ops.core.models import Delegation
from exam_ops.rules.id_numbers import mask
from tests.conftest import moment
from tests.verification.helpers import problem, status_of
from tests.verification.scenes import ask
from verification.models import EntryRequest

POLL = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def request_of_one(world, cast, at) -> EntryRequest:
    return ask(world.sitting, cast.proctor, now=at.now)


def send(browser, url: str, body: dict):
    return browser.post(url, json.dumps(body), content_type="application/json")


def shown(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_oldest_stands_first_with_all_that_a_decision_needs(world, cast, page, at):
    at("T-18m")
    ask(world.sittings["A1/302"][0], cast.next_room, now=at.now, note="身份证已核对")
    at("T-15m")
    ask(world.sitting, cast.proctor, now=at.now)
    html = shown(page(cast.chief).get("/m/chief/"))
    assert html.index("考生201") < html.index("考生101")
    for words in (
        "302考场 · 01号",
        "身份证已核对",
        "证件已核对",
        "T201",
        mask(world.sittings["A1/302"][0].candidate.id_no),
        "09:00 截止入场",
    ):
        assert words in html, words


def test_declining_the_face_check_looks_like_no_failure(world, cast, page, at):
    ask(world.sitting, cast.proctor, now=at.now, reason="face_declined")
    html = shown(page(cast.chief).get("/m/chief/"))
    assert "本人不使用人脸识别" in html
    assert "选择人工核验，不是核验未通过" in html
    assert "次未通过" not in html


def test_a_decision_is_in_force_when_the_server_has_it(cast, page, world, request_of_one):
    url = reverse("phone-request-decision", args=[request_of_one.pk])
    first = send(page(cast.chief), url, {"outcome": "approved", "sent_at": moment("T-20m").isoformat()})
    assert (first.status_code, first.json()["decided_by"]) == (201, "chief")
    assert send(page(cast.chief), url, {"outcome": "approved"}).status_code == 200
    assert status_of(world.sitting) == "approved"


def test_a_rejection_says_why(cast, page, request_of_one):
    url = reverse("phone-request-decision", args=[request_of_one.pk])
    assert problem(send(page(cast.chief), url, {"outcome": "rejected", "note": " "})) == (422, "invalid")
    assert send(page(cast.chief), url, {"outcome": "rejected", "note": "证件与本人不符"}).status_code == 201


def test_the_card_on_the_screen_says_who_was_faster(world, cast, page, at, request_of_one):
    Delegation.objects.create(
        site=world.site,
        deputy=cast.site_admin,
        granted_by=cast.chief,
        granted_at=moment("T-1d"),
        valid_from=moment("T-1d"),
        valid_until=moment("E"),
    )
    url = reverse("phone-request-decision", args=[request_of_one.pk])
    send(page(cast.site_admin), url, {"outcome": "approved"})
    html = shown(page(cast.chief).get("/m/chief/live/", {"card": str(request_of_one.pk)}, **POLL))
    assert "data-settled" in html
    assert "site_admin" in html
    late = send(page(cast.chief), url, {"outcome": "rejected", "note": "x"})
    assert problem(late) == (409, "already_decided")


def test_without_a_delegation_there_is_no_queue(cast, page, request_of_one):
    assert page(cast.site_admin).get("/m/chief/").status_code == 403
