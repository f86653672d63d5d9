"""How a play keeps time, counts and stops; the play itself is run against a real portal by the journeys."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from exam_ops.sim.crowd import Crowd, Stopped
from exam_ops.sim.http import Problem
from exam_ops.sim.ledger import Ledger
from exam_ops.sim.stage import Unit
from exam_ops.sim.timekeeper import Timekeeper

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)
UNIT = Unit("U1", T, T + timedelta(minutes=90))


class Drill:
    """A clock with deadlines: a jump goes to 10 s before the next one and stays within these seconds."""

    def __init__(self, *minutes: float) -> None:
        self.at = UNIT.at(-30)
        self.deadlines = [UNIT.at(m) for m in minutes]
        self.jumps = 0

    def look(self) -> datetime:
        return self.at

    def jump(self) -> None:
        self.jumps += 1
        ahead = min(d for d in self.deadlines if d > self.at)
        self.at = max(self.at, ahead - timedelta(seconds=10))

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def test_jumps_past_nearer_deadlines_to_just_before_the_one_wanted():
    drill = Drill(-5, 0, 15, 30)
    Timekeeper(drill.look, drill.jump, drill.sleep, "jumps").before(UNIT.at(15))
    assert timedelta(0) < UNIT.at(15) - drill.at <= timedelta(seconds=15)


def test_past_lets_the_deadline_go_by():
    drill = Drill(-5, 0)
    Timekeeper(drill.look, drill.jump, drill.sleep, "jumps").past(UNIT.at(-5))
    assert timedelta(0) <= drill.at - UNIT.at(-5) < timedelta(seconds=2)


def test_the_real_pace_never_jumps():
    drill = Drill(-5, 0)
    Timekeeper(drill.look, drill.jump, drill.sleep, "real").past(UNIT.at(-5))
    assert (drill.jumps, drill.at >= UNIT.at(-5)) == (0, True)


def test_what_is_over_is_not_waited_for():
    drill = Drill(-5)
    Timekeeper(drill.look, drill.jump, drill.sleep, "jumps").past(UNIT.at(-40))
    assert drill.at == UNIT.at(-30)


@pytest.mark.parametrize(
    ("at", "label"),
    [
        (UNIT.at(-12), "T−12"),
        (UNIT.at(-5.2), "T−6"),
        (UNIT.start, "T+0"),
        (UNIT.at(31.5), "T+31"),
        (UNIT.to_end(5), "E−5"),
        (UNIT.end, "E+0"),
    ],
)
def test_labels_say_where_the_exam_stands(at, label):
    assert UNIT.label(at) == label


def refuse(code: str):
    def call():
        raise Problem(409, {"code": code})

    return call


def test_a_refusal_of_the_story_is_expected():
    ledger = Ledger()
    assert ledger.refusal("x", refuse("expired"), ["expired"])
    assert (ledger.unexpected, dict(ledger.refused)) == ([], {"expired": 1})


@pytest.mark.parametrize(
    "act",
    [
        lambda ledger: ledger.refusal("x", refuse("other"), ["expired"]),
        lambda ledger: ledger.refusal("x", lambda: {}, ["expired"]),
        lambda ledger: ledger.attempt("x", refuse("expired")),
        lambda ledger: ledger.attempt("x", lambda: {}["status"]),
        lambda ledger: ledger.check("x", False),
    ],
)
def test_anything_else_is_counted_and_said(act):
    ledger = Ledger()
    act(ledger)
    assert [line[0] for line in ledger.unexpected] == ["x"]


def test_a_crowd_keeps_the_order_and_passes_errors_on():
    with Crowd(2) as crowd:
        assert crowd.each(lambda n: n * 2, range(5)) == [0, 2, 4, 6, 8]
        with pytest.raises(ZeroDivisionError):
            crowd.each(lambda n: 1 / n, [1, 0])


def test_a_crowd_that_is_told_to_stop_begins_nothing_more():
    stop = Event()
    done = []

    def work(n: int) -> None:
        done.append(n)
        stop.set()

    with Crowd(1, stop) as crowd, pytest.raises(Stopped):
        crowd.each(work, range(5))
    assert done == [0]


def test_an_error_stops_the_crowd():
    with pytest.raises(KeyboardInterrupt), Crowd(1) as crowd:
        raise KeyboardInterrupt
    with pytest.raises(Stopped):
        crowd.sleep(60)
