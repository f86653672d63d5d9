"""The exam clock: the table's deadlines of a unit, to scale, with what is next."""

import pytest

from exam_ops.core import drill
from exam_ops.core.deadlines import wake
from exam_ops.core.examclock import exam_clock
from exam_ops.core.models import SiteUnit
from tests.world import E, T


@pytest.fixture
def clock(world, at):
    return lambda expression: exam_clock(world.site_unit, world.plan, at(expression))


def test_it_runs_from_the_opening_of_entry_to_the_close_of_evidence(clock):
    ticks = clock("T-2m")["ticks"]
    assert [t["time"] for t in ticks] == [
        "T−30", "T−5", "08:30", "T+15", "T+30", "T+45", "09:30", "E−15", "E−5", "10:00",
    ]  # fmt: skip
    assert (ticks[2]["at"], ticks[-1]["at"]) == (T, E)
    assert [t["time"] for t in ticks if t["hard"]] == ["T−5", "08:30", "09:30", "10:00"]


def test_looking_at_an_overdue_unit_wakes_the_engine_and_does_not_nag(clock, world, monkeypatch):
    woken = []
    monkeypatch.setattr(wake, "_woken", float("-inf"))
    monkeypatch.setattr(wake, "tick", lambda: woken.append(True))
    world.site_unit.next_due_at = T
    clock("T-1s")
    assert woken == []
    clock("T"), clock("T+1s")
    assert woken == [True]


def test_it_is_drawn_to_scale(clock):
    at = {t["time"]: t["left_percent"] for t in clock("T")["ticks"]}
    assert at["T+30"] - at["08:30"] == pytest.approx(2 * (at["T+15"] - at["08:30"]))
    assert 0 < at["T−30"] < 5
    assert 95 < at["10:00"] < 100


@pytest.mark.parametrize(
    ("moment", "next_time", "words"),
    [("T-30m", "T−5", "距逐级上报 25:00"), ("T-1s", "08:30", "距开考 00:01"), ("T", "T+15", "距未到达转应急 15:00"),
     ("E-1s", "10:00", "距材料截止 00:01")],
)  # fmt: skip
def test_what_is_next(clock, moment, next_time, words):
    found = clock(moment)
    assert [t["time"] for t in found["ticks"] if t["state"] == "next"] == [next_time]
    assert (found["next"]["time"], found["needle_label"].zh) == (next_time, words)


def test_days_before_and_after_the_end(clock):
    early, over = clock("T-3d"), clock("E")
    assert (early["past_percent"], early["needle_label"].en) == (0, "2 d 23:30 to Entry opens")
    assert (over["next"], over["needle_label"].zh) == (None, "本单元已结束")
    assert {t["state"] for t in over["ticks"]} == {"past"}


def test_a_drill_runs_on_its_own_clock(drill_world, at):
    now = at("T-3d")
    plan = drill.jump(drill_world.plan, to=T, now=now, actor=None)
    site_unit = SiteUnit.objects.get(pk=drill_world.site_unit.pk)
    assert exam_clock(site_unit, plan, now)["now"] == T
