"""Places: a branch's way down to a candidate, the site's public addresses, the client queue."""

from playwright.sync_api import expect

from client_support.models import PublicAddress
from tests.browser.conftest import DESKTOP
from tests.verification.helpers import check, send


def test_the_branch_goes_down_from_the_workbench_to_a_candidate(visit, morning, api, shot):
    send(api(morning.cast.proctor), check(morning.sitting))
    page = visit(morning.cast.branch)
    expect(page.locator("main")).to_contain_text("城西考点")
    expect(page.locator("main")).not_to_contain_text("云岭考点")
    shot(page, "branch-workbench")
    page.locator("main").get_by_role("link", name="城东考点").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("城东考点")
    page.get_by_role("link", name="301考场").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("301考场")
    page.locator("table.people").get_by_role("link", name="考生101").click()
    expect(page.locator("main")).to_contain_text("人脸识别通过")


def test_headquarters_goes_from_plan_to_site(visit, morning):
    page = visit(morning.cast.hq)
    page.goto("/sign-ins/")
    page.locator("input[name=q]").fill("秋")
    page.get_by_role("button", name="查询").click()
    page.get_by_role("link", name="查看详情").click()
    page.get_by_role("link", name="查看详情").first.click()
    page.locator("main").get_by_role("link", name="东海分部").click()
    page.locator("main").get_by_role("link", name="城东考点").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("签到详情")


def test_a_public_address_and_a_private_one_refused_beside_the_field(visit, morning):
    page = visit(morning.cast.site_admin)
    page.goto("/sites/A1/")
    page.locator("#id_network").fill("192.168.1.0/24")
    page.locator("#register").get_by_role("button", name="登记").click()
    expect(page.locator("#id_network_error")).to_contain_text("内网地址不能登记")
    expect(page.locator("#id_network")).to_have_value("192.168.1.0/24")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.locator("#id_network").fill("36.110.8.20")
    page.locator("#register").get_by_role("button", name="登记").click()
    expect(page.locator("#toasts")).to_contain_text("已登记 36.110.8.20")
    assert PublicAddress.objects.get().network == "36.110.8.20/32"


def test_a_repeat_login_is_authorised_with_one_touch(visit, morning, at_the_site):
    at_the_site("PC-301-01")
    second = at_the_site("PC-301-02")
    page = visit(morning.cast.chief)
    page.goto("/clients/?plan=P1&unit=U1")
    expect(page.locator("#client-board")).to_contain_text("PC-301-01 → PC-301-02")
    page.get_by_role("button", name="授权登录").click()
    expect(page.locator("#toasts")).to_contain_text("已授权 1 人")
    assert second.state().json()["status"] == "admitted"


def test_the_exam_clock_carries_its_labels_at_every_width(visit, morning):
    page = visit(morning.cast.chief)
    page.goto("/sign-ins/")
    for width in (390, 768, DESKTOP["width"]):
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator("[data-ec-left]")).to_contain_text("距逐级上报")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
