"""What headquarters may decide, to the second."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.rules.decisions import REASONS, Kind, Standing, Why, Wish, minutes_fit, outcome, why_not
from exam_ops.rules.policy import DEFAULT

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)
E = T + timedelta(minutes=90)
S = timedelta(seconds=1)
UNIT = Standing(T, E, E)


def m(value: float) -> timedelta:
    return timedelta(minutes=value)


def extend(minutes: int = 10) -> Wish:
    return Wish(Kind.EXTEND, minutes=minutes)


def delay(minutes: int) -> Wish:
    return Wish(Kind.DELAY, minutes=minutes)


@pytest.mark.parametrize("kind", [Kind.EXTEND, Kind.STOP])
@pytest.mark.parametrize(
    ("now", "why"), [(E - S, None), (E, Why.PAPERS_COLLECTED), (E + S, Why.PAPERS_COLLECTED)]
)
def test_after_the_papers_were_collected_the_end_stays(kind, now, why):
    assert why_not(Wish(kind, minutes=10), UNIT, now=now) is why


def test_a_delay_after_the_papers_were_collected_is_refused_though_its_start_lies_ahead():
    assert why_not(delay(240), UNIT, now=E) is Why.PAPERS_COLLECTED


@pytest.mark.parametrize(
    ("late", "why"), [(-S, None), (0 * S, Why.START_IN_THE_PAST), (S, Why.START_IN_THE_PAST)]
)
def test_a_delayed_start_must_lie_ahead(late, why):
    assert why_not(delay(20), UNIT, now=T + m(20) + late) is why


@pytest.mark.parametrize(
    ("late", "why"), [(-S, None), (0 * S, Why.START_IN_THE_PAST), (S, Why.START_IN_THE_PAST)]
)
def test_a_moved_start_must_lie_ahead(late, why):
    wish = Wish(Kind.MOVE, new_start=T + m(30))
    assert why_not(wish, UNIT, now=T + m(30) + late) is why


def test_a_start_is_never_moved_into_the_past_from_before_it():
    assert why_not(Wish(Kind.MOVE, new_start=T - m(60)), UNIT, now=T - m(30)) is Why.START_IN_THE_PAST


def test_only_the_place_moves_while_the_unit_runs():
    wish = Wish(Kind.MOVE, new_place="示例路 20 号")
    assert why_not(wish, UNIT, now=T + m(10)) is None
    assert outcome(wish, UNIT, now=T) == Standing(T, E, E, place="示例路 20 号")


def test_a_delay_keeps_the_length_and_takes_the_evidence_along():
    moved = outcome(delay(30), UNIT, now=T)
    assert moved == Standing(T + m(30), E + m(30), E + m(30))


def test_an_extension_moves_the_end_and_the_evidence():
    assert outcome(extend(10), UNIT, now=T) == Standing(T, E + m(10), E + m(10))


def test_evidence_that_was_taken_longer_stays_longer():
    unit = Standing(T, E, E + m(60))
    assert outcome(extend(10), unit, now=T).evidence_until == E + m(60)


def test_a_move_keeps_the_length_and_ends_a_stop():
    unit = Standing(T, E, E, stopped=T + m(5))
    wish = Wish(Kind.MOVE, new_start=T + m(600))
    assert why_not(wish, unit, now=E + m(60)) is None
    assert outcome(wish, unit, now=T) == Standing(T + m(600), E + m(600), E + m(600))


@pytest.mark.parametrize("wish", [extend(), delay(30), Wish(Kind.STOP), Wish(Kind.MANUAL_CHECK)])
def test_a_stopped_unit_takes_no_other_decision(wish):
    assert why_not(wish, Standing(T, E, E, stopped=T), now=T + m(1)) is Why.STOPPED


@pytest.mark.parametrize(
    ("now", "why"), [(T + m(30) - S, None), (T + m(30), Why.ENTRY_CLOSED), (T + m(30) + S, Why.ENTRY_CLOSED)]
)
def test_manual_checks_are_decided_until_entry_closes(now, why):
    assert why_not(Wish(Kind.MANUAL_CHECK), UNIT, now=now) is why


def test_what_stands_so_already_is_left_out():
    unit = Standing(T, E, E, manual_check_for_all=True)
    assert why_not(Wish(Kind.MANUAL_CHECK), unit, now=T) is Why.NOTHING_CHANGES


@pytest.mark.parametrize(
    ("until", "why"), [(E + m(60) - S, Why.NOT_LATER), (E + m(60), Why.NOT_LATER), (E + m(60) + S, None)]
)
def test_reopened_evidence_closes_after_now(until, why):
    assert why_not(Wish(Kind.REOPEN_EVIDENCE, evidence_until=until), UNIT, now=E + m(60)) is why


@pytest.mark.parametrize(("until", "why"), [(E, Why.NOT_LATER), (E + S, None)])
def test_reopened_evidence_closes_later_than_before(until, why):
    assert why_not(Wish(Kind.REOPEN_EVIDENCE, evidence_until=until), UNIT, now=T + m(80)) is why


def test_evidence_is_not_reopened_for_ever():
    limit = E + DEFAULT.evidence_reopens_at_most
    for late, why in ((-S, None), (0 * S, None), (S, Why.TOO_LONG)):
        assert why_not(Wish(Kind.REOPEN_EVIDENCE, evidence_until=limit + late), UNIT, now=E) is why


@pytest.mark.parametrize(("minutes", "fits"), [(0, False), (1, True), (240, True), (241, False)])
def test_the_minutes_of_a_delay_have_their_limits(minutes, fits):
    assert minutes_fit(delay(minutes)) is fits


def test_every_reason_has_its_sentence():
    assert set(REASONS) == set(Why)
