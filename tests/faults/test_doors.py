"""The judge of races finds what is planted, and no order is found where there is none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from django.db.models import F

from exam_ops.core.models import Event, RoomSession, Sitting
from incidents.models import EvidenceDuty
from tests import entry_model as model
from tests.conftest import nothing_stays
from tests.faults.doors import ground, judge, meets, standing
from tests.faults.doors.racer import Said
from tests.faults.doors.speakers import Services
from tests.world import T
from verification.models import PhoneTally, SignIn

# --- orders ---------------------------------------------------------------------------------------

WAITING = model.Door(status=model.Entry.PENDING, requests={"r": model.Request("p", "")})


def done(act: model.Act, *told, began: float = 0.0, ended: float = 1.0) -> model.Done:
    return model.Done(act, told, began, ended)


def decides(by: str, *told, outcome: str = "approved", **when) -> model.Done:
    return done(model.Decide("r", outcome, by), *told, **when)


def passes(id: str, *told, **when) -> model.Done:
    return done(model.Checks((model.Check(id, True, id),), "p"), told, **when)


def test_one_decides_and_the_other_is_told_by_whom():
    told = ("already_decided", "approved", "a")
    assert model.explain(WAITING, [decides("b", *told, outcome="rejected"), decides("a", "decided")])


@pytest.mark.parametrize(
    "others",
    [
        [decides("b", "decided")],
        [decides("b", "already_decided", "approved", "c")],
        [decides("b", "already_decided", "approved", "a", ended=0.5), decides("c", "expired")],
        [passes("x", "created", "", "signed_in")],
    ],
)
def test_what_can_not_have_been_is_not_explained(others):
    assert model.explain(WAITING, [decides("a", "decided"), *others]) is None


def test_an_answer_from_before_comes_before():
    first, then = passes("x", "created", "", "signed_in"), passes("x", "duplicate", "", "signed_in")
    assert model.explain(model.Door(), [then, first])
    assert model.explain(model.Door(), [replace(then, ended=0.4), replace(first, began=0.5)]) is None


def test_the_end_must_be_the_one_that_was_told():
    told = [passes("x", "created", "", "signed_in")]
    assert model.explain(model.Door(), told, end=model.Door()) is None


# --- the judge ------------------------------------------------------------------------------------


@pytest.fixture
def raced(db, at) -> standing.Races:
    """Some of every kind of meet, its calls one after the other."""
    rooms, tokens = ground.lay("R", [T], rooms=3, people=12, now=at.now)
    closing, more = ground.lay("C", [T - timedelta(minutes=40)], rooms=1, people=meets.AT_CLOSE, now=at.now)
    drawn = meets.draw(rooms, closing, 15, Random(3), now=at.now)
    speaker, ticks = Services(tokens | more), iter(range(10**6))
    said = []
    for number, meet in enumerate(drawn):
        for n, call in enumerate(meet.calls):
            began, between, ended = (float(next(ticks)) for _ in range(3))
            spoken = speaker.say(call, meet)
            if call.do == "close":
                spoken.told[0][1] = between
            said.append(Said(number, n, began, ended, spoken.now, spoken.told, spoken.captured))
    return standing.Races(drawn, said)


def wrong(races: standing.Races) -> set[str]:
    return {row.what for row in judge.read(standing.Races(races.meets, races.said)) if not row.is_ok}


def one_of(races: standing.Races, do: str, word: str) -> Said:
    return next(s for s in races.said if races.meets[s.meet].calls[s.call].do == do and s.told[0][0] == word)


def tell(do: str, word: str, *otherwise) -> Callable[[standing.Races], None]:
    def plant(races: standing.Races) -> None:
        one_of(races, do, word).told[0][:] = otherwise

    return plant


def break_one(races: standing.Races) -> None:
    races.said[0].error = "OperationalError"


def forget_a_check(races: standing.Races) -> None:
    SignIn.objects.filter(outcome="failed", status="created").earliest("pk").delete()


def let_nobody_in(races: standing.Races) -> None:
    SignIn.objects.filter(pk=SignIn.objects.filter(effective=True).earliest("pk").pk).update(effective=False)


def owe_twice(races: standing.Races) -> None:
    duty = EvidenceDuty.objects.earliest("pk")
    duty.pk, duty.status, duty.closed_at = None, EvidenceDuty.Status.DROPPED, duty.opened_at
    duty.save()


def say_twice(races: standing.Races) -> None:
    event = Event.objects.filter(kind__startswith="sign_in.").earliest("pk")
    event.pk = None
    event.save()


def add_one(model, field: str, least: int = 1) -> Callable[[standing.Races], None]:
    def plant(races: standing.Races) -> None:
        row = model.objects.filter(**{f"{field}__gte": least}).earliest("pk")
        model.objects.filter(pk=row.pk).update(**{field: F(field) + 1})

    return plant


def unsay(kind: str) -> Callable[[standing.Races], None]:
    return lambda races: Event.objects.filter(kind=kind).earliest("pk").delete() and None


PLANTED: dict[str, list[Callable[[standing.Races], None]]] = {
    "broken": [break_one],
    "unexplained": [tell("check", "created", "duplicate", "", "signed_in"), tell("ask", "made", "again")],
    "decisions": [tell("decide", "already_decided", "already_decided", "approved", "nobody", None)],
    "lost": [forget_a_check],
    "effective": [let_nobody_in],
    "counters": [add_one(RoomSession, "signed_in"), add_one(RoomSession, "failed_only", 0)],
    "failures": [add_one(Sitting, "failed_attempts")],
    "duties": [owe_twice],
    "events": [say_twice, unsay("entry.requested"), unsay("entry.withdrawn")],
    "let_in": [unsay("sign_in.passed")],
    "duty_events": [unsay("duty.opened")],
    "tallies": [add_one(PhoneTally, "last_seq")],
}


@pytest.fixture
def names() -> dict[str, str]:
    """Function → what the table says of it."""
    return {function.__name__: what for what, function in judge.CHECKS.items()}


def test_what_is_planted_is_found_and_nothing_else_is_wrong(raced, names):
    assert wrong(raced) == set()
    assert PLANTED.keys() == names.keys()
    missed = []
    for name, plants in PLANTED.items():
        for plant in plants:
            before = [replace(one, told=[list(line) for line in one.told]) for one in raced.said]
            with nothing_stays():
                plant(raced)
                if names[name] not in wrong(raced):
                    missed.append(f"{name}: {plant.__name__}")
            raced.said = before
    assert missed == []
