"""Every page of the menu, at both widths, light and dark: accessible, quiet on the console, no sideways scroll."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.journeys.voices import report
from tests.verification.helpers import ask, check, decide, send

CHINESE = re.compile(r"[\u4e00-\u9fff]+")
SOMEBODY = re.compile(r"考生\d+|第\d单元")  # names stay as they are
WORDS_OF_THE_FRAME = (
    "nav.sidebar a, nav.sidebar summary, main button, main th[scope=col], main label > span.optional"
)


@pytest.fixture
def busy(morning, api):
    """A morning on which something has happened: people in, waiting, let in, an incident."""
    proctor, people = api(morning.cast.proctor), morning.sittings["A1/301"]
    send(proctor, check(people[0]), check(people[1], outcome="failed"))
    decide(api(morning.cast.chief), ask(proctor, people[2]).json()["id"])
    ask(proctor, people[3])
    report(proctor, "IDV-05", room=morning.room, sittings=people[:1], note="无反馈")
    return morning


def walk(page: Page) -> Iterator[tuple[str, Response]]:
    """Opens every page of the menu, whose groups unfold as one goes; yields each with its answer."""
    todo, done = ["/"], set()
    while todo:
        address = todo.pop(0)
        done.add(address)
        answer = page.goto(address)
        assert answer
        links = page.locator("nav.sidebar .menu a")
        found = links.evaluate_all("links => links.map(a => a.getAttribute('href'))")
        todo += [href for href in dict.fromkeys(found) if href not in done and href not in todo]
        yield address, answer


def below(page: Page) -> list[str]:
    """The pages that this one leads to."""
    found = page.locator("main a[href^='/']:not([download])").evaluate_all(
        "links => links.map(a => a.getAttribute('href'))"
    )
    return [href for href in found if "/photo" not in href and "/template/" not in href]


def kind_of(address: str) -> str:
    """Pages that differ by a number, a code or the name of a message or a deadline alone are one kind."""
    return re.sub(
        r"\d+", "#", re.sub(r"/([A-Z]\d*|\w+\.\w+|[a-z]+_[\w+]+)(?=/)", "/#", address.split("?")[0])
    )


@pytest.mark.timeout(240)
@pytest.mark.parametrize("who", ["hq", "chief"])
def test_every_page_of_the_menu_and_the_next_one_below(visit, busy, accessible, shot, who):
    """Headquarters at their desks and chiefs on their phones; each page then fits the other width as well."""
    page = visit(getattr(busy.cast, who), phone=who == "chief")
    seen, next_ones, faults = set(), {}, []
    for address, answer in walk(page):
        seen.add(kind_of(address))
        next_ones |= {kind_of(href): href for href in below(page)}
        faults += look(page, answer, accessible) + at_the_other_width(page, shot, f"{who}-{name_of(address)}")
    assert len(seen) >= 8
    for kind, address in next_ones.items():
        if kind not in seen:
            answer = page.goto(address)
            faults += look(page, answer, accessible)
            faults += at_the_other_width(page, shot, f"{who}-{name_of(address)}")
    assert not faults, "\n".join(faults)


def at_the_other_width(page: Page, shot, name: str) -> list[str]:
    """What is wrong when the open page becomes as narrow as a phone, or as wide as a desk; it becomes as it was."""
    was = page.viewport_size
    for size in (was, DESKTOP if was == PHONE else PHONE):
        page.set_viewport_size(size)
        shot(page, f"{name}-{size['width']}")
    wide = sideways(page)
    page.set_viewport_size(was)
    return [f"{page.url}: scrolls sideways by {wide} px at the other width"] if wide > 0 else []


def sideways(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def name_of(address: str) -> str:
    return kind_of(address).strip("/").replace("/", "-").replace("#", "n") or "home"


def look(page: Page, answer, accessible, *rules: str) -> list[str]:
    """What is wrong with the page that stands open; `rules` of axe, or all."""
    found = []
    if not answer.ok:
        found.append(f"answers {answer.status}")
    if page.get_by_role("heading", level=1).count() != 1:
        found.append("has not one heading")
    if (wide := sideways(page)) > 0:
        found.append(f"scrolls sideways by {wide} px")
    try:
        accessible(page, *rules)
    except AssertionError as error:
        found.append(str(error).split("\nassert")[0])
    return [f"{page.url}: {fault}" for fault in found]


@pytest.mark.timeout(240)
def test_in_the_dark(visit, busy, accessible, shot):
    page = visit(busy.cast.chief)
    page.locator("details.usermenu summary").click()
    page.get_by_label("深色").check(force=True)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    faults = []
    for address, answer in walk(page):
        shot(page, f"dark-{name_of(address)}")
        faults += look(page, answer, accessible, "color-contrast")  # colours alone differ
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert not faults, "\n".join(faults)


def test_the_switch_to_english_is_kept_and_complete(visit, busy):
    page = visit(busy.cast.chief)
    page.get_by_role("button", name="Switch to English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    left = {}
    for _ in walk(page):
        words = page.locator(WORDS_OF_THE_FRAME).evaluate_all("all => all.map(e => e.innerText)")
        left |= {word: page.url for word in words if CHINESE.search(SOMEBODY.sub("", word))}
    assert not left
    page.get_by_role("button", name="切换到中文").click()
    expect(page.locator("nav.sidebar")).to_contain_text("工作台")


@pytest.mark.parametrize("address", ["/login/", "/app/", "/no-such-page/"])
@pytest.mark.parametrize("phone", [False, True], ids=["1440", "390"])
def test_before_signing_in(visit, accessible, address, phone):
    page = visit(phone=phone)
    page.goto(address)
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= (PHONE["width"] if phone else 1440)
