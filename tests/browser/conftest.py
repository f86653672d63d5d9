"""Journeys in headless Chromium on a live server: a drill whose clock the test moves."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from exam_ops.core import clock, drill
from exam_ops.core.deadlines import engine
from exam_ops.core.models import User
from tests import world as worlds
from tests.conftest import moment
from tests.world import World

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the test's thread

PASSWORD = "a-password-of-the-tests"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOTS = Path(os.environ.get("SHOTS_DIR", "var/shots"))


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
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
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
    """`visit(user)` signs in through the login page; `phone=True` at 390 px."""
    contexts = []

    def sign_in(user: User | None = None, *, phone: bool = False, language: str = "zh-CN") -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP, locale=language, base_url=live_server.url
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
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


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """No serious or critical finding of axe."""

    def check(page: Page) -> None:
        found = Axe().run(page).response["violations"]
        bad = [
            f"{v['id']}: {v['nodes'][0]['html'][:160]}"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert not bad, "\n".join(bad)

    return check
