"""Duty rosters, support contacts and the support desk in Chromium: both widths, keyboard, no serious finding of axe."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from exam_ops.core import clock
from exam_ops.core.models import Membership, User
from incidents.models import Contact, Shift
from incidents.services import opening
from tests.browser.conftest import PASSWORD
from tests.conftest import moment


@pytest.fixture
def staffed(morning):
    """A roster with a gap, contacts, a local supporter, and incidents at the desk."""
    cast = morning.cast
    local = User.objects.create(username="local", name="本地支持")
    local.set_password(PASSWORD)
    local.save()
    Membership.objects.create(user=local, role="support", branch=morning.branch)
    for user, starts, ends in ((cast.chief, "T-1h", "T+30m"), (cast.site_admin, "T-2d", "T-1d")):
        Shift.objects.create(
            level="site", site=morning.site, user=user, starts_at=moment(starts), ends_at=moment(ends)
        )
    now = clock.now()
    Contact.objects.create(name="值班热线", duty="App 登录", phone="000-0000", qq="000000", changed_at=now)
    Contact.objects.create(name="分部热线", phone="000-0001", branch=morning.branch, changed_at=now)
    for code, site, room in (
        ("IDV-03", "A1", "A1/301"),
        ("CLI-02", "A1", "A1/302"),
        ("IDV-05", "B1", "B1/201"),
    ):
        opening.open_or_join(
            type=code,
            site_unit=morning.site_units[site],
            room_session=morning.rooms[room],
            note="示例说明",
            actor=cast.proctor,
            now=now - timedelta(seconds=70),
        )
    morning.cast.local = local
    return morning


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_roster_shows_gaps_and_takes_a_shift(phone, staffed, visit, shot, accessible):
    page = visit(staffed.cast.site_admin, phone=phone)
    page.goto("/duty/")
    expect(page.get_by_text("期间无人值班").first).to_be_visible()
    accessible(page)
    shot(page, f"duty-{'phone' if phone else 'desktop'}")
    page.get_by_label("值班人").select_option(str(staffed.cast.chief.pk))
    page.get_by_label("开始").fill("2025-12-06T08:00")
    page.get_by_label("结束").fill("2025-12-06T07:00")
    page.locator("#add button").click()
    expect(page.locator("#id_ends_at_error")).to_contain_text("结束时间须晚于开始时间")
    expect(page.get_by_label("开始")).to_have_value("2025-12-06T08:00")
    shot(page, f"duty-refused-{'phone' if phone else 'desktop'}")
    page.get_by_label("结束").fill("2025-12-06T18:00")
    page.locator("#add button").click()
    expect(page.get_by_text("期间无人值班")).to_have_count(0)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_contacts_are_kept_and_shown_on_the_card(phone, staffed, visit, shot, accessible):
    page = visit(staffed.cast.hq, phone=phone)
    page.goto("/contacts/")
    accessible(page)
    shot(page, f"contacts-{'phone' if phone else 'desktop'}")
    proctor = visit(staffed.cast.proctor, phone=phone)
    proctor.goto("/incidents/new/")
    proctor.locator("label.kind[data-kind^='IDV-05']").click()
    expect(proctor.locator("#card").get_by_role("link", name="000-0001")).to_be_visible()
    expect(proctor.locator("#card")).to_contain_text("本地支持")
    shot(proctor, f"card-{'phone' if phone else 'desktop'}")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_support_takes_ticks_and_passes_on(phone, staffed, visit, shot, accessible):
    page = visit(staffed.cast.local, phone=phone)
    page.goto("/support/")
    accessible(page)
    shot(page, f"desk-{'phone' if phone else 'desktop'}")
    page.get_by_role("button", name="我来处理").first.click()
    hand = page.locator(".in-hand")
    expect(hand).to_be_visible()
    hand.get_by_role("button", name="完成").first.click()
    expect(hand.get_by_text("已完成")).to_be_visible()
    hand.locator("summary").click()
    shot(page, f"desk-hand-{'phone' if phone else 'desktop'}")
    accessible(page)
    hand.locator("textarea").fill("已重装 App，仍无法登录")
    hand.get_by_role("button", name="转交", exact=True).click()
    expect(page.locator(".in-hand")).to_have_count(0)
    expect(page.locator("#queue").get_by_text("总部", exact=True).first).to_be_visible()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_call_a_search_and_a_code(phone, staffed, visit, shot, accessible):
    page = visit(staffed.cast.support, phone=phone)
    page.goto("/support/calls/?site=A1&room=302")
    accessible(page)
    shot(page, f"call-{'phone' if phone else 'desktop'}")
    page.get_by_label("来电人", exact=True).fill("示例来电人")
    page.get_by_label("来电号码").fill("000-0000")
    page.get_by_label("事件类型").select_option("IDV-09")
    page.get_by_label("情况说明").fill("一直转圈")
    page.get_by_role("button", name="登记").click()
    expect(page.locator("#queue")).to_contain_text("示例来电人 000-0000")
    page.goto("/support/?q=proctor")
    accessible(page)
    shot(page, f"found-{'phone' if phone else 'desktop'}")
    page.get_by_role("button", name="发一次性登录码 proctor", exact=True).click()
    expect(page.locator(".one-time-code")).to_be_visible()
    accessible(page)
    shot(page, f"code-{'phone' if phone else 'desktop'}")
