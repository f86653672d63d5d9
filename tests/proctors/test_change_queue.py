"""The branch's queue: who goes and comes and what that does, by request, previewed, filtered (C8)."""

import uuid

import pytest

from exam_ops.core import outbox
from exam_ops.core.access import actor_for
from exam_ops.core.models import ProctorProfile, RosterRow
from incidents.models import Notification
from proctors.models import ProctorChange
from proctors.services import asking
from proctors.services.asking import Piece
from tests import world as worlds
from tests.journeys.voices import text

LIST = "/proctor-changes/"


@pytest.fixture
def batch(world, cast, at, spare):
    """One request of the site for two rooms."""
    at("T-40h")
    other = worlds.proctor("other", world.site)
    pieces = [
        Piece(uuid.uuid4(), world.room.pk, cast.proctor.pk, spare.pk),
        Piece(uuid.uuid4(), world.rooms["A1/302"].pk, None, other.pk),
    ]
    made = asking.ask(
        pieces,
        reason="两位教师生病",
        batch=uuid.uuid4(),
        actor=actor_for(cast.site_admin, now=at.now),
        clock=lambda: at.now,
    )
    return made


def send(browser, changes, outcome="approved", address=LIST, **more):
    body = {"ids": [str(c.pk) for c in changes], "outcome": outcome} | more
    return browser.post(address, body, follow=True)


def request_of(changes) -> str:
    return f"{LIST}requests/{changes[0].batch}/"


def statuses() -> list[str]:
    return sorted(ProctorChange.objects.values_list("status", flat=True))


def test_a_card_tells_certificate_load_and_other_rooms_of_the_day(world, cast, batch, spare, page):
    later = world.later_unit.site_units.get(site=world.site).room_sessions.get(room__room_no="301")
    RosterRow.objects.create(room_session=later, proctor=spare)
    told = text(page(cast.branch).get(LIST))
    assert "换下 proctor 已认证 本计划监考 1 场" in told
    assert "接替 spare 已认证 本计划监考 1 场" in told
    assert "当天另有 10:30 城东考点 301考场" in told
    assert "本考场已认证监考 1 → 2" in told  # somebody joins room 302


def test_what_an_approval_would_take_from_a_room_is_shown(cast, batch, spare, page):
    ProctorProfile.objects.filter(user=spare).update(status="refused")
    told = text(page(cast.branch).get(LIST))
    assert "本考场已认证监考 2 → 1" in told
    assert "批准后减少" in told
    assert "不能批准" in told


def test_the_pieces_of_one_request_stand_together_with_their_reason_once(cast, batch, page):
    told = text(page(cast.branch).get(LIST))
    assert "同一申请 2 项" in told
    assert told.count("原因 ：两位教师生病") + told.count("原因：两位教师生病") == 1


def test_many_are_previewed_before_anything_happens(cast, batch, page):
    answer = send(page(cast.branch), batch, many="1")
    assert "将批准 2 项变更" in text(answer)
    assert statuses() == ["pending", "pending"]


def test_the_preview_names_what_is_skipped_and_why(cast, batch, page, spare):
    ProctorProfile.objects.filter(user=spare).update(status="refused")
    answer = send(page(cast.branch), batch, many="1")
    assert "将批准 1 项变更，跳过 1 项" in text(answer)
    assert "spare 尚未通过实名认证" in text(answer)
    assert answer.content.decode().count('name="ids"') == 1


def test_confirmed_it_is_done(cast, batch, page):
    answer = send(page(cast.branch), batch, many="1", confirmed="1")
    assert "已批准 2 项变更。" in text(answer)
    assert statuses() == ["approved", "approved"]


def test_a_rejection_of_many_needs_its_reason_in_the_preview(cast, batch, page):
    browser = page(cast.branch)
    assert "将不批准 2 项变更" in text(send(browser, batch, "rejected", many="1"))
    answer = send(browser, batch, "rejected", many="1", confirmed="1")
    assert answer.status_code == 422
    assert "不批准须写明原因" in text(answer)
    assert statuses() == ["pending", "pending"]
    send(browser, batch, "rejected", many="1", confirmed="1", reason="请换人")
    assert statuses() == ["rejected", "rejected"]


def test_the_requests_own_page_decides_its_pieces_apart_and_shows_what_became_of_each(cast, batch, page):
    browser, address = page(cast.branch), request_of(batch)
    assert "site_admin 12-04 16:30 的变更申请 · 2 项" in text(browser.get(address))
    answer = send(browser, batch[:1], address=address)
    assert answer.request["PATH_INFO"] == address
    assert "已批准 branch" in text(answer)
    assert "待审批 1" in text(answer)
    assert statuses() == ["approved", "pending"]


def test_whoever_asked_follows_the_request_and_decides_nothing(cast, batch, page):
    answer = page(cast.site_admin).get(request_of(batch))
    assert "各项结果" in text(answer)
    assert ">批准</button>" not in answer.content.decode()
    assert page(cast.site_admin).post(request_of(batch), {}).status_code == 403
    assert page(cast.sibling_admin).get(request_of(batch)).status_code == 404


def test_the_message_about_one_request_opens_it(cast, at, batch):
    outbox.drain(now=at.now)
    assert Notification.objects.get(user=cast.branch).url == request_of(batch)


@pytest.mark.parametrize(
    ("when", "query", "shown"),
    [
        ("T-40h", {"site": "A1"}, True),
        ("T-40h", {"site": "A2"}, False),
        ("T-40h", {"unit": "U2"}, False),
        ("T-40h", {"urgency": "later"}, True),
        ("T-40h", {"urgency": "today"}, False),
        ("T-8h", {"urgency": "today"}, True),
        ("T-8h", {"urgency": "emergency"}, False),
    ],
)
def test_the_queue_is_filtered_and_says_what_it_leaves_out(cast, at, batch, page, when, query, shown):
    at(when)
    told = text(page(cast.branch).get(LIST, query))
    assert ("同一申请 2 项" in told) is shown
    assert ("筛选外还有 2 项待审批" in told) is not shown


def test_the_second_of_two_officers_is_told_who_and_when(cast, batch, page):
    send(page(cast.branch), batch, many="1", confirmed="1")
    answer = send(page(cast.branch_duty), batch, "rejected", many="1")
    assert "将不批准 0 项变更，跳过 2 项" in text(answer)
    assert "该变更已由 branch 于 12-04 16:30 处理：批准" in text(answer)


@pytest.mark.parametrize(
    ("when", "status"),
    [
        ("T-172801s", "applied"),
        ("T-48h", "applied"),
        ("T-172799s", "pending"),
        ("T-7201s", "pending"),
        ("T-2h", None),
        ("T-7199s", None),
    ],
)
def test_the_page_goes_by_the_same_seconds_as_the_api(world, cast, at, page, spare, when, status):
    at(when)
    body = {"id": str(uuid.uuid4()), "room": world.rooms["A1/302"].pk, "outgoing": "0",
            "incoming": spare.pk, "reason": "首次编排"}  # fmt: skip
    answer = page(cast.site_admin).post("/proctor-changes/new/", body)
    assert list(ProctorChange.objects.values_list("status", flat=True)) == ([status] if status else [])
    assert answer.status_code == (302 if status else 409)
