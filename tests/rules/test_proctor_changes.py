"""Windows of proctor changes by who asks, at −1 s, 0, +1 s of each end (C8, readings 22–24)."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.rules.policy import DEFAULT
from exam_ops.rules.proctor_changes import (
    Asker,
    ChangeWindow,
    applies_at_once,
    change_window,
    holds_until,
    window_for,
)

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)
S = timedelta(seconds=1)
FREE, ASKED, URGENT, CLOSED = ChangeWindow
H48, H2, CLOSE = T - timedelta(hours=48), T - timedelta(hours=2), T + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("now", "site", "chief", "duty"),
    [
        (H48 - S, FREE, FREE, None),
        (H48, FREE, FREE, None),
        (H48 + S, ASKED, ASKED, None),
        (H2 - S, ASKED, ASKED, None),
        (H2, CLOSED, URGENT, URGENT),
        (H2 + S, CLOSED, URGENT, URGENT),
        (CLOSE - S, CLOSED, URGENT, URGENT),
        (CLOSE, CLOSED, CLOSED, CLOSED),
        (CLOSE + S, CLOSED, CLOSED, CLOSED),
    ],
)
def test_the_window_is_the_askers(now, site, chief, duty):
    found = [window_for(asker, start=T, now=now) for asker in (Asker.SITE, Asker.CHIEF, Asker.DUTY)]
    assert found == [site, chief, duty]


@pytest.mark.parametrize(
    ("window", "last", "first_outside"),
    [
        (FREE, H48, H48 + timedelta(microseconds=1)),
        (ASKED, H2 - timedelta(microseconds=1), H2),
        (URGENT, CLOSE - timedelta(microseconds=1), CLOSE),
    ],
)
def test_a_window_holds_until_its_end(window, last, first_outside):
    until = holds_until(window, start=T)
    assert until.holds(last)
    assert not until.holds(first_outside)
    assert change_window(start=T, now=last) is window
    assert change_window(start=T, now=first_outside) is not window


def test_the_closed_window_never_holds():
    with pytest.raises(KeyError):
        holds_until(CLOSED, start=T)


def test_only_the_free_window_and_the_duty_officer_need_nobodys_word():
    at_once = {
        (asker, window) for asker in Asker for window in ChangeWindow if applies_at_once(asker, window)
    }
    assert at_once == {(asker, FREE) for asker in Asker} | {(Asker.DUTY, URGENT)}


def test_a_plans_own_numbers_hold():
    policy = DEFAULT.changed({"roster_free_until": 72 * 3600, "roster_change_until": 3600})
    assert change_window(start=T, now=T - timedelta(hours=71), policy=policy) is ASKED
    assert change_window(start=T, now=T - timedelta(hours=2), policy=policy) is ASKED
    assert holds_until(ASKED, start=T, policy=policy).at == T - timedelta(hours=1)
