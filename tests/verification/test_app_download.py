"""The public download page: every platform with its code, cheap to ask again (C10)."""

import pytest

from exam_ops.rules.versions import APP_MINIMUM, PLATFORM_NAMES
from tests.conftest import moment
from verification.models import AppRelease


def coming(**more) -> AppRelease:
    said = {
        "platform": "ios",
        "minimum_version": "4.5",
        "latest_version": "4.5",
        "download_url": "https://example.com/ios?a=1&b=2",
        "effective_from": moment("T+1d"),
    }
    return AppRelease.objects.create(**(said | more))


def test_everybody_sees_what_each_platform_needs(world, page):
    text = page().get("/app/").text
    for code, minimum in APP_MINIMUM.items():
        assert PLATFORM_NAMES[code] in text
        assert str(minimum) in text
    assert text.count("<svg") == len(APP_MINIMUM)
    for rule in ("内存 4 GB 及以上", "iPhone 8 及以上机型", "Android 8.0 及以上", "iOS 13.0 及以上"):
        assert rule in text


def test_in_english_on_request(world, page):
    text = page().get("/app/", {"lang": "en"}).text
    assert '<html lang="en">' in text
    assert "iPhone 8 or later" in text


def test_what_comes_is_said_beforehand(world, page, at):
    coming()
    assert "2025-12-07 08:30 起最低版本为" in page().get("/app/").text


def test_the_link_is_escaped_and_in_the_code(world, page, at):
    coming(effective_from=moment("T-1d"))
    text = page().get("/app/").text
    assert 'href="https://example.com/ios?a=1&amp;b=2"' in text
    assert "<style" not in text
    assert "<script>" not in text


def test_asked_again_it_is_unchanged_and_costs_two_looks(world, page, at, django_assert_num_queries):
    browser = page()
    first = browser.get("/app/")
    assert first["Cache-Control"] == "public, max-age=60"
    assert not first.cookies
    with django_assert_num_queries(2):
        again = browser.get("/app/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert browser.get("/app/", {"lang": "en"})["ETag"] != first["ETag"]


@pytest.mark.parametrize("change", ["entered", "in force", "withdrawn"])
def test_a_change_of_the_table_changes_the_page(world, page, at, change):
    if change != "entered":
        row = coming()
    etag = page().get("/app/")["ETag"]
    if change == "entered":
        coming()
    elif change == "in force":
        at("T+1d")
    else:
        AppRelease.objects.filter(pk=row.pk).update(withdrawn_at=at.now)
    assert page().get("/app/", headers={"If-None-Match": etag}).status_code == 200


def test_the_way_there_stands_on_the_sign_in_page(world, page):
    assert 'href="/app/"' in page().get("/login/").text
