"""An incident from its report to headquarters: card first, 重大 at T−5, acknowledgement, the drill's bar."""

import re

import pytest
from playwright.sync_api import expect

from incidents.models import Incident
from tests.browser.conftest import poll
from tests.journeys.voices import report


@pytest.fixture
def reported(visit, morning):
    """The administrator's page of an incident that was reported by the form."""

    def made():
        page = visit(morning.cast.site_admin)
        page.goto("/incidents/new/")
        card = page.locator("#card")
        expect(card).to_contain_text("选择事件类型后，这里立即显示处置步骤")
        page.get_by_label("考点网络故障").check()
        expect(card).to_contain_text("处置卡 · 考点网络故障")
        assert not Incident.objects.filter(type="NET").exists()  # the card comes before anything is sent
        page.get_by_label("情况说明").fill("全考点断网")
        page.get_by_label("声明为重大事件").check()
        page.get_by_role("button", name="上报", exact=True).click()
        page.wait_for_url("**/incidents/*/")
        return page

    return made


def acknowledge(page) -> None:
    page.locator("#acknowledge summary").click()
    page.locator("#acknowledge").get_by_role("button", name="确认处理").click()
    expect(page.locator("#toasts")).to_contain_text("已确认处理，由您负责")


def test_the_card_shows_before_sending_and_a_major_goes_up_at_t5(reported, jump, shot):
    page = reported()
    live = page.locator("#incident-live")
    expect(live).to_contain_text("现由考点负责")
    expect(live).to_contain_text("重大")
    acknowledge(page)
    jump("T-310s"), poll(page, "**/live/")
    expect(page.locator("#incident-live")).to_contain_text("现由考点负责")
    jump("T-5m"), poll(page, "**/live/")
    expect(page.locator("#incident-live")).to_contain_text("现由分部负责")
    expect(page.locator("[data-clock-face]")).to_have_text(re.compile("08:25:"))  # the page follows the jump
    shot(page, "incident-gone-up")


def test_a_step_is_ticked_with_who_and_when(reported):
    page = reported()
    page.locator(".steps-list").get_by_role("button", name="完成").first.click()
    expect(page.locator(".steps-list .done").first).to_contain_text("已完成 · site_admin · 08:1")


def test_headquarters_acknowledges_what_nobody_took(visit, morning, api, jump):
    report(api(morning.cast.site_admin), "NET", site="A1", unit="U1", plan="P1")
    incident = Incident.objects.get(type="NET")
    api(morning.cast.site_admin).post(
        f"/api/v1/incidents/{incident.uid}/escalation/", {"note": "断网", "declared_major": True}
    )
    jump("T-15m")
    page = visit(morning.cast.hq)
    page.goto("/incidents/")
    page.get_by_role("link", name="考点网络故障").click()
    expect(page.locator("#incident-live")).to_contain_text("现由总部负责")
    acknowledge(page)
    expect(page.locator(".ladder .here")).to_contain_text("hq 于 08:1")


def test_the_drill_bar_jumps_and_the_clock_shows_it(visit, morning):
    page = visit(morning.cast.hq)
    page.goto("/plans/P1/")
    bar = page.locator(".drillbar")
    expect(bar).to_contain_text("下一个时点 08:25 逐级上报")
    bar.get_by_label("跳到").select_option(label="12-06 08:25 逐级上报")
    bar.get_by_role("button", name="跳到此刻").click()
    expect(page.locator("#toasts")).to_contain_text("演练时钟已跳到所选时点之前")
    assert page.locator("[data-clock-face]").inner_text().startswith(("08:24:5", "08:25:0"))


def test_a_closed_incident_says_cause_and_effect(reported, visit, morning):
    address = reported().url
    page = visit(morning.cast.branch_duty)  # Ⅲ is closed by the branch
    page.goto(address)
    page.locator("#resolve summary").click()
    form = page.locator("#resolve")
    form.get_by_role("button", name="办结").click()
    form = page.locator("#resolve")
    expect(form.locator(".errorlist").first).to_contain_text("办结需要原因和对考生的影响")
    form.get_by_label("原因", exact=True).fill("交换机断电")
    form.get_by_label("对考生的影响").fill("无影响")
    form.get_by_role("button", name="办结").click()
    expect(page.locator(".resolved")).to_contain_text("交换机断电")
    page.locator("#reopen summary").click()
    page.locator("#reopen").get_by_label("为什么重新打开").fill("又断了")
    page.locator("#reopen").get_by_role("button", name="重新打开").click()
    expect(page.locator("#incident-live")).to_contain_text("重新打开后第 2 轮")


def test_the_site_is_told_who_closes_and_reports_upwards(reported, shot):
    page = reported()
    expect(page.locator("#why-resolve")).to_contain_text("由分部或总部办结")
    page.locator("#update summary").press("Enter")
    form = page.locator("#update")
    form.get_by_label("最新情况").fill("已换交换机，正在恢复")
    form.get_by_role("button", name="续报").click()
    expect(page.locator(".tl")).to_contain_text("已换交换机，正在恢复")
    shot(page, "incident-update")


@pytest.mark.parametrize("phone", [False, True])
def test_the_ladder_shows_who_is_next_and_when(reported, visit, morning, phone, accessible, shot):
    address = reported().url
    page = visit(morning.cast.branch_duty, phone=phone)
    page.goto(address)
    expect(page.locator(".ladder-next")).to_contain_text("无人确认则通知分部")
    expect(page.locator(".ladder-next [data-countdown]")).to_have_text(re.compile(r"0[01]:\d\d"))
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    accessible(page)
    shot(page, f"incident-ladder-{'phone' if phone else 'wide'}")


def test_the_board_counts_by_level_and_grade(reported, visit, morning, accessible, shot):
    reported()
    page = visit(morning.cast.branch_duty, phone=True)
    page.goto("/incidents/")
    cell = page.get_by_role("button", name="考点 Ⅲ级")
    expect(cell).to_contain_text("1")
    accessible(page)
    shot(page, "incident-board-phone")
    cell.click()
    expect(page.locator(".inc-column")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_branch_s_queue_follows_what_goes_up(visit, morning, api, jump, accessible, shot):
    report(api(morning.cast.site_admin), "NET", site="A1", unit="U1", plan="P1")
    page = visit(morning.cast.branch_duty, phone=True)
    expect(page.locator(".queue")).to_contain_text("没有等您处理的事")
    jump("T-15m"), poll(page, "**/")
    expect(page.locator(".queue")).to_contain_text("考点网络故障")
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, "queue-phone")


def test_the_ladder_is_edited_by_keyboard_and_rehearsed(visit, morning, accessible, shot):
    page = visit(morning.cast.hq)
    page.goto("/ladders/P1/edit/")
    accessible(page)
    page.locator("[name=g3_branch_minutes]").fill("-1")
    page.get_by_label("修改原因").fill("演练后调整")
    page.get_by_label("修改原因").press("Tab"), page.keyboard.press("Enter")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.locator("[name=g3_branch_minutes]").fill("6")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("Ⅲ级 分部 通知：10 分钟内 → 6 分钟内")
    shot(page, "ladder")
    page.get_by_role("link", name="演练一遍").click()
    page.get_by_role("button", name="演练").click()
    expect(page.locator("table")).to_contain_text("事件建立时立即通知")
    accessible(page)
    shot(page, "ladder-rehearsal")
