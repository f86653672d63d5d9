"""A proctor with a phone of 390 px: an incident, the panorama with its marks, a refusal that keeps what was typed."""

import pytest
from playwright.sync_api import Page, expect

from incidents.models import EvidenceDuty, EvidenceMark
from tests import pictures
from tests.verification.helpers import ask, decide


@pytest.fixture
def owed(morning, api):
    """The first candidate of room 301, let in by the chief: a panorama is owed."""
    decide(api(morning.cast.chief), ask(api(morning.cast.proctor), morning.sitting).json()["id"])
    return morning.sitting


def photograph(page: Page) -> None:
    page.set_input_files(
        "input[name=photo]",
        {"name": "room.jpg", "mimeType": "image/jpeg", "buffer": pictures.jpeg((800, 600))},
    )
    expect(page.locator("[data-preview]")).to_be_visible()


def mark(page: Page, name: str) -> None:
    """Taps the middle of the picture and says who sits there."""
    page.locator("[data-preview]").tap()
    page.locator("[data-mark-pick]").get_by_role("button", name=name).tap()
    expect(page.locator("[data-rings] .ring")).to_have_count(1)


def narrow(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_incident_of_the_own_room(visit, morning):
    page = visit(morning.cast.proctor, phone=True)
    page.goto("/incidents/new/")
    page.get_by_label("查找事件类型").fill("IDV-05")
    page.locator("input[value=IDV-05]").check()
    expect(page.locator("#card")).to_contain_text("第一时间联系技术支持")
    page.get_by_label("情况说明").fill("两台手机都没有反馈")
    assert narrow(page)
    page.get_by_role("button", name="上报", exact=True).tap()
    page.wait_for_url("**/incidents/*/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("无反馈")
    assert narrow(page)


def test_the_panorama_marked_by_tap_and_keyboard(visit, morning, owed, jump, shot):
    jump("T+31m")
    page = visit(morning.cast.proctor, phone=True)
    page.goto("/integrity/records/?plan=P1&unit=U1")
    page.get_by_role("link", name="标记 301考场").tap()
    expect(page.locator("[data-unmarked]")).to_contain_text("还有 1 名应急考生未在照片上标记：考生101")
    photograph(page)
    mark(page, "考生101")
    expect(page.locator("[data-unmarked]")).to_have_text("应急考生已全部标记")
    page.get_by_role("button", name="考生101 01号", exact=True).press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.get_by_label("情况说明").fill("已人工核对证件")
    shot(page, "phone-marked")
    assert narrow(page)
    page.get_by_role("button", name="提交应急材料").tap()
    expect(page.locator(".sent")).to_have_count(1)
    expect(page.locator("#evidence-live")).to_contain_text("按时拍摄")
    assert EvidenceDuty.objects.get(sitting=owed).status == "met"
    row = EvidenceMark.objects.get()
    assert (round(row.x, 2), round(row.y, 2)) == (0.51, 0.55)  # tapped in the middle, moved by arrow keys


def test_refused_after_the_end_with_what_was_typed_kept(visit, morning, owed, jump, shot):
    jump("T+85m")
    page = visit(morning.cast.proctor, phone=True)
    page.goto(f"/integrity/records/{morning.room.pk}/")
    photograph(page)
    mark(page, "考生101")
    page.get_by_label("情况说明").fill("长说明原样保留")
    page.get_by_label("拍摄时间说明").fill("网络刚恢复")
    jump("E")
    page.get_by_role("button", name="提交应急材料").tap()
    expect(page.locator('[data-errors="__all__"] .errorlist')).to_contain_text("10:00")
    expect(page.get_by_label("情况说明")).to_have_value("长说明原样保留")
    expect(page.locator("[data-rings] .ring")).to_have_count(1)
    shot(page, "phone-too-late")
    assert EvidenceDuty.objects.get(sitting=owed).status == "missed"
    page.reload()
    expect(page.locator("main")).to_contain_text("应急材料已截止")


def test_the_menu_unfolds_and_closes(visit, morning):
    page = visit(morning.cast.proctor, phone=True)
    page.get_by_role("button", name="打开菜单").tap()
    menu = page.locator("nav.sidebar")
    expect(menu.get_by_role("link", name="应急事件")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="打开菜单")).to_be_focused()
    assert narrow(page)


def test_a_chief_decides_on_the_phone(visit, morning, api):
    ask(api(morning.cast.proctor), morning.sitting)
    page = visit(morning.cast.chief, phone=True)
    page.goto("/sign-ins/")
    page.get_by_role("button", name="同意入场", exact=True).tap()
    expect(page.locator("#toasts")).to_contain_text("已同意 考生101 入场")
    assert narrow(page)
