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


def test_a_closed_incident_says_cause_and_effect(reported):
    page = reported()
    page.locator("#resolve summary").click()
    form = page.locator("#resolve")
    form.get_by_role("button", name="办结").click()
    form = page.locator("#resolve")
    expect(form.locator(".errorlist").first).to_contain_text("办结需要原因和对考生的影响")
    form.get_by_label("原因", exact=True).fill("交换机断电")
    form.get_by_label("对考生的影响").fill("无影响")
    form.get_by_role("button", name="办结").click()
    expect(page.locator(".resolved")).to_contain_text("交换机断电")
