"""The ladder as data: defaults of the table of grades, what is due next, what does not hold."""

from datetime import UTC, datetime, timedelta

import pytest

from exam_ops.rules import ladder
from exam_ops.rules.ladder import DEFAULT_LADDERS, Due, Level, Standing, What, next_step
from exam_ops.rules.ladder_check import faults
from exam_ops.rules.permissions import Role
from exam_ops.rules.policy import DEFAULT

OPENED = datetime(2025, 12, 6, 0, 10, tzinfo=UTC)
SITE, BRANCH, HQ = ladder.LEVELS


def after(**span) -> datetime:
    return OPENED + timedelta(**span)


def stands(asked=SITE, until=None, told=(SITE,), **more) -> Standing:
    return Standing(since=OPENED, asked=asked, until=until, told=frozenset(told), **more)


@pytest.mark.parametrize(
    ("grade", "times"),
    [
        (1, {"site": (0, 60), "branch": (0, 60), "hq": (0, 60)}),
        (2, {"site": (0, 60), "branch": (300, 60), "hq": (900, 60)}),
        (3, {"site": (0, 120), "branch": (600, 120), "hq": (None, 120)}),
        (4, {"site": (0, 120)}),
    ],
)
def test_the_table_of_grades(grade, times):
    told = ladder.stored(DEFAULT_LADDERS)[str(grade)]["rungs"]
    assert {rung["level"]: (rung["within"], rung["acknowledge"]) for rung in told} == times


def test_grade_one_owes_a_report_every_thirty_minutes():
    every = {grade: rungs.update_every for grade, rungs in DEFAULT_LADDERS.items()}
    assert every == {1: timedelta(minutes=30), 2: None, 3: None, 4: None}


def test_stored_and_read_again_it_is_the_same():
    assert ladder.read(ladder.stored(DEFAULT_LADDERS)) == dict(DEFAULT_LADDERS)
    assert DEFAULT.changed(DEFAULT.stored()) == DEFAULT


def test_acknowledge_times_stored_before_there_were_ladders_hold():
    policy = DEFAULT.changed({"acknowledge_3": 300, "mass_people": 30})
    assert {rung.acknowledge for rung in policy.ladder[3].rungs} == {timedelta(minutes=5)}
    assert policy.ladder[2] == DEFAULT.ladder[2]
    assert ladder.read({"3": 300.0})[3] == policy.ladder[3]


def test_a_new_one_is_told_to_the_levels_that_hear_at_once():
    assert next_step(DEFAULT_LADDERS[2], stands(told=())) == Due(OPENED, What.TELL, SITE)
    assert next_step(DEFAULT_LADDERS[1], stands(told=(SITE, BRANCH))) == Due(OPENED, What.TELL, HQ)


@pytest.mark.parametrize(("seconds", "is_due"), [(119, False), (120, True), (121, True)])
def test_silence_asks_the_next_level_to_the_second(seconds, is_due):
    due = next_step(DEFAULT_LADDERS[3], stands(until=after(minutes=2)))
    assert (due.what, due.level) == (What.CLIMB, BRANCH)
    assert (due.at <= after(seconds=seconds)) is is_due


@pytest.mark.parametrize(
    ("grade", "told", "level", "latest"),
    [(3, (SITE,), BRANCH, 600), (2, (SITE,), BRANCH, 300), (2, (SITE, BRANCH), HQ, 900)],
)
@pytest.mark.parametrize(("offset", "is_due"), [(-1, False), (0, True), (1, True)])
def test_acknowledged_below_a_level_is_told_within_its_time(grade, told, level, latest, offset, is_due):
    due = next_step(DEFAULT_LADDERS[grade], stands(told=told))
    assert (due.what, due.level) == (What.TELL, level)
    assert (due.at <= after(seconds=latest + offset)) is is_due


def test_acknowledged_at_grade_three_headquarters_is_left_alone():
    assert next_step(DEFAULT_LADDERS[3], stands(told=(SITE, BRANCH))) is None


def test_grade_four_stays_with_the_site_which_is_told_once_more():
    rungs, silent = DEFAULT_LADDERS[4], stands(until=after(minutes=2))
    assert next_step(rungs, silent) == Due(after(minutes=2), What.AGAIN, SITE)
    assert next_step(rungs, stands(until=after(minutes=4), again=1)) is None


def test_headquarters_is_told_again_three_times():
    told = (SITE, BRANCH, HQ)
    due = [next_step(DEFAULT_LADDERS[2], stands(HQ, after(minutes=3), told, again=n)) for n in range(4)]
    assert [d.what if d else None for d in due] == [What.AGAIN] * 3 + [None]


@pytest.mark.parametrize(("seconds", "is_due"), [(1799, False), (1800, True), (1801, True)])
def test_the_next_report_is_owed_thirty_minutes_after_the_last(seconds, is_due):
    told = (SITE, BRANCH, HQ)
    due = next_step(DEFAULT_LADDERS[1], stands(HQ, told=told, reported_at=after(minutes=7)))
    assert due.what is What.UPDATE
    assert (due.at <= after(minutes=7, seconds=seconds)) is is_due


def rung(level="site", within=0, acknowledge=60, roles=("chief",)) -> dict:
    return {"level": level, "within": within, "acknowledge": acknowledge, "roles": list(roles)}


def branch(**more) -> dict:
    return rung("branch", **({"within": 300, "roles": ["branch_officer"]} | more))


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"4": {"rungs": []}}, [("4.rungs", "no_rungs")]),
        ({"4": {}}, [("4.rungs", "no_rungs")]),
        ({"4": "x"}, [("4.rungs", "no_rungs")]),
        ({"5": {"rungs": [rung()]}}, [("5", "unknown_grade")]),
        ({"4": {"rungs": [rung(roles=[])]}}, [("4.rungs.0.roles", "no_roles")]),
        ({"4": {"rungs": [rung(roles=["hq"])]}}, [("4.rungs.0.roles", "unknown_role")]),
        ({"4": {"rungs": [rung("province")]}}, [("4.rungs.0.level", "unknown_level")]),
        ({"4": {"rungs": [rung(acknowledge=0)]}}, [("4.rungs.0.acknowledge", "out_of_range")]),
        ({"4": {"rungs": [rung(acknowledge=True)]}}, [("4.rungs.0.acknowledge", "out_of_range")]),
        ({"4": {"rungs": [rung(acknowledge=float("nan"))]}}, [("4.rungs.0.acknowledge", "out_of_range")]),
        ({"4": {"rungs": [rung(within=60)]}}, [("4.rungs.0.within", "nobody_first")]),
        ({"4": {"rungs": [rung()], "again": 11}}, [("4.again", "out_of_range")]),
        ({"1": {"rungs": [rung()], "update_every": 5}}, [("1.rungs", "too_short"), ("1.update_every", "out_of_range")]),
        ({"3": {"rungs": [rung()]}}, [("3.rungs", "too_short")]),
        ({"3": {"rungs": [branch(within=0), rung()]}}, [("3.rungs.1.level", "not_upwards"), ("3.rungs", "too_short")]),
        (
            {"2": {"rungs": [rung(), branch(), rung("hq", 299, roles=["hq"])]}},
            [("2.rungs.2.within", "not_increasing")],
        ),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_named_with_its_place(values, found):
    assert [(fault.field, fault.code) for fault in faults(values)] == found


def test_the_defaults_hold():
    assert faults(ladder.stored(DEFAULT_LADDERS)) == []
    assert faults({"3": {"rungs": [rung(), branch(within=None)]}}) == []
    assert Role.CHIEF in ladder.ROLES_AT[Level.SITE]
