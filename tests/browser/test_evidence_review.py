"""应急材料审核 by keyboard: a room after the other without the mouse, then the branch's queue; and by thumb at 390 px (C14)."""

import pytest
from playwright.sync_api import expect

from exam_ops.core import clock
from exam_ops.sim import camera
from incidents.models import EvidenceDuty, EvidenceReview
from tests.conftest import moment
from tests.incidents.evidence_scenes import owe, send

PAGE = "/integrity/evidence/review/"


@pytest.fixture
def sent(morning, jump):
    """Both rooms of the site owe; room 301 has two pictures, 302 has one."""
    first, second, *_ = morning.sittings["A1/301"]
    third = morning.sittings["A1/302"][0]
    owe([first, second], now=clock.now()), owe([third], now=clock.now(), cause="C7")
    jump("T+31m")
    for session in morning.rooms.values():
        session.site_unit.unit.plan.refresh_from_db()
    photo = camera.panorama(seats=12, taken_at=moment("T+31m"), lines=["示例市示例路 18 号", "301考场"])
    cast, room, next_room = morning.cast, morning.room, morning.rooms["A1/302"]
    return [
        send(room, cast.proctor, now=clock.now(), names=[first], photo=photo),
        send(room, cast.second, now=clock.now(), names=[first, second], colour="teal"),
        send(next_room, cast.next_room, now=clock.now(), names=[third], colour="olive"),
    ]


def test_three_pictures_without_the_mouse_and_the_branch_after_them(sent, visit, morning, shot, accessible):
    page = visit(morning.cast.chief)
    page.goto("/integrity/evidence/reviews/")
    shot(page, "evidence-reviews-1440")
    page.get_by_role("link", name="开始审核").press("Enter")
    name = page.locator("#review-name")
    expect(name).to_have_text("301考场 · 第 1 版")
    expect(page.locator(".review-picture .ring")).to_have_count(1)
    accessible(page)
    shot(page, "evidence-review-1440")

    page.keyboard.press("2")  # asks for words first
    expect(page.locator("#review-note")).to_be_focused()
    page.keyboard.type("第二名考生被遮挡")
    page.keyboard.press("Enter")
    expect(name).to_have_text("301考场 · 第 2 版")
    page.keyboard.press("u")  # a slip: back to it
    expect(name).to_have_text("301考场 · 第 1 版")
    page.keyboard.press("1")
    expect(name).to_have_text("301考场 · 第 2 版")
    page.keyboard.press("3")
    page.keyboard.type("与另一考场照片相似")
    page.keyboard.press("Enter")
    expect(name).to_have_text("302考场 · 第 1 版")
    page.keyboard.press("ArrowLeft")
    expect(name).to_have_text("301考场 · 第 2 版")
    page.keyboard.press("j")
    expect(name).to_have_text("302考场 · 第 1 版")
    page.keyboard.press("1")
    expect(page.get_by_text("已全部审核")).to_be_visible()
    said = EvidenceReview.objects.filter(is_current=True).order_by("pk").values_list("verdict", flat=True)
    assert list(said) == ["accepted", "doubtful", "accepted"]

    branch = visit(morning.cast.branch)
    branch.goto(PAGE)
    expect(branch.locator("#review-name")).to_have_text("301考场 · 第 2 版")  # what the chief doubts
    shot(branch, "evidence-review-branch-1440")
    branch.keyboard.press("1")  # to overrule asks for words
    expect(branch.locator("#review-note")).to_be_focused()
    branch.goto("/integrity/evidence/duties/")
    accessible(branch)
    shot(branch, "evidence-duties-1440")


def test_by_thumb(sent, visit, morning, shot, accessible):
    page = visit(morning.cast.chief, phone=True)
    page.goto(PAGE)
    accessible(page)
    shot(page, "evidence-review-390")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    accept = page.get_by_role("button", name="认可")
    box = accept.bounding_box()
    assert box["height"] >= 44
    assert box["y"] + box["height"] <= 844  # the verdict stays under the thumb
    accept.tap()
    expect(page.locator("#review-name")).to_have_text("301考场 · 第 2 版")
    page.goto("/integrity/evidence/duties/")
    shot(page, "evidence-duties-390")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert EvidenceDuty.objects.filter(status="met").count() == 3
