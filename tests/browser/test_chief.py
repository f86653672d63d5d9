"""The chief at a desk: from the workbench to 待审批, one touch, a refusal with its reason, many, live, by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import poll
from tests.verification.helpers import ask, check, send, status_of


@pytest.fixture
def waiting(morning, api):
    """`waiting(3)`: the first candidates of room 301 whose proctor asks for entry."""

    def made(number: int = 1):
        people = morning.sittings["A1/301"][:number]
        for person in people:
            assert ask(api(morning.cast.proctor), person).status_code == 201
        return people

    return made


@pytest.fixture
def board(visit, morning):
    """The board as the chief reaches it from the workbench, by the plan's own menu."""

    def opened():
        page = visit(morning.cast.chief)
        menu = page.locator("nav.sidebar")
        menu.get_by_text("考风考纪管理", exact=True).click()
        menu.get_by_role("link", name="人脸识别签到管理").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("城东考点 · 签到详情")
        return page

    return opened


def toast(page):
    return page.locator("#toasts")


def test_one_touch_approves(waiting, board, shot):
    [person] = waiting()
    page = board()
    page.locator("#count-pending").click()
    expect(page.locator("#count-pending")).to_have_attribute("aria-pressed", "true")
    shot(page, "chief-pending")
    page.get_by_role("button", name="同意入场", exact=True).click()
    expect(toast(page)).to_contain_text("已同意 考生101 入场")
    expect(page.locator("article.request")).to_have_count(0)
    expect(page.locator("#count-approved b")).to_have_text("1")
    assert status_of(person) == "approved"


def test_a_refusal_asks_why(waiting, board):
    [person] = waiting()
    page = board()
    page.get_by_role("button", name="不同意…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("不同意入场：考生101")
    dialog.get_by_role("button", name="不同意入场").click()  # no reason yet: the dialog stays
    expect(dialog.get_by_label("不同意的原因")).to_be_focused()
    assert status_of(person) == "pending"
    dialog.get_by_role("button", name="证件与本人不符").click()
    dialog.get_by_role("button", name="不同意入场").click()
    expect(page.locator("#count-rejected b")).to_have_text("1")
    assert status_of(person) == "rejected"


def test_many_after_a_preview(waiting, board, shot):
    people = waiting(3)
    page = board()
    page.get_by_role("button", name="选择多名…").click()
    page.get_by_label("全选").check()
    expect(page.locator("[data-selected-count]")).to_have_text("已选 3 项")
    page.locator("#bulk").get_by_role("button", name="同意…", exact=True).click()
    dialog = page.get_by_role("dialog", name="将批准 3 名")
    expect(dialog).to_contain_text("考生103")
    shot(page, "chief-many")
    assert [status_of(person) for person in people] == ["pending"] * 3
    dialog.get_by_role("button", name="确认批准").click()
    expect(toast(page)).to_contain_text("已批准 3 名")
    expect(page.locator("#count-approved b")).to_have_text("3")
    assert [status_of(person) for person in people] == ["approved"] * 3


def test_the_board_moves_by_itself(waiting, board, morning, api):
    page = board()
    page.evaluate("window.theSamePage = true")
    expect(page.locator("#count-signed_in b")).to_have_text("0")
    send(api(morning.cast.proctor), check(morning.sittings["A1/301"][5]))
    waiting()
    expect(page.locator("#count-signed_in b")).to_have_text("1")
    expect(page.locator("article.request")).to_have_count(1)
    assert page.evaluate("window.theSamePage")


def test_a_dialog_that_stands_open_is_left_alone_by_the_poll(waiting, board, morning, api):
    waiting()
    page = board()
    page.get_by_role("button", name="不同意…").click()
    field = page.get_by_role("dialog").get_by_label("不同意的原因")
    field.fill("证件照片不清楚")
    send(api(morning.cast.proctor), check(morning.sittings["A1/301"][5]))
    poll(page, "**/sign-ins/sites/**")
    expect(field).to_have_value("证件照片不清楚")
    page.get_by_role("dialog").get_by_role("button", name="返回").click()
    expect(page.locator("#count-signed_in b")).to_have_text("1")


def test_a_room_can_be_chosen(waiting, board, morning, api):
    waiting()
    ask(api(morning.cast.next_room), morning.sittings["A1/302"][0])
    page = board()
    expect(page.locator("article.request")).to_have_count(2)
    page.locator("#board-room").select_option(label="302考场")
    expect(page.locator("article.request")).to_have_count(1)
    expect(page.locator("article.request")).to_contain_text("考生201")


def test_by_keyboard_alone(waiting, visit):
    [person] = waiting()
    page = visit()
    page.goto("/login/")
    page.locator("input[name=username]").focus()
    page.keyboard.type("chief")
    page.keyboard.press("Tab")
    page.keyboard.type("a-password-of-the-tests")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    reach(page, "考风考纪管理")
    page.wait_for_url("**/sign-ins/sites/**")
    expect(page.locator("nav.sidebar [aria-current=page]")).to_have_text("人脸识别签到管理")
    reach(page, "待审批")
    expect(page.locator("#count-pending")).to_have_attribute("aria-pressed", "true")
    reach(page, "同意入场")
    expect(toast(page)).to_contain_text("已同意 考生101 入场")
    assert status_of(person) == "approved"


def reach(page, words: str) -> None:
    """Tabs on until the focus stands on something that begins with `words`, and presses Enter."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.innerText.trim()")
        if focused.startswith(words):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"no way to {words} by Tab")
