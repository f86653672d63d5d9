"""应急材料封存包 in a browser: from the list to a checked package, at both widths (C14)."""

from playwright.sync_api import expect

from exam_ops.core import clock
from incidents.models import EvidencePackage
from incidents.services import package_worker
from tests.browser.conftest import poll
from tests.incidents.evidence_scenes import owe, send


def test_headquarters_find_a_package_check_it_and_seal_once_more(visit, morning, jump, shot, accessible):
    jump("T+31m")
    people = morning.sittings["A1/301"]
    owe(people[:2], now=clock.now())
    session = type(morning.room).objects.select_related("site_unit__unit__plan").get(pk=morning.room.pk)
    send(session, morning.cast.proctor, now=clock.now(), names=people[:1])
    jump("E+1s")
    package_worker.run(clock.now)
    page = visit(morning.cast.hq)
    page.goto("/integrity/packages/")
    accessible(page)
    shot(page, "packages-1440")
    page.get_by_role("link", name="查看详情 城东考点").press("Enter")
    live = f"**/integrity/packages/{morning.site_unit.pk}/live/"

    page.get_by_role("button", name="验证").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("正在验证")
    package_worker.run(clock.now)
    poll(page, live)
    expect(page.get_by_role("status")).to_contain_text("签名、清单、全部内容和链一致")
    with page.expect_download() as loaded:
        page.get_by_role("link", name="下载").click()
    assert loaded.value.suggested_filename.startswith("P1_U1_A1_")

    page.get_by_text("重新封存").first.press("Enter")
    page.get_by_label("重新封存的理由").press_sequentially("补充说明")
    page.locator("form .btn-primary", has_text="重新封存").press("Enter")
    expect(page.get_by_text("新的封存包安排在")).to_be_visible()
    package_worker.run(clock.now)
    poll(page, live)
    expect(page.locator(".package")).to_have_count(2)
    accessible(page)
    shot(page, "package-site-1440")
    assert EvidencePackage.objects.filter(site_unit=morning.site_unit).count() == 2

    phone = visit(morning.cast.chief, phone=True)
    for address, name in (("/integrity/packages/", "packages-390"), (page.url, "package-site-390")):
        phone.goto(address)
        shot(phone, name)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
