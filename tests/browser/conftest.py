"""Journeys in headless Chromium on a live server: a drill whose clock the test moves."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from client_support.services import addresses
from exam_ops.core import clock, drill
from exam_ops.core.deadlines import engine
from exam_ops.core.models import User
from tests import world as worlds
from tests.client_support.conftest import SITE_IP, Machine
from tests.conftest import moment
from tests.world import World

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the test's thread

expect.set_options(timeout=10_000)

PASSWORD = "a-password-of-the-tests"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# The first costs least.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",  # a camera that shows a pattern, and a person who allows it
]
AXE = {"resultTypes": ["violations"]}
SHOTS = os.environ.get("SHOTS_DIR")  # screenshots are kept only where this says
REFUSED = re.compile(
    r"Failed to load resource: (the server responded with a status of (403|404|409|422)|net::ERR_(INTERNET_DISCONNECTED|FAILED))"
    r"|htmx:(afterRequest|sendError), "
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        pytest.fail("Chromium is not installed: scripts/system_packages.sh chromium fonts")
    started = playwright.chromium.launch(executable_path=path, args=QUIET)
    yield started
    started.close()


@pytest.fixture
def morning(transactional_db, live_server, settings) -> World:
    """The small world as a drill that stands at T−20 min; everybody's password is known."""
    settings.DEBUG = False
    made = worlds.build(kind="drill", now=moment("T-9d"))
    drill.reset(made.plan, to=moment("T-20m"), now=clock.now(), actor=None)
    made.plan.refresh_from_db()
    for user in User.objects.all():
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    return made


@pytest.fixture
def jump(morning: World) -> Callable[[str], None]:
    """Moves the drill's clock and carries out what is due, as a worker would."""

    def to(expression: str) -> None:
        morning.plan.refresh_from_db()
        drill.jump(morning.plan, to=moment(expression), now=clock.now(), actor=None)
        engine.sweep(now=clock.now())

    return to


@pytest.fixture
def visit(browser: Browser, live_server, morning: World) -> Iterator[Callable[..., Page]]:
    """`visit(user)` signs in through the login page; `phone=True` at 390 px. Errors on the console fail the test."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def sign_in(user: User | None = None, *, phone: bool = False, language: str = "zh-CN") -> Page:
        screen = {"viewport": PHONE, "has_touch": True} if phone else {"viewport": DESKTOP}
        context = browser.new_context(**screen, locale=language, base_url=live_server.url)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        page.on("console", lambda line: said.append(f"{page.url}: {line.text}") if _is_error(line) else None)
        if user is not None:
            page.goto("/login/")
            page.fill("input[name=username]", user.username)
            page.fill("input[name=password]", PASSWORD)
            page.press("input[name=password]", "Enter")
            page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert not said, "\n".join(said)


def poll(page: Page, address: str) -> None:
    """Has the live part at `address` ask the server now, as after sleep, and waits for the answer."""
    with page.expect_response(address):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('portal:resume'))")


def _is_error(line: ConsoleMessage) -> bool:
    """A refusal that the page shows is no fault of the page, nor is a line that the test has cut."""
    return line.type == "error" and not REFUSED.match(line.text)


@pytest.fixture
def shot() -> Callable[[Page, str], None]:
    """`shot(page, name)` keeps a screenshot of the whole page, if SHOTS_DIR says where."""

    def keep(page: Page, name: str) -> None:
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)

    return keep


@pytest.fixture
def accessible() -> Callable[..., None]:
    """No serious or critical finding of axe, by all its rules or by those named."""

    def check(page: Page, *rules: str) -> None:
        found = (
            Axe().run(page, options=AXE | ({"runOnly": list(rules)} if rules else {})).response["violations"]
        )
        bad = [
            f"{v['id']}: {v['nodes'][0]['html'][:160]}"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert not bad, "\n".join(bad)

    return check


@pytest.fixture
def at_the_site(morning: World) -> Callable[[str], Machine]:
    """`at_the_site("PC-1")`: the first candidate logs in at that exam machine of site A1."""
    addresses.register(morning.site, SITE_IP, actor=morning.cast.site_admin, now=clock.now())
    return lambda machine_id: Machine(hands=None, machine_id=machine_id, ip=SITE_IP).log_in(morning.sitting)
