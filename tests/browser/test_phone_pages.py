"""Phone pages at 390 px: a chief approves with one thumb while another's card says so; a proctor's request outlives
a lost line and a reload, and is sent once."""

import pytest
from playwright.sync_api import Page, expect

from exam_ops.core import clock
from exam_ops.core.models import Delegation
from incidents.models import Incident
from tests.browser.conftest import poll
from tests.verification.helpers import ask, jpeg, status_of
from tests.verification.scenes import with_photo
from verification.models import EntryRequest


@pytest.fixture
def two_waiting(morning, api):
    """Two candidates of room 301 wait, the first with both photos, and a deputy may decide as well."""
    people = morning.sittings["A1/301"][:2]
    proctor = api(morning.cast.proctor)
    for person in people:
        with_photo(person)
        made = ask(proctor, person, note="身份证、准考证与本人一致").json()["id"]
    first = EntryRequest.objects.get(sitting=people[0]).pk
    proctor.put(f"/api/v1/entry-requests/{first}/photo/", jpeg("teal"), content_type="image/jpeg")
    assert made
    now = clock.now()
    Delegation.objects.create(
        site=morning.site,
        deputy=morning.cast.site_admin,
        granted_by=morning.cast.chief,
        granted_at=now,
        valid_from=now,
        valid_until=now.replace(year=now.year + 1),
    )
    return people


