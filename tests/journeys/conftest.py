"""The morning's callers: phones that logged in by password, exam machines, the site's line."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from exam_ops.core import outbox
from exam_ops.core.models import User
from tests.client_support.conftest import SITE_IP, Machine
from tests.conftest import Hands
from tests.journeys.voices import log_in
from tests.world import World


@pytest.fixture
def phone(world: World) -> Callable[[User], APIClient]:
    """`phone(user)` is the phone of somebody who logged in by password."""

    def logged_in(user: User) -> APIClient:
        http = APIClient()
        answer = log_in(http, user, device_id=f"phone-of-{user.username}")
        assert answer.status_code == 201, answer.content
        http.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
        return http

    return logged_in


@pytest.fixture
def line(world: World, page: Callable[..., Client]) -> str:
    """The public address of site A1, registered by its administrator on the page."""
    answer = page(world.cast.site_admin).post("/sites/A1/addresses/", {"network": SITE_IP})
    assert answer.status_code == 302, answer.content
    return SITE_IP


@pytest.fixture
def machine(line: str, at: Hands) -> Machine:
    """An exam machine of room 301."""
    return Machine(at, ip=line)


@pytest.fixture
def next_machine(line: str, at: Hands) -> Machine:
    """The machine beside it."""
    return Machine(at, machine_id="PC-301-02", ip=line)


@pytest.fixture
def deliver(at: Hands) -> Callable[[], None]:
    """Carries messages from the outbox to the inboxes, as a worker does every few seconds."""
    return lambda: outbox.drain(now=at.now)
