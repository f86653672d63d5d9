"""Which App a phone needs, asked without a token."""

import pytest

from tests.conftest import moment
from tests.verification.helpers import problem
from verification.models import AppRelease


def ask(api, **query):
    return api().get("/api/v1/app/releases/", query)


@pytest.mark.parametrize(
    ("platform", "minimum"),
    [("android", "4.0.0"), ("harmonyos", "4.0.0"), ("harmonyos_next", "4.0.1"), ("ios", "4.0.2")],
)
def test_the_plans_own_minima(world, api, platform, minimum):
    told = ask(api, platform=platform).json()
    assert (told["minimum_version"], told["supported"], told["update_required"]) == (minimum, True, False)


def test_an_old_app_on_a_good_phone(world, api):
    told = ask(api, platform="ios", app_version="4.0.1", os_version="13.0", model="iPhone10,1").json()
    assert (told["supported"], told["update_required"]) == (True, True)
    assert [p["code"] for p in told["problems"]] == ["app_too_old"]


def test_a_phone_that_will_not_do(world, api):
    told = ask(api, platform="ios", app_version="4.0.2", model="iPhone9,4").json()
    assert (told["supported"], told["update_required"]) == (False, False)
    assert [p["code"] for p in told["problems"]] == ["model_too_old"]


def test_an_unknown_platform(world, api):
    told = ask(api, platform="symbian").json()
    assert (told["supported"], told["minimum_version"]) == (False, None)


@pytest.mark.parametrize(("when", "minimum"), [("T-1s", "4.0.0"), ("T", "4.2.0")])
def test_a_release_holds_from_its_moment_on(world, api, at, when, minimum):
    AppRelease.objects.create(
        platform="android",
        minimum_version="4.2.0",
        latest_version="4.2.1",
        download_url="https://example.com/app",
        effective_from=moment("T"),
    )
    at(when)
    assert ask(api, platform="android").json()["minimum_version"] == minimum


@pytest.mark.parametrize("query", [{}, {"platform": "ios", "memory_mb": "much"}, {"platform": "a\0"}])
def test_a_question_that_makes_no_sense(world, api, query):
    assert problem(ask(api, **query)) == (422, "invalid")


@pytest.mark.parametrize(
    ("version", "codes"),
    [
        ("4", []),
        ("4.0.0-1", []),
        ("4.0.0-beta", ["unreadable_version"]),
        ("四", ["unreadable_version"]),
        ("４.0.0", ["unreadable_version"]),
        ("", ["unreadable_version"]),
        ("3.9.9", ["app_too_old"]),
        ("9" * 64, ["unreadable_version"]),
    ],
)
def test_every_way_to_write_a_version_answers_its_code(world, api, version, codes):
    told = ask(api, platform="android", app_version=version).json()
    assert [p["code"] for p in told["problems"]] == codes
    assert told["update_required"] is bool(codes)


@pytest.mark.parametrize("version", ["13-beta", "十三", ""])
def test_an_os_version_that_can_t_be_read(world, api, version):
    told = ask(api, platform="android", os_version=version).json()
    assert (told["supported"], told["update_required"]) == (False, False)
    assert [p["code"] for p in told["problems"]] == ["unreadable_version"]


def test_each_platform_names_its_own_link(world, api, at):
    AppRelease.objects.create(
        platform="ios",
        minimum_version="4.0.2",
        latest_version="4.1",
        download_url="https://example.com/ios",
        effective_from=moment("T-1h"),
    )
    assert ask(api, platform="ios").json()["download_url"] == "https://example.com/ios"
    assert ask(api, platform="android").json()["download_url"] == "https://one.ouchn.cn/"
