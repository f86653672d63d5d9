"""总部指令 in Chromium: chosen, previewed, sent, read by the site; at both widths, by keyboard, light and dark."""

import pytest
from playwright.sync_api import Page, expect

from exam_ops.core import clock, outbox
from incidents.models import Decision


def fits(page: Page) -> None:
    """Nothing scrolls sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("phone", [False, True], ids=["1440", "390"])
def test_headquarters_extend_and_the_site_reads(visit, morning, jump, accessible, shot, phone):
    width = "390" if phone else "1440"
    jump("T+40m")
    hq = visit(morning.cast.hq, phone=phone)
    hq.goto("/decisions/")
    shot(hq, f"decision-list-empty-{width}")
    hq.goto(f"/decisions/new/?plan={morning.plan.code}")
    expect(hq.get_by_label("分钟数")).to_be_visible()
    hq.get_by_label("停考").check()
    expect(hq.get_by_label("分钟数")).to_be_hidden()
    hq.get_by_label("延长结束").focus()
    hq.keyboard.press("Space")
    hq.get_by_label("分钟数").fill("10")
    hq.get_by_label("第1单元").check()
    hq.get_by_label("理由").fill("平台故障，补足作答时间")
    accessible(hq), fits(hq), shot(hq, f"decision-new-{width}")
    hq.get_by_role("button", name="预览影响").click()
    expect(hq.get_by_role("heading", name="预览")).to_be_visible()
    expect(hq.get_by_label("理由")).to_have_value("平台故障，补足作答时间")
    accessible(hq), fits(hq), shot(hq, f"decision-preview-{width}")
    hq.get_by_role("button", name="确认下发").click()
    hq.wait_for_url(lambda url: "/new/" not in url)
    decision = Decision.objects.get()
    while outbox.drain(now=clock.now()):
        pass

    chief = visit(morning.cast.chief, phone=phone)
    banner = chief.get_by_role("alert").filter(has_text="结束延长 10 分钟")
    expect(banner).to_be_visible()
    accessible(chief), fits(chief), shot(chief, f"decision-banner-{width}")
    banner.get_by_role("button", name="已读").click()
    expect(banner).to_have_count(0)

    hq.goto(f"/decisions/{decision.pk}/")
    for summary in hq.locator(".receipts summary").all():
        if summary.is_visible() and summary.evaluate("s => !s.parentElement.open"):
            summary.click()
    expect(hq.locator(".receipts")).to_contain_text("chief")
    accessible(hq), fits(hq), shot(hq, f"decision-detail-{width}")
    hq.emulate_media(color_scheme="dark")
    hq.reload()
    accessible(hq), shot(hq, f"decision-detail-dark-{width}")
