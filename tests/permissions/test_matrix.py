"""role × {own, sibling site, other branch, nobody} for every address of the portal."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.template.backends.django import Template
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from exam_ops.core.models import User
from exam_ops.rules.permissions import Role
from tests.conftest import nothing_stays, phone_token
from tests.permissions.matrix import PEOPLE, REFUSED, Row, is_refused, methods_of, names
from tests.permissions.rows import ROWS
from tests.world import World
from verification.views import download


@pytest.fixture(autouse=True)
def _undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may open a page is settled before it is drawn; tests of pages and the browser draw it."""
    monkeypatch.setattr(Template, "render", lambda *_, **__: "")
    monkeypatch.setattr(download, "_drawn", {})  # the one page that is kept once drawn


def call(row: Row, world: World, relation: str, user: User | None) -> int:
    """The status that one person gets at one place."""
    with nothing_stays():
        [status] = calls(row, world, relation, _callers(row, [user]))
    return status


def calls(row: Row, world: World, relation: str, callers: Iterable[Client]) -> Iterator[int]:
    """The status that each of these callers gets at one place, each as if the first; nothing of it stays."""
    url = reverse(row.name, kwargs=row.at(world, relation) if row.at else None)
    body = row.body(world, relation)
    for caller in callers:
        with nothing_stays():
            response = _speak(row, caller, url, body)
        if response.status_code == 302 and "/login/" in response["Location"] and not row.open_to_all:
            yield 401
        else:
            yield response.status_code


def _callers(row: Row, people: Iterable[User | None]) -> list[Client]:
    """Each signed in once; all through one handler, whose middleware is loaded once."""
    handler = None
    callers = []
    for user in people:
        caller = APIClient() if row.name.startswith("api-") else Client()
        caller.handler = handler = handler or caller.handler
        if user is not None and isinstance(caller, APIClient):
            caller.credentials(HTTP_AUTHORIZATION=f"Token {phone_token(user)}")
        elif user is not None:
            caller.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        callers.append(caller)
    return callers


def _speak(row: Row, caller: Client, url: str, body: dict[str, Any]) -> HttpResponse:
    if not isinstance(caller, APIClient) or row.method == "get":
        return getattr(caller, row.method)(url, body)
    if row.method == "put" and not body:
        return caller.put(url, b"\xff\xd8\xff", content_type="image/jpeg")
    return getattr(caller, row.method)(url, body, format="multipart" if row.multipart else "json")


@pytest.mark.parametrize("row", [r for r in ROWS if not r.open_to_all], ids=str)
def test_every_role_at_every_place(row: Row, world: World):
    wrong = []
    callers = _callers(row, [getattr(world.cast, PEOPLE[role]) for role in Role])
    for relation in row.relations:
        with nothing_stays():
            statuses = list(calls(row, world, relation, callers))
        for role, status in zip(Role, statuses, strict=True):
            must = is_refused(row, role, relation)
            fits = (
                status in REFUSED if must else status not in REFUSED or (row.empty_is_404 and status == 404)
            )
            if not fits:
                wanted = "a refusal" if must else "no refusal"
                wrong.append(f"{role.value} at {relation}: {status}, expected {wanted}")
    assert not wrong, f"{row}: {'; '.join(wrong)}"


@pytest.mark.parametrize("row", [r for r in ROWS if not r.open_to_all], ids=str)
def test_nobody_and_no_sign_in(row: Row, world: World):
    assert call(row, world, "own", None) == 401
    own_pages = row.roles == frozenset(Role) and not row.names_a_place
    assert own_pages or call(row, world, "own", world.cast.nobody) in REFUSED


@pytest.mark.parametrize("row", [r for r in ROWS if r.open_to_all], ids=str)
def test_what_is_open_asks_for_no_sign_in(row: Row, world: World):
    assert call(row, world, "own", None) != 401


@pytest.mark.parametrize("name", names())
def test_every_address_has_a_row(name: str):
    rows = {row.method for row in ROWS if row.name == name}
    if any(row.open_to_all for row in ROWS if row.name == name):
        return
    assert methods_of(name) <= rows, f"{name}: no row for {sorted(methods_of(name) - rows)}"


def test_every_row_has_an_address():
    assert {row.name for row in ROWS} <= set(names())
