"""期限总览 in Chromium: countdown, what has come, what was carried out; at both widths, in the dark, by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from exam_ops.core import clock, drill
from exam_ops.core.deadlines import engine
from tests.browser.conftest import poll
from tests.conftest import moment


def test_a_deadline_comes_and_is_carried_out_before_the_eyes(visit, morning, shot):
    page = visit(morning.cast.hq)
    page.goto("/deadlines/")
    row = page.locator(".due", has_text="逐级上报").first
    expect(row.locator("[data-countdown]")).to_have_text(re.compile(r"1[45]:\d\d"))
    drill.jump(morning.plan, to=moment("T-5m"), now=clock.now(), actor=None)
    poll(page, "**/deadlines/")
    expect(page.locator(".due-trouble")).to_contain_text("到点，执行中 3")
    shot(page, "deadlines-due")
    engine.sweep(now=clock.now())
    poll(page, "**/deadlines/")
    expect(page.locator(".due-trouble")).to_have_count(0)
    past = page.locator("section", has=page.locator("#due-past"))
    expect(past.locator(".due").first).to_contain_text("逐级上报")
    shot(page, "deadlines-fired")
    past.locator(".due").first.get_by_role("link").first.click()
    expect(page.locator("table")).to_contain_text("城东考点")
    expect(page.locator("tbody tr")).to_have_count(3)


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_and_is_accessible(visit, morning, accessible, shot, phone, dark):
    page = visit(morning.cast.branch_duty, phone=phone)
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.goto("/deadlines/")
    expect(page.locator(".due").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    accessible(page)
    shot(page, f"deadlines-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}")


def test_a_count_is_a_filter_by_keyboard(visit, morning):
    page = visit(morning.cast.hq)
    page.goto("/deadlines/")
    page.locator("#count-skipped").press("Enter")
    page.wait_for_url("**state=skipped**")
    expect(page.locator("#count-skipped")).to_have_attribute("aria-pressed", "true")
