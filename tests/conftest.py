"""The cast, the clock and the callers that every test may use."""

import os
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from exam_ops.core import clock, polls, watched, write_once
from exam_ops.core.deadlines import engine
from exam_ops.core.models import AccessToken, Device, User
from tests import copies, database_clock
from tests import world as worlds
from tests.world import E, T, World
from verification.selectors import kept_figures


@pytest.fixture(autouse=True)
def _plain_machine(settings, tmp_path: Path) -> None:
    """Fast passwords, files in a folder of the test's own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.FILES_DIR = tmp_path / "files"
    settings.EVIDENCE_KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="  # signs packages
    settings.CELERY_TASK_ALWAYS_EAGER = False
    settings.WHITENOISE_AUTOREFRESH = True  # or every client would read all static files first
    settings.POLL_MEMORY = settings.FIGURES_KEPT = 0.0  # every poll looks for itself
    for remembered in (polls, watched, kept_figures):
        remembered.forget()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Beside servers only what touches them or a database runs: the rest ran on SQLite, and is the same.

    What starts processes comes first: it waits more than it works, and the others work meanwhile.
    """
    if connection.vendor == "sqlite":
        for item in items:
            if item.get_closest_marker("postgres_only"):
                item.add_marker(pytest.mark.skip(reason="on PostgreSQL alone"))
        return
    kept = [item for item in items if _touches(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = sorted(kept, key=lambda item: item.get_closest_marker("services") is None)


def _touches(item: pytest.Item) -> bool:
    marked = any(
        item.get_closest_marker(name) for name in ("django_db", "services", "postgres_only", "browser")
    )
    return marked or not {"db", "transactional_db"}.isdisjoint(getattr(item, "fixturenames", ()))


def moment(expression: str) -> datetime:
    """`T-10m`, `E-1s`, `T+20m` of the world's first unit."""
    anchor, sign, amount, unit = re.fullmatch(r"([TE])(?:([+-])(\d+)(ms|s|m|h|d))?", expression).groups()
    base = T if anchor == "T" else E
    if not sign:
        return base
    span = {"ms": timedelta(milliseconds=1), "s": timedelta(seconds=1), "m": timedelta(minutes=1),
            "h": timedelta(hours=1), "d": timedelta(days=1)}[unit] * int(amount)  # fmt: skip
    return base + span if sign == "+" else base - span


@contextmanager
def nothing_stays() -> Iterator[None]:
    """What the block does to the database is taken back at its end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Each worker's database is a copy of the one that `scripts/test.sh` has migrated."""
    if template := os.environ.get("TEST_TEMPLATE"):
        connection.settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The tests' database, with a clock that can be set."""
    with django_db_blocker.unblock():
        database_clock.install()
        let_flush_forget()
    yield
    database_clock.let_go()


def let_flush_forget() -> None:
    """Emptying the tests' tables loses no evidence, though triggers refuse to delete it.

    PostgreSQL's TRUNCATE makes every file of every table anew; a DELETE from tables that are nearly all empty
    takes a thirtieth of that. For every connection: while a browser is driven, the tests have another one.
    """
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def forgetting(self: Any, statements: list[str]) -> None:
        with write_once.forgetting():
            flush(self, statements)

    def deleting(self: Any, style: Any, tables: list[str], **_: Any) -> list[str]:
        deletes = (f"DELETE FROM {self.quote_name(table)}" for table in tables)
        return [f"SET LOCAL session_replication_role = replica; {'; '.join(deletes)}"] if tables else []

    operations.execute_sql_flush = forgetting
    if connection.vendor == "postgresql":
        operations.sql_flush = deleting


class Hands:
    """The test's hand on the clock: `at("T-10m")` sets it; `fire()` runs the engine as a worker would.

    The database's clock stands still with it. What a test has written is judged by its constraints before
    the hand moves on, as its commit would have been.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, database: bool) -> None:
        self.database = database
        self.depth = len(connection.atomic_blocks) if database else 0
        self.now = moment("T-20m")
        monkeypatch.setattr(clock, "now", lambda: self.now)
        monkeypatch.setattr(clock, "skew", lambda: timedelta(0))

    @property
    def now(self) -> datetime:
        return self._now

    @now.setter
    def now(self, to: datetime) -> None:
        self.settle()
        self._now = to
        if self.database:
            database_clock.freeze(to)

    def __call__(self, expression: str) -> datetime:
        self.now = moment(expression)
        return self.now

    def fire(self) -> engine.Swept:
        return engine.sweep(now=self.now)

    def settle(self) -> None:
        """Runs what waits for the commit, where the test's own transaction is the only one open."""
        if self.database and self.depth and len(connection.atomic_blocks) == self.depth:
            database_clock.settle()


@pytest.fixture
def at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    """The clock stands at T−20 min until the test moves it."""
    marked = request.node.get_closest_marker("django_db") is not None
    database = marked or not {"db", "transactional_db"}.isdisjoint(request.fixturenames)
    if database:
        request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
    hands = Hands(monkeypatch, database=database)
    yield hands
    hands.settle()
    if database:
        database_clock.run()


@pytest.fixture
def world(db, at: Hands) -> World:
    """The small world on a real plan."""
    return copies.again("real", worlds.build)


@pytest.fixture
def drill_world(db, at: Hands) -> World:
    """The same world on a drill."""
    return copies.again("drill", lambda: worlds.build(kind="drill"))


@pytest.fixture
def cast(world: World):
    return world.cast


def phone_token(user: User) -> str:
    """A token made from a phone."""
    device, _ = Device.objects.get_or_create(
        user=user,
        device_id=f"phone-of-{user.username}",
        defaults={"platform": "android", "app_version": "4.0.0", "seen_at": clock.now()},
    )
    return AccessToken.objects.create(user=user, device=device)[1]


@pytest.fixture
def api(db) -> Callable[..., APIClient]:
    """`api(user)` speaks as a phone of `user`; `api(user, phone=False)` with an office token; `api()` with none."""

    def caller(user: User | None = None, *, phone: bool = True) -> APIClient:
        client = APIClient()
        if user is not None:
            token = phone_token(user) if phone else AccessToken.objects.create(user=user)[1]
            client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return client

    return caller


@pytest.fixture
def page(db) -> Callable[..., Client]:
    """`page(user)` is a browser signed in as `user`; `page()` one that is not."""

    def browser(user: User | None = None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return browser


@pytest.fixture
def new_id() -> Callable[[], str]:
    return lambda: str(uuid.uuid4())
