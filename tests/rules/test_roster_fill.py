"""Filling rosters: nobody twice at once, nobody who may not, evenly, and a reason for every empty place (C8)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exam_ops.rules.roster_fill import fill
from exam_ops.rules.roster_fill_desk import Desk
from exam_ops.rules.roster_fill_model import LEAD, SECOND, Limits, Person, Place, Span, Task, Why

MORNING = datetime(2026, 1, 16, 0, 30, tzinfo=UTC)  # 08:30 in Beijing
FOUR_A_DAY = [timedelta(days=d, minutes=m) for d in range(2) for m in (0, 150, 330, 480)]
NO_LIMITS = Limits(in_a_row=9, a_day=9)


def span(after: timedelta, minutes: int = 90) -> Span:
    return Span.of(MORNING + after, MORNING + after + timedelta(minutes=minutes))


def task(rooms=2, units=2, people=(), **more) -> Task:
    """Rooms × units with two places each; `people` as a number are that many who may do everything."""
    known = [Person(n) for n in range(people)] if isinstance(people, int) else list(people)
    spans = {unit: span(after) for unit, after in enumerate(FOUR_A_DAY[:units])}
    places = [Place(unit, room, where) for unit in spans for room in range(rooms) for where in (LEAD, SECOND)]
    more.setdefault("limits", NO_LIMITS)
    return Task(spans, places, known, **more)


def test_every_place_is_filled_and_nobody_stands_twice_in_a_unit():
    done = fill(task(rooms=3, units=2, people=6))
    assert (len(done.given), done.empty) == (12, {})
    assert len({(place.unit, person) for place, person in done.given.items()}) == 12


def test_the_same_task_has_the_same_answer_and_another_seed_another():
    asked = [task(rooms=3, units=3, people=9, seed=seed) for seed in ("a", "a", "b")]
    first, again, other = (fill(one).given for one in asked)
    assert first == again != other


def test_what_somebody_holds_already_counts():
    filled = {Place(0, 0, LEAD): 0, Place(0, 0, SECOND): 1}
    done = fill(task(rooms=1, units=2, people=4, filled=filled))
    assert set(done.given.values()) == {2, 3}
    assert done.before == {0: 1, 1: 1, 2: 0, 3: 0}
    assert (done.spread_after.least, done.spread_after.most) == (1, 1)


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (Person(1, certified=False), Why.UNCERTIFIED),
        (Person(1, left_out=True), Why.LEFT_OUT),
        (Person(1, elsewhere=(span(timedelta(minutes=89)),)), Why.ELSEWHERE),
        (Person(1, recused=frozenset({(0, 0)})), Why.RECUSED),
        (Person(1, elsewhere=tuple(span(timedelta(hours=3 * n)) for n in (1, 2))), Why.A_DAY),
        (Person(1, elsewhere=(span(timedelta(minutes=209)),)), Why.IN_A_ROW),
        (Person(1, experience=0), Why.EXPERIENCE),
    ],
)
def test_why_somebody_may_not_stand_there(person, why):
    limits = Limits(in_a_row=1, a_day=2, lead_has_experience=True)
    place = Place(0, 0, LEAD)
    asked = Task({0: span(timedelta(0))}, [place], [person], limits=limits)
    assert fill(asked).empty == {place: {why: 1}}


def test_units_that_touch_don_t_meet_and_a_pause_of_two_hours_is_a_rest():
    touching = Person(1, elsewhere=(span(timedelta(minutes=90)),))
    rested = Person(1, elsewhere=(span(timedelta(minutes=210)),))
    for person, limits in ((touching, NO_LIMITS), (rested, Limits(in_a_row=1))):
        asked = Task({0: span(timedelta(0))}, [Place(0, 0, LEAD)], [person], limits=limits)
        assert fill(asked).given


def test_somebody_moves_on_so_that_one_who_is_recused_has_a_place_too():
    people = [Person(0), Person(1, recused=frozenset({(0, 1)}))]
    asked = Task({0: span(timedelta(0))}, [Place(0, 0, LEAD), Place(0, 1, LEAD)], people)
    assert fill(asked).given == {Place(0, 0, LEAD): 1, Place(0, 1, LEAD): 0}


def test_who_comes_again_on_a_day_stays_in_the_room():
    done = fill(task(rooms=4, units=4, people=8))
    rooms = {person: {p.room for p, who in done.given.items() if who == person} for person in range(8)}
    assert all(len(stood) == 1 for stood in rooms.values())


def test_the_one_who_has_proctored_more_leads():
    done = fill(task(rooms=1, units=1, people=[Person(1, experience=0), Person(2, experience=5)]))
    assert done.given[Place(0, 0, LEAD)] == 2


def test_a_duty_is_passed_on_where_limits_alone_kept_a_place_empty():
    units = {0: span(timedelta(0)), 1: span(timedelta(minutes=150))}
    places = [Place(0, 0, LEAD), Place(1, 0, LEAD)]
    people = [Person(1), Person(2, recused=frozenset({(1, 0)}))]
    for seed in "abcd":
        assert fill(Task(units, places, people, limits=Limits(a_day=1), seed=seed)).empty == {}


def test_no_room_is_left_alone_while_another_has_two():
    done = fill(task(rooms=4, units=4, people=8, limits=Limits(in_a_row=3)))
    assert len(done.given) == 24
    assert {(p.unit, p.room) for p in done.given} == {(u, r) for u in range(4) for r in range(4)}


def test_wishes_are_seated_first_and_what_can_t_be_kept_says_why():
    wishes = {Place(0, 0, LEAD): 3, Place(0, 1, LEAD): 3, Place(1, 0, LEAD): 2}
    alone = fill(task(people=4, wishes=wishes, wishes_alone=True))
    assert alone.given == {Place(0, 0, LEAD): 3, Place(1, 0, LEAD): 2}
    assert alone.unmet == {Place(0, 1, LEAD): Why.HERE}
    assert fill(task(people=4, wishes=wishes)).given.items() >= alone.given.items()


@st.composite
def tasks(draw) -> Task:
    units, rooms = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    spans = {unit: span(FOUR_A_DAY[unit]) for unit in range(units)}
    places = [Place(u, r, where) for u in spans for r in range(rooms) for where in (LEAD, SECOND)]
    sessions = [(u, r) for u in spans for r in range(rooms)]
    people = [
        Person(
            n,
            certified=draw(st.integers(0, 5)) > 0,
            left_out=draw(st.integers(0, 7)) == 0,
            elsewhere=tuple(map(span, draw(st.sets(st.sampled_from(FOUR_A_DAY), max_size=2)))),
            recused=draw(st.frozensets(st.sampled_from(sessions), max_size=4)),
            experience=draw(st.sampled_from([None, 0, 3])),
        )
        for n in range(draw(st.integers(0, 10)))
    ]
    filled: dict[Place, int] = {}
    for person in people[:3]:
        place = draw(st.sampled_from(places))
        if place not in filled and not any(span.meets(spans[place.unit]) for span in person.elsewhere):
            filled[place] = person.id
    limits = Limits(draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.booleans()))
    return Task(spans, places, people, filled, limits, seed=draw(st.sampled_from("ab")))


@settings(max_examples=60, deadline=None)
@given(tasks())
def test_whatever_is_asked_the_answer_holds(asked):
    """Every given place was open and may be held by who has it; no empty one could be; loads are level."""
    done = fill(asked)
    assert not done.given.keys() & asked.filled.keys()
    assert done.given.keys() | done.empty.keys() == set(asked.places) - asked.filled.keys()
    desk = Desk(asked)
    for place, person in done.given.items():
        desk.seat(place, person)
    assert not any(desk.why_not(person, place) is None for place in done.empty for person in desk.people)
    for place, reasons in done.empty.items():
        assert sum(reasons.values()) == len(asked.people), place
    for place, person in done.given.items():
        desk.clear(place)
        assert desk.why_not(person, place) is None
        lighter = [p for p in desk.people if desk.load[p] + 2 <= desk.load[person] + 1]
        assert all(desk.why_not(p, place) for p in lighter)
        desk.seat(place, person)
