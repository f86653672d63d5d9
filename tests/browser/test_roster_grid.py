"""A site administrator draws up a roster by keyboard alone: two rooms, one act taken back, one that may not be."""

import pytest
from playwright.sync_api import Page, expect

from exam_ops.core import clock, drill
from exam_ops.core.models import RosterRow
from tests import world as worlds
from tests.browser.test_rooms import sound
from tests.conftest import moment


@pytest.fixture
def days_before(morning):
    """The drill three days before its exam, with somebody who could come and somebody who may not."""
    drill.reset(morning.plan, to=moment("T-3d"), now=clock.now(), actor=None)
    worlds.proctor("spare", morning.site)
    worlds.proctor("fresh", morning.site, certified=False)
    return morning


def choose(page: Page, name: str) -> None:
    """Types a name into the list of the place that has the focus, and takes it."""
    page.keyboard.press("Enter")
    expect(page.locator("#rg-choices [role=option]").first).to_be_visible()
    page.keyboard.type(name)
    expect(page.locator("#rg-choices [aria-selected=true]")).to_contain_text(name)
    with page.expect_response("**/roster/places/"):
        page.keyboard.press("Enter")


def standing(world) -> dict[str, str]:
    rows = RosterRow.objects.filter(room_session__site_unit__site=world.site, position="second")
    return {f"{unit}/{no}": name for unit, no, name in rows.values_list(
        "room_session__site_unit__unit__code", "room_session__room__room_no", "proctor__username")}  # fmt: skip


def test_a_roster_is_drawn_up_by_keyboard(visit, days_before, accessible, shot):
    page = visit(days_before.cast.site_admin)
    page.goto("/roster/")
    sound(page, accessible, shot, "roster-grid-1440")
    empty = page.locator(f"#s{days_before.rooms['A1/302'].pk}s")
    empty.focus()
    choose(page, "spare")
    expect(empty).to_contain_text("spare")
    expect(empty).to_be_focused()
    page.keyboard.press("ArrowRight")
    choose(page, "spare")
    expect(page.locator("#grid-undo")).to_contain_text("第2单元 302考场：新增 spare")
    assert standing(days_before) == {"U1/301": "second", "U1/302": "spare", "U2/302": "spare"}

    with page.expect_response("**/roster/places/undo/"):
        page.keyboard.press("Control+z")
    expect(page.locator("#grid-undo")).not_to_contain_text("spare")
    assert standing(days_before) == {"U1/301": "second", "U1/302": "spare"}

    lead = page.locator(f"#s{days_before.room.pk}l")
    with page.expect_response("**/roster/places/"):  # dropped onto somebody of the same unit: the two swap
        empty.drag_to(lead)
        expect(page.locator("#rg-swap")).to_contain_text("302考场")
        sound(page, accessible, shot, "roster-swap-1440")
        page.keyboard.press("Enter")
    expect(lead).to_contain_text("spare")
    expect(empty).to_contain_text("proctor")
    with page.expect_response("**/roster/places/undo/"):
        page.keyboard.press("Control+z")
    expect(empty).to_contain_text("spare")

    page.locator(f"#s{days_before.rooms['A1/302'].pk}s").focus()
    page.keyboard.press("Enter")  # who may not come stands there with the reason, and can't be taken
    page.keyboard.type("fresh")
    refused = page.locator("#rg-choices [role=option]", has_text="fresh")
    expect(refused).to_contain_text("未通过实名认证")
    sound(page, accessible, shot, "roster-picker-1440")
    page.keyboard.press("Enter")
    expect(page.locator("#rg-picker")).to_be_visible()
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    sound(page, accessible, shot, "roster-grid-390")