def narrow(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth") <= 390


def in_the_dark(page: Page, accessible, shot, name: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    accessible(page)
    shot(page, name)


def thumb(page: Page) -> None:
    """Both buttons of the card stand in the thumb's reach: 44 px or more, in the lower half of the screen."""
    for name in ("批准", "不批准"):
        box = page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box["height"] >= 44
        assert box["y"] > 844 / 2


def hold(page: Page, name: str, where: str = "#toasts", words: str = "已送达") -> None:
    """Presses until the page says so, as a thumb does."""
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_enabled()
    button.hover()
    page.mouse.down()
    expect(page.locator(where)).to_contain_text(words)
    page.mouse.up()


def test_a_chief_approves_with_one_thumb_while_another_s_card_says_so(
    visit, morning, two_waiting, shot, accessible
):
    chief, deputy = visit(morning.cast.chief, phone=True), visit(morning.cast.site_admin, phone=True)
    chief.goto("/m/")
    chief.wait_for_url("**/m/chief/")
    deputy.goto("/m/chief/")
    expect(chief).to_have_title("(2) 待审批 · 主考审批 · 考务应急平台")
    for page in (chief, deputy):
        expect(page.locator(".ask.is-current")).to_contain_text("考生101")
    thumb(chief)
    assert narrow(chief)
    accessible(chief)
    shot(chief, "m-chief")
    in_the_dark(chief, accessible, shot, "m-chief-dark")
    hold(chief, "批准")
    expect(chief.locator(".ask.is-current")).to_contain_text("考生102")
    poll(deputy, "**/m/chief/live/**")
    expect(deputy.locator(".ask.is-current")).to_contain_text("考生101")
    expect(deputy.locator(".ask.is-current")).to_contain_text("已批准")
    expect(deputy.locator(".ask.is-current")).to_contain_text("chief")
    shot(deputy, "m-chief-settled")
    deputy.get_by_role("button", name="下一位").tap()
    deputy.get_by_role("button", name="不批准", exact=True).tap()
    sheet = deputy.get_by_role("dialog")
    sheet.get_by_role("button", name="证件与本人不符").tap()
    shot(deputy, "m-chief-refuse")
    sheet.get_by_role("button", name="不批准").tap()
    expect(deputy.locator("#toasts")).to_contain_text("已送达")
    assert [status_of(person) for person in two_waiting] == ["approved", "rejected"]


def test_a_decision_that_has_not_arrived_is_not_in_force(visit, morning, two_waiting, shot):
    page = visit(morning.cast.chief, phone=True)
    page.goto("/m/chief/")
    page.wait_for_function("() => Boolean(navigator.serviceWorker.controller)")
    page.context.set_offline(True)
    hold(page, "批准", "[data-outbox]", "尚未发送，没有生效")
    shot(page, "m-chief-unsent")
    assert status_of(two_waiting[0]) == "pending"
    page.locator("[data-outbox]").get_by_role("button", name="撤回").tap()
    expect(page.locator("[data-outbox]")).to_be_hidden()
    page.context.set_offline(False)
    poll(page, "**/m/chief/live/**")
    assert status_of(two_waiting[0]) == "pending"


HELD = """async () => {
  for (let tries = 0; tries < 200; tries += 1) {
    if (navigator.serviceWorker.controller && await caches.match(location.href)) return;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  const found = await navigator.serviceWorker.getRegistration();
  throw new Error(`not kept: worker ${found?.active?.state} ${found?.installing?.state}, ${await caches.keys()}`);
}"""


def keep(page: Page) -> None:
    """Waits until the worker holds the room's page."""
    page.evaluate(HELD)


def test_a_request_outlives_a_lost_line_and_a_reload_and_is_sent_once(visit, morning, shot, accessible):
    page = visit(morning.cast.proctor, phone=True)
    page.goto("/m/")
    page.wait_for_url("**/m/room/*/")
    keep(page)
    assert narrow(page)
    accessible(page)
    shot(page, "m-room")
    page.context.set_offline(True)
    page.get_by_label("座位、姓名或准考证后四位").fill("02")
    expect(page.locator("[data-sitting]:visible")).to_have_count(1)
    page.get_by_role("button", name="入场审批 考生102").tap()
    sheet = page.get_by_role("dialog", name="入场审批")
    sheet.get_by_label("本人不使用人脸识别").check()
    sheet.get_by_label("证件已人工核对").check()
    sheet.get_by_label("说明").fill("要求人工核验")
    sheet.locator("input[type=file]").set_input_files(
        {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": jpeg("teal", (400, 300))}
    )
    expect(sheet.locator("[data-ask-shot]")).to_contain_text("KB")
    shot(page, "m-room-ask")
    sheet.get_by_role("button", name="提交审批").tap()
    expect(page.locator("[data-outbox]")).to_contain_text("入场审批 · 考生102 02")
    page.reload()
    expect(page.locator("[data-offline-text]")).to_contain_text("没有网络，名单截至")
    expect(page.locator("[data-sitting]")).to_have_count(6)
    expect(page.locator("[data-outbox]")).to_contain_text("等待发送")
    shot(page, "m-room-offline")
    assert not EntryRequest.objects.exists()
    page.context.set_offline(False)
    expect(page.locator("[data-outbox]")).to_be_hidden()
    expect(page.locator("[data-sitting]", has_text="考生102")).to_contain_text("待审批")
    page.reload()
    expect(page.locator("[data-outbox]")).to_be_hidden()
    made = EntryRequest.objects.get()
    assert (made.reason, made.note, bool(made.photo)) == ("face_declined", "要求人工核验", True)
    assert Incident.objects.get().reports.count() == 1
    in_the_dark(page, accessible, shot, "m-room-dark")


def test_what_is_refused_keeps_what_was_typed(visit, morning, api, shot):
    page = visit(morning.cast.proctor, phone=True)
    page.goto("/m/room/")
    keep(page)
    page.get_by_role("button", name="入场审批 考生101").tap()
    sheet = page.get_by_role("dialog", name="入场审批")
    sheet.get_by_label("App 扫描无反馈").check()
    sheet.get_by_label("说明").fill("长说明原样保留")
    assert ask(api(morning.cast.second), morning.sitting).status_code == 201  # the colleague was faster
    sheet.get_by_role("button", name="提交审批").tap()
    outbox = page.locator("[data-outbox]")
    expect(outbox).to_contain_text("被退回")
    expect(outbox).to_contain_text("正在等待主考决定")
    shot(page, "m-room-refused")
    outbox.get_by_role("button", name="修改后重新提交").tap()
    expect(sheet.get_by_label("说明")).to_have_value("长说明原样保留")
