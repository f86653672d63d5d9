"""What support and the triage card know of a proctor's phone."""

import pytest

from tests.verification.helpers import DEVICE
from verification.models import LoginTry
from verification.selectors.phones import facts_of
from verification.services import login_tries

RIGHT = "the right password"


@pytest.fixture
def proctor(cast):
    cast.proctor.set_password(RIGHT)
    cast.proctor.save()
    return cast.proctor


def login(api, password: str = RIGHT, **facts):
    return api().post(
        "/api/v1/auth/tokens/", {"username": "proctor", "password": password, "device": DEVICE | facts}
    )


def facts(proctor, at):
    return facts_of([proctor], now=at.now)[proctor.pk]


def codes(found) -> list[str]:
    return [problem.code for problem in found.problems]


def test_nobody_tried_yet(proctor, at):
    found = facts(proctor, at)
    assert (found.outcome, found.certified, found.is_locked, found.problems) == ("", True, False, [])


@pytest.mark.parametrize(
    ("more", "outcome", "problems"),
    [
        ({}, "passed", []),
        ({"app_version": "3.9.9"}, "app_update_required", ["app_too_old"]),
        ({"memory_mb": 2000}, "device_unsupported", ["memory_too_small"]),
        (
            {"app_version": "3.9.9", "os_version": "7"},
            "app_update_required",
            ["app_too_old", "os_too_old"],
        ),
    ],
)
def test_a_try_leaves_what_the_phone_said(api, proctor, at, more, outcome, problems):
    login(api, **more)
    found = facts(proctor, at)
    assert (found.outcome, found.tried_at, found.platform, found.model) == (
        outcome,
        at.now,
        "Android",
        "Example A1",
    )
    assert codes(found) == problems


def test_the_last_try_counts_whatever_the_phone(api, proctor, at):
    login(api)
    at("T-10m")
    login(api, device_id="phone-2", memory_mb=2000)
    assert (facts(proctor, at).device_id, codes(facts(proctor, at))) == ("phone-2", ["memory_too_small"])
    assert LoginTry.objects.count() == 2


def test_a_locked_account_says_until_when(api, proctor, at):
    for _ in range(5):
        login(api, "wrong")
    found = facts(proctor, at)
    assert found.is_locked
    assert found.outcome == "locked"


def test_guessing_fills_no_table_and_hides_no_refused_phone(api, proctor, at):
    login(api, memory_mb=2000)
    for n in range(login_tries.KEPT + 3):
        login(api, "wrong", device_id=f"guess-{n}")
    assert LoginTry.objects.filter(user=proctor).count() == login_tries.KEPT + 1
    assert LoginTry.objects.filter(user=proctor, device_id="phone-1").exists()


def test_nobodys_account_leaves_no_trace(api, world):
    api().post("/api/v1/auth/tokens/", {"username": "x", "password": "y", "device": DEVICE})
    assert not LoginTry.objects.exists()


def test_a_rooms_people_cost_four_statements(cast, at, django_assert_num_queries):
    with django_assert_num_queries(4):
        facts_of([cast.proctor, cast.second, cast.next_room], now=at.now)
