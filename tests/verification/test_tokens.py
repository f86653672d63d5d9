"""Sign-in of people on phones: the order of the checks, the lock, the life of a token."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from exam_ops.core.models import AccessToken, Device, ProctorProfile, SiteUnit
from tests.conftest import moment
from tests.verification.helpers import DEVICE, problem

RIGHT = "the right password"


@pytest.fixture
def proctor(cast):
    cast.proctor.set_password(RIGHT)
    cast.proctor.save()
    return cast.proctor


def login(api, password: str = RIGHT, *, username: str = "proctor", device: dict | None = None, **facts):
    body = {"username": username, "password": password}
    if device is not False:
        body["device"] = (device or DEVICE) | facts
    return api().post("/api/v1/auth/tokens/", body)


def lock(api, **facts) -> None:
    for _ in range(5):
        login(api, "wrong", **facts)


def uncertify(proctor) -> None:
    ProctorProfile.objects.filter(user=proctor).update(status="pending")


def test_a_phone_gets_a_token_of_its_own(api, proctor):
    answer = login(api)
    assert answer.status_code == 201
    assert answer.json()["user"] == {"id": proctor.pk, "name": "proctor", "roles": ["proctor"]}
    token = AccessToken.objects.get(user=proctor)
    assert (token.device.device_id, token.device.app_version) == ("phone-1", "4.0.0")
    assert answer.json()["token"] not in (token.digest, token.token_key)


def test_the_token_works_until_it_is_revoked(api, proctor):
    phone = api()
    phone.credentials(HTTP_AUTHORIZATION=f"Token {login(api).json()['token']}")
    assert phone.get("/api/v1/app/duties/").status_code == 200
    assert phone.delete("/api/v1/auth/tokens/current/").status_code == 204
    assert problem(phone.get("/api/v1/app/duties/")) == (401, "not_authenticated")


def test_the_same_phone_is_one_device(api, proctor):
    login(api), login(api, app_version="4.0.1")
    assert Device.objects.get(user=proctor).app_version == "4.0.1"


def test_the_checks_come_in_their_order(api, proctor):
    """Everything is wrong at once; each repair brings the next check forward."""
    uncertify(proctor)
    bad = {"app_version": "3.9.9", "memory_mb": 2000}
    assert problem(login(api, "wrong", **bad)) == (401, "bad_credentials")
    assert problem(login(api, **bad)) == (426, "app_update_required")
    assert problem(login(api, memory_mb=2000)) == (403, "device_unsupported")
    assert problem(login(api)) == (403, "proctor_not_certified")
    ProctorProfile.objects.filter(user=proctor).update(status="certified")
    assert login(api).status_code == 201


def test_the_lock_comes_before_the_version(api, proctor):
    lock(api)
    assert problem(login(api, app_version="3.9.9")) == (423, "locked")


def test_a_locked_account_is_told_the_way_out(api, proctor):
    lock(api)
    answer = login(api)
    assert problem(answer) == (423, "locked")
    assert "技术支持" in answer.json()["detail"]
    assert answer["Retry-After"] == "900"


def test_a_locked_account_does_not_tell_whether_the_password_was_right(api, proctor):
    lock(api)
    assert login(api, "wrong").json() == login(api).json()


def test_the_lock_holds_for_account_and_device_alone(api, proctor):
    lock(api)
    assert login(api, device_id="phone-2").status_code == 201


def test_four_failures_are_forgotten_by_a_success(api, proctor):
    for _ in range(2):
        for _ in range(4):
            login(api, "wrong")
        assert login(api).status_code == 201


def test_an_old_app_is_told_where_the_new_one_is(api, proctor):
    told = login(api, app_version="3.9.9").json()
    assert told["minimum_version"] == "4.0.0"
    assert told["download_url"].startswith("https://")


@pytest.mark.parametrize("version", ["4.0.0-beta", "四", ""])
def test_an_unreadable_version_is_no_release(api, proctor, version):
    answer = login(api, app_version=version)
    assert problem(answer) == (403, "device_unsupported")
    assert [p["code"] for p in answer.json()["problems"]] == ["unreadable_version"]


@pytest.mark.parametrize("version", ["4", "4.0", "4.0.0", "4.0.10"])
def test_versions_that_will_do(api, proctor, version):
    assert login(api, app_version=version).status_code == 201


def test_every_problem_of_a_phone_is_named(api, proctor):
    answer = login(api, os_version="7.1", memory_mb=3000, form_factor="tablet")
    assert {p["code"] for p in answer.json()["problems"]} == {"os_too_old", "memory_too_small", "tablet"}


def test_an_unknown_platform(api, proctor):
    answer = login(api, platform="windows_phone")
    assert [p["code"] for p in answer.json()["problems"]] == ["unknown_platform"]


def test_the_chief_needs_no_certificate(api, cast):
    cast.chief.set_password(RIGHT)
    cast.chief.save()
    assert login(api, username="chief").status_code == 201


def test_an_office_signs_in_without_a_phone(api, proctor):
    assert login(api, device=False).status_code == 201
    assert AccessToken.objects.get(user=proctor).device is None


@pytest.mark.parametrize(
    ("ends", "lives_until"), [("T+90m", "T+14h"), ("T+13h", "T+15h"), ("T+15h", "T+17h")]
)
def test_a_token_outlives_the_last_unit_of_the_day(api, proctor, world, at, ends, lives_until):
    at("T")
    SiteUnit.objects.filter(pk=world.site_unit.pk).update(ends_at=moment(ends))
    expires = datetime.fromisoformat(login(api).json()["expires_at"])
    assert expires == moment(lives_until)


def test_an_expired_token_is_none(api, proctor, at):
    phone = api()
    phone.credentials(HTTP_AUTHORIZATION=f"Token {login(api).json()['token']}")
    at.now = AccessToken.objects.get().expiry - timedelta(seconds=1)
    assert phone.get("/api/v1/app/duties/").status_code == 200
    at.now += timedelta(seconds=1)
    assert problem(phone.get("/api/v1/app/duties/")) == (401, "not_authenticated")


def test_fields_that_are_missing(api, proctor):
    assert problem(api().post("/api/v1/auth/tokens/", {"username": "proctor"})) == (422, "invalid")
    assert problem(Client().post("/api/v1/auth/tokens/", "{", content_type="application/json")) == (
        400,
        "malformed",
    )


def test_in_english_on_request(api, proctor):
    answer = api().post(
        "/api/v1/auth/tokens/",
        {"username": "proctor", "password": "wrong"},
        headers={"Accept-Language": "en"},
    )
    assert answer.json()["title"] == "Sign-in failed"
