"""Failed App logins of rostered proctors stand on their rooms until one passes (A3)."""

import pytest

from exam_ops.core.models import ProctorProfile, RosterRow
from tests.verification.test_tokens import RIGHT, lock, login


@pytest.fixture
def proctor(cast):
    cast.proctor.set_password(RIGHT)
    cast.proctor.save()
    return cast.proctor


def marks(user) -> list:
    rows = RosterRow.objects.filter(proctor=user).order_by("pk")
    return [row.login_failed_at for row in rows]


@pytest.mark.parametrize(
    ("when", "marked"), [("T-1801s", False), ("T-1800s", True), ("T-1s", True), ("T", False)]
)
def test_a_wrong_password_counts_from_opening_until_the_start(when, marked, api, proctor, at):
    at(when)
    login(api, "wrong")
    assert marks(proctor) == [at.now if marked else None]


@pytest.mark.parametrize("facts", [{"app_version": "3.9.9"}, {"memory_mb": 2000}])
def test_a_refused_app_or_phone_counts(facts, api, proctor, at):
    login(api, **facts)
    assert marks(proctor) == [at.now]


def test_a_proctor_who_is_not_certified_counts(api, proctor, at):
    ProctorProfile.objects.filter(user=proctor).update(status="pending")
    login(api)
    assert marks(proctor) == [at.now]


def test_a_locked_account_counts(api, proctor, at):
    lock(api)
    RosterRow.objects.update(login_failed_at=None)
    login(api)
    assert marks(proctor) == [at.now]


def test_a_login_that_passes_clears_it_whenever_it_comes(api, proctor, at):
    login(api, "wrong")
    at("T+10m")
    login(api)
    assert marks(proctor) == [None]


def test_a_stranger_s_guess_does_not_lock_out_who_is_in_on_another_phone(api, proctor, at):
    login(api)
    login(api, "wrong", device_id="stranger")
    assert marks(proctor) == [None]


def test_a_phone_that_was_in_and_is_refused_now_counts(api, proctor, at):
    login(api)
    login(api, app_version="3.9.9")
    assert marks(proctor) == [at.now]


def test_an_office_login_says_nothing_of_the_app(api, proctor, at):
    login(api, "wrong", device=False)
    assert marks(proctor) == [None]


def test_nobody_else_is_marked(api, proctor, cast):
    login(api, "wrong")
    login(api, "wrong", username="no such account")
    assert marks(cast.second) == [None]
