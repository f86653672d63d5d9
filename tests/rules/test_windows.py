"""Windows of entry, evidence and proctor changes at −1 s, 0, +1 s."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_ops.rules.evidence import Timing, timing
from exam_ops.rules.moments import UnreadableMoment, entry_window, moment, offset_label
from exam_ops.rules.proctor_changes import ChangeWindow, change_window

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)
E = T + timedelta(minutes=90)
S = timedelta(seconds=1)


def m(value: float) -> timedelta:
    return timedelta(minutes=value)


@pytest.mark.parametrize(
    ("at", "inside"),
    [(T - m(30) - S, False), (T - m(30), True), (T + m(30) - S, True), (T + m(30), False)],
)
def test_entry_is_open_from_t_minus_30_to_t_plus_30(at, inside):
    assert (at in entry_window(T)) is inside


def judged(now: datetime, captured: datetime | None) -> Timing:
    return timing(start=T, closes=E, now=now, captured_at=captured)


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (T + m(20) - S, Timing.TOO_EARLY),
        (T + m(20), Timing.REASON_NEEDED),
        (E - S, Timing.ON_TIME),
        (E, Timing.CLOSED),
        (E + S, Timing.CLOSED),
    ],
)
def test_the_servers_clock_alone_refuses(now, verdict):
    assert judged(now, min(now, T + m(30))) is verdict


@pytest.mark.parametrize(
    ("captured", "verdict"),
    [
        (T + m(25) - S, Timing.REASON_NEEDED),
        (T + m(25), Timing.ON_TIME),
        (T + m(40) - S, Timing.ON_TIME),
        (T + m(40), Timing.REASON_NEEDED),
        (None, Timing.REASON_NEEDED),
    ],
)
def test_a_claim_outside_25_to_40_needs_a_reason(captured, verdict):
    assert judged(T + m(60), captured) is verdict


def test_a_claim_from_the_future_needs_a_reason():
    now = T + m(28)
    assert judged(now, now + m(2)) is Timing.ON_TIME
    assert judged(now, now + m(2) + S) is Timing.REASON_NEEDED


@given(st.integers(0, 7200), st.one_of(st.none(), st.integers(-86400, 86400)))
def test_nothing_is_taken_at_or_after_the_close(late, claim):
    captured = None if claim is None else T + timedelta(seconds=claim)
    assert judged(E + timedelta(seconds=late), captured) is Timing.CLOSED


@pytest.mark.parametrize(
    ("left", "window"),
    [
        (timedelta(hours=48) + S, ChangeWindow.FREE),
        (timedelta(hours=48), ChangeWindow.FREE),
        (timedelta(hours=48) - S, ChangeWindow.BRANCH_APPROVAL),
        (timedelta(hours=2) + S, ChangeWindow.BRANCH_APPROVAL),
        (timedelta(hours=2), ChangeWindow.EMERGENCY),
        (-m(30) + S, ChangeWindow.EMERGENCY),
        (-m(30), ChangeWindow.CLOSED),
    ],
)
def test_proctor_changes(left, window):
    assert change_window(start=T, now=T - left) is window


@pytest.mark.parametrize(
    ("text", "at"),
    [("T-6m", T - m(6)), ("T+32m", T + m(32)), ("E-10s", E - 10 * S), ("T", T), ("T-2h", T - m(120))],
)
def test_moments_are_read(text, at):
    assert moment(text, T, E) == at


@pytest.mark.parametrize("text", ["", "T6m", "X-1m", "T-m", "T-5", "08:30", "T−5m"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(UnreadableMoment):
        moment(text, T, E)


@pytest.mark.parametrize(
    ("offset", "label"),
    [
        (m(0), "T"),
        (-m(5), "T−5"),
        (m(30), "T+30"),
        (-timedelta(hours=48), "T−48h"),
        (-timedelta(days=7), "T−7d"),
    ],
)
def test_labels(offset, label):
    assert offset_label(offset) == label
