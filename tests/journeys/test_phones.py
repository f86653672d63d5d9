"""Phones before the door (B1, B2, B3, C10, C11): versions, kinds of phone, certificates, scope, tokens."""

import pytest
from rest_framework.test import APIClient

from tests.journeys.voices import PASSWORD, code, log_in
from tests.verification.helpers import DEVICE, check, send
from tests.world import proctor


def test_an_old_app_is_told_where_the_new_one_is(cast):
    told = log_in(APIClient(), cast.proctor, app_version="3.9.9")
    assert code(told) == (426, "app_update_required")
    assert told.json()["minimum_version"] == "4.0.0"
    assert told.json()["download_url"]


@pytest.mark.parametrize(
    ("phone_", "problem"),
    [
        ({"os_version": "7.1"}, "os_too_old"),
        ({"memory_mb": 3499}, "memory_too_small"),
        ({"form_factor": "tablet"}, "tablet"),
        (
            {"platform": "ios", "app_version": "4.0.2", "os_version": "16", "model": "iPhone9,1"},
            "model_too_old",
        ),
    ],
)
def test_a_phone_that_will_not_do_says_which_rule(cast, phone_, problem):
    told = log_in(APIClient(), cast.proctor, **phone_)
    assert code(told) == (403, "device_unsupported")
    assert [found["code"] for found in told.json()["problems"]] == [problem]


def test_an_uncertified_proctor_does_not_log_in(world):
    newcomer = proctor("newcomer", world.site, world.rooms["A1/302"], certified=False, position="second")
    assert code(log_in(APIClient(), newcomer)) == (403, "proctor_not_certified")


def test_locked_on_this_phone_alone_until_support_unlocks(cast, page):
    def attempt(password: str, device_id: str = "phone-1"):
        body = {"username": "proctor", "password": password, "device": DEVICE | {"device_id": device_id}}
        return APIClient().post("/api/v1/auth/tokens/", body)

    assert log_in(APIClient(), cast.proctor).status_code == 201
    assert code([attempt("wrong") for _ in range(6)][-1]) == (423, "locked")
    assert code(attempt(PASSWORD)) == (423, "locked")
    assert attempt(PASSWORD, "another").status_code == 201
    page(cast.support).post(f"/system/accounts/{cast.proctor.pk}/unlock/")
    assert attempt(PASSWORD).status_code == 201


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ({"plan": "P9"}, "plan"),
        ({"plan": "P1", "unit": "U2"}, "unit"),
        ({"unit": "U1", "room": "302"}, "room"),
    ],
)
def test_picking_what_is_not_theirs_says_what_is_missing(phone, cast, query, missing):
    told = phone(cast.proctor).get("/api/v1/app/duties/", query)
    assert (code(told), told.json()["missing"]) == ((403, "out_of_scope"), missing)


def test_a_token_ends_at_sign_out_and_everybody_elses_stays(phone, cast, world):
    mine, other = phone(cast.proctor), phone(cast.second)
    assert mine.delete("/api/v1/auth/tokens/current/").status_code == 204
    assert code(mine.get("/api/v1/app/duties/")) == (401, "not_authenticated")
    assert send(other, check(world.sitting))[0]["status"] == "created"


def test_an_office_token_signs_nobody_in(api, cast, world):
    told = api(cast.proctor, phone=False).post("/api/v1/sign-ins/", {"items": [check(world.sitting)]})
    assert code(told) == (403, "not_allowed")
