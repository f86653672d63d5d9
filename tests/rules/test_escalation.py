"""Grades, mass failure, and what goes up at T−5."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.rules.catalogue import INCIDENT_TYPES
from exam_ops.rules.escalation import (
    LEVELS,
    SINGLE_ROOM,
    SPREADING,
    Blocked,
    Reach,
    goes_up,
    grade,
    is_past_escalation,
    is_single_room,
    may_close,
    next_level,
)

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (Reach(people=1, room_size=3), 4),
        (Reach(people=4, room_size=30), 4),
        (Reach(people=5, room_size=30), 3),
        (Reach(people=2, room_size=10), 3),
        (Reach(people=49), 3),
        (Reach(people=50), 2),
        (Reach(rooms=2), 4),
        (Reach(rooms=3), 2),
        (Reach(whole_room=True), 3),
        (Reach(whole_site=True), 2),
        (Reach(branches=2), 1),
        (Reach(sites=10), 1),
        (Reach(sites=9), 4),
        (Reach(lost_minutes=10), 4),
        (Reach(lost_minutes=11), 3),
        (Reach(lost_minutes=30), 3),
        (Reach(lost_minutes=31), 2),
    ],
)
def test_grade_follows_the_reach(reach, expected):
    assert grade(4, reach) == expected


def test_a_grade_is_never_lowered():
    assert grade(1, Reach(people=1)) == 1


@pytest.mark.parametrize(
    ("blocked", "mass"),
    [
        (Blocked(people=4, registered=10, rooms=1), False),
        (Blocked(people=5, registered=25, rooms=0), True),
        (Blocked(people=5, registered=26, rooms=0), False),
        (Blocked(people=5, registered=500, rooms=1), True),
        (Blocked(people=49, registered=500, rooms=0), False),
        (Blocked(people=50, registered=5000, rooms=0), True),
        (Blocked(people=0, registered=100, rooms=0), False),
    ],
)
def test_mass_needs_positive_signs_and_five_people(blocked, mass):
    assert blocked.is_mass() is mass


def test_one_room_is_grade_three_else_two():
    assert Blocked(people=20, registered=500, rooms=1).grade() == 3
    assert Blocked(people=60, registered=500, rooms=2).grade() == 2


@pytest.mark.parametrize(
    ("incident_grade", "major", "mass", "up"),
    [
        (4, False, False, False),
        (3, False, False, False),
        (2, False, False, True),
        (4, True, False, True),
        (3, False, True, True),
    ],
)
def test_what_goes_up(incident_grade, major, mass, up):
    assert goes_up(incident_grade=incident_grade, declared_major=major, mass=mass) is up


@pytest.mark.parametrize(("seconds", "past"), [(-301, False), (-300, True), (-299, True)])
def test_t_minus_five(seconds, past):
    assert is_past_escalation(start=T, now=T + timedelta(seconds=seconds)) is past


@pytest.mark.parametrize(
    ("incident_grade", "site", "branch", "hq"),
    [(4, True, True, True), (3, False, True, True), (2, False, False, True), (1, False, False, True)],
)
def test_who_may_close(incident_grade, site, branch, hq):
    assert [may_close(level, incident_grade) for level in LEVELS] == [site, branch, hq]


@pytest.mark.parametrize(
    ("type", "rooms", "incident_grade", "up", "single"),
    [
        ("IDV-03", 1, 3, False, True),
        ("IDV-05", 1, 4, False, True),
        ("IDV-05", 1, 2, False, False),
        ("IDV-05", 1, 3, True, False),
        ("IDV-05", 2, 3, False, False),
        ("IDV-05", 0, 3, False, False),
        ("NET", 1, 3, False, False),
    ],
)
def test_one_blocked_room_is_a_line_of_the_digest(type, rooms, incident_grade, up, single):
    assert is_single_room(type=type, rooms=rooms, grade=incident_grade, goes_up=up) is single


def test_what_spreads_stands_in_the_catalogue():
    assert set(INCIDENT_TYPES) >= SPREADING | SINGLE_ROOM


def test_levels():
    assert [next_level(v) for v in ("site", "branch", "hq")] == ["branch", "hq", None]
