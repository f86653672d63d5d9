"""Versions are numbers, and what cannot be read as numbers is not let through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_ops.rules.versions import (
    APP_MINIMUM,
    CLIENT_REQUIRED,
    UnreadableVersion,
    Version,
    app_problem,
    client_fits,
)

v = Version.parse


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("4.0.9", "4.0.10"),
        ("4.0.2", "4.1"),
        ("4.9.9", "10.0.0"),
        ("1.2.2-0", "1.2.2-1"),
        ("1.2.2-9", "1.2.2-10"),
        ("1.2.2-9", "1.2.3-0"),
        ("3.99.99", "4"),
        ("4.0.0", "4.0.0.1"),
    ],
)
def test_numbers_are_compared_as_numbers(older, newer):
    assert v(older) < v(newer)
    assert v(newer) > v(older)
    assert v(older) != v(newer)


@pytest.mark.parametrize(
    ("one", "other"), [("4", "4.0.0"), ("4.0", "4.0.0.0"), ("1.2.2", "1.2.2-0"), (" 4.0.0 ", "04.00.0")]
)
def test_missing_parts_are_zero(one, other):
    assert v(one) == v(other)
    assert hash(v(one)) == hash(v(other))
    assert v(one) >= v(other)
    assert v(one) <= v(other)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "四",
            "4.0.0-beta",
            "4.0.0b1",
            "v4.0.0",
            "4.",
            ".4",
            "4..0",
            "4.0.0-",
            "-1",
            "4,0",
            "4.0.0-1-2",
        ),
        *("４.０.０", "٤.0.0", "4.0.0\n", "4.0.0\x00", "1.2.3.4.5", "1" * 10, "²"),
    ],
)
def test_anything_else_is_unreadable(text):
    with pytest.raises(UnreadableVersion):
        v(text)


def test_a_version_is_shown_as_it_was_written():
    assert str(v("1.2.2-0")) == "1.2.2-0"


@given(
    st.lists(st.integers(0, 999), min_size=3, max_size=3),
    st.lists(st.integers(0, 999), min_size=3, max_size=3),
)
def test_the_order_is_that_of_the_numbers(a, b):
    assert (v(".".join(map(str, a))) < v(".".join(map(str, b)))) is (a < b)


@pytest.mark.parametrize(
    ("platform", "below", "minimum"),
    [
        ("android", "3.99.9", "4.0.0"),
        ("harmonyos", "3.99.9", "4.0.0"),
        ("harmonyos_next", "4.0.0", "4.0.1"),
        ("ios", "4.0.1", "4.0.2"),
    ],
)
def test_the_minimum_of_the_plan_per_platform(platform, below, minimum):
    assert APP_MINIMUM[platform] == v(minimum)
    assert app_problem(platform, below) == "app_too_old"
    assert app_problem(platform, minimum) is None
    assert app_problem(platform, "4.0.10") is None


def test_the_minimum_in_force_goes_before_that_of_the_plan():
    assert app_problem("ios", "4.0.2", v("4.0.3")) == "app_too_old"
    assert app_problem("ios", "4.0.1", v("4.0.1")) is None


@pytest.mark.parametrize("platform", ["", "windows", "iOS", "harmonyos next"])
def test_a_platform_that_is_not_listed_is_unknown(platform):
    assert app_problem(platform, "9.9.9") == "unknown_platform"


def test_a_beta_app_is_unreadable():
    assert app_problem("android", "4.0.0-beta") == "unreadable_version"


RELEASED = {v("1.2.1-0"), v("1.2.2-0"), v("1.2.3-0")}


@pytest.mark.parametrize(
    ("client", "fits"),
    [
        ("1.2.1-0", False),
        ("1.2.2-0", True),
        ("1.2.2", True),
        ("1.2.3-0", True),
        ("1.2.2-1", False),
        ("9.9.9", False),
        ("", False),
        ("1.2.2-rc", False),
    ],
)
def test_a_client_is_new_enough_and_released(client, fits):
    assert client_fits(client, CLIENT_REQUIRED, RELEASED) is fits
