"""Deciding on the web: one, many, late, second, own; with htmx and without."""

import json
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from exam_ops.core.models import Delegation, Membership
from tests.verification.helpers import status_of
from tests.verification.scenes import ask, fresh, sign_in
from verification.models import EntryRequest
from verification.services import entry_requests

URL = reverse("entry-requests-decide")
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def request_of_one(world, cast, at) -> EntryRequest:
    return ask(world.sitting, cast.proctor, now=at.now)


@pytest.fixture
def three(world, cast, at) -> list[EntryRequest]:
    return [ask(sitting, cast.proctor, now=at.now) for sitting in world.sittings["A1/301"][:3]]


def post(browser, *requests: EntryRequest, outcome: str = "approved", htmx: bool = True, **more):
    body = {"ids": [str(r.pk) for r in requests], "outcome": outcome, **more}
    return browser.post(URL, body, **(HTMX if htmx else {}))


def toast(answer) -> dict[str, str]:
    return json.loads(answer["HX-Trigger"])["toast"]


def test_one_touch_approves(world, cast, page, request_of_one):
    answer = post(page(cast.chief), request_of_one)
    assert (answer.status_code, toast(answer)["text"]) == (204, "已同意 考生101 入场")
    assert "entry:decided" in answer["HX-Trigger"]
    assert status_of(world.sitting) == "approved"


def test_the_address_of_a_card_decides_without_scripts(world, cast, page, request_of_one):
    board = reverse("sign-in-board", args=[world.site_unit.pk])
    html = page(cast.chief).get(board).content.decode()
    start = html.index(f'action="{URL}?ids={request_of_one.pk}') + len('action="')
    address = html[start : html.index('"', start)].replace("&amp;", "&")
    answer = page(cast.chief).post(address)
    assert answer.status_code == 302
    assert answer["Location"] == board
    assert status_of(world.sitting) == "approved"


def test_a_refusal_says_why(world, cast, page, request_of_one):
    browser = page(cast.chief)
    answer = post(browser, request_of_one, outcome="rejected")
    assert answer.status_code == 422
    assert "请填写不同意的原因" in answer.content.decode()
    assert status_of(world.sitting) == "pending"
    assert post(browser, request_of_one, outcome="rejected", reason="证件与本人不符").status_code == 204
    request_of_one.refresh_from_db()
    assert (request_of_one.status, request_of_one.decision_note) == ("rejected", "证件与本人不符")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"outcome": "approved"}, "请先选择"),
        ({"ids": ["x"], "outcome": "approved"}, "编号有误"),
        ({"ids": [uuid.uuid4()]}, "请选择同意"),
    ],
)
def test_nonsense_is_told_and_changes_nothing(cast, page, body, words):
    answer = page(cast.chief).post(URL, body, **HTMX)
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_many_are_shown_first_and_decided_after(world, cast, page, at, three):
    sign_in(world.sittings["A1/301"][2], cast.proctor, now=at.now)
    entry_requests.withdraw([fresh(world.sittings["A1/301"][2])], actor=cast.proctor, now=at.now)
    browser = page(cast.chief)
    preview = post(browser, *three, many=1).content.decode()
    assert "将批准 2 名，跳过 1 名：已签到 1" in preview
    assert status_of(world.sitting) == "pending"
    answer = post(browser, *three, many=1, confirmed=1)
    assert toast(answer) == {"level": "warning", "text": "已批准 2 名，跳过 1 名：已签到 1"}
    assert [status_of(s) for s in world.sittings["A1/301"][:3]] == ["approved", "approved", "signed_in"]


def test_many_without_scripts(world, cast, page, three):
    browser = page(cast.chief)
    preview = post(browser, *three, outcome="rejected", htmx=False, many=1, next="/sign-ins/sites/1/")
    assert "将不同意 3 名入场" in preview.content.decode()
    answer = post(
        browser,
        *three,
        outcome="rejected",
        htmx=False,
        many=1,
        confirmed=1,
        reason="x",
        next="/sign-ins/sites/1/",
    )
    assert answer["Location"] == "/sign-ins/sites/1/"
    assert status_of(world.sitting) == "rejected"


def test_the_way_back_stays_in_the_house(cast, page, request_of_one):
    answer = post(page(cast.chief), request_of_one, htmx=False, next="https://example.org/")
    assert answer["Location"] == reverse("sign-in-plans")


def test_the_second_to_decide_is_told_who_and_when(world, cast, page, at, request_of_one):
    other = page(Membership.objects.create(user=cast.hq2, role="chief", site=world.site).user)
    post(page(cast.chief), request_of_one)
    at("T-19m")
    answer = post(other, request_of_one, outcome="rejected", reason="x")
    said = answer.content.decode()
    assert answer.status_code == 409
    assert "chief" in said
    assert "08:10" in said
    assert "entry:decided" in answer["HX-Trigger"]
    assert status_of(world.sitting) == "approved"


def test_the_same_again_is_no_trouble(cast, page, request_of_one):
    browser = page(cast.chief)
    post(browser, request_of_one)
    assert post(browser, request_of_one).status_code == 204


def test_too_late_is_too_late(world, cast, page, at, request_of_one):
    at("T+30m")
    answer = post(page(cast.chief), request_of_one)
    assert (answer.status_code, "申请已失效" in answer.content.decode()) == (409, True)
    assert status_of(world.sitting) == "pending"


def test_nobody_decides_their_own(world, cast, page, at, request_of_one):
    span = {"valid_from": at.now - timedelta(hours=1), "valid_until": at.now + timedelta(hours=1)}
    Delegation.objects.create(
        site=world.site, deputy=cast.proctor, granted_by=cast.chief, granted_at=at.now, reason="x", **span
    )
    answer = post(page(cast.proctor), request_of_one)
    assert (answer.status_code, "不能审批自己提交的申请" in answer.content.decode()) == (403, True)
    assert status_of(world.sitting) == "pending"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("site_admin", 403),
        ("branch", 403),
        ("hq", 403),
        ("proctor", 403),
        ("nobody", 403),
        ("sibling_chief", 404),
        ("stranger", 404),
    ],
)
def test_others_decide_nothing(world, cast, page, request_of_one, who, status):
    assert post(page(getattr(cast, who)), request_of_one).status_code == status
    assert status_of(world.sitting) == "pending"


@pytest.mark.parametrize("confirmed", ["", "1"])
def test_what_is_out_of_sight_is_in_no_bulk(world, cast, page, request_of_one, confirmed):
    answer = post(page(cast.stranger), request_of_one, many=1, confirmed=confirmed)
    assert world.sitting.candidate.name not in answer.content.decode()
    assert status_of(world.sitting) == "pending"


def test_a_visit_by_address_leads_to_the_plans(cast, page):
    assert page(cast.chief).get(URL)["Location"] == reverse("sign-in-plans")
