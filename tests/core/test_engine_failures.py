"""A handler that fails: put aside, tried again with back-off, alarmed after three times, and nobody else held up."""

import logging
from datetime import timedelta

import pytest

from exam_ops.core import schedule
from exam_ops.core.deadlines import effects, engine, registry, retries
from exam_ops.core.models import DeadlineRecord, Effect, ExamSite, SiteUnit

CROWD = 500


@pytest.fixture
def calls(monkeypatch) -> list[int]:
    """How many site units each call of this test's only handler was given."""
    sizes: list[int] = []
    monkeypatch.setattr(registry, "_handlers", {})
    registry.on("escalation")(lambda firings, now: sizes.append(len(firings)))
    return sizes


@pytest.fixture
def poison(calls, world):
    """`poison.add(pk)` makes the handler of that site unit's escalation fail."""
    poisoned: set[int] = {world.site_unit.pk}

    @registry.on("escalation")
    def fail(firings, now):
        if any(firing.site_unit.pk in poisoned for firing in firings):
            raise RuntimeError("no such room")

    return poisoned


@pytest.fixture
def crowd(world, at):
    """Five hundred site units due at the same second."""
    sites = ExamSite.objects.bulk_create(
        [ExamSite(code=f"S{n}", name=f"S{n}", branch=world.branch) for n in range(CROWD - 3)]
    )
    units = [SiteUnit(site=s, unit=world.unit, start=world.unit.start, end=world.unit.end) for s in sites]
    return schedule.create(units, world.plan, now=at.now)


def record_of(site_unit, key="escalation") -> DeadlineRecord:
    return DeadlineRecord.objects.get(site_unit=site_unit, deadline=key)


def test_one_poisoned_among_five_hundred_is_found_by_halves_and_put_aside_once(
    crowd, world, at, calls, poison
):
    at.fire()
    calls.clear()
    at("T-5m"), at.fire()
    assert record_of(world.site_unit).outcome == "failed"
    assert DeadlineRecord.objects.filter(deadline="escalation", outcome="fired").count() == CROWD - 1
    assert len(calls) < 30
    calls.clear()
    at("T-296s"), at.fire()
    assert calls == []


def test_it_is_tried_again_later_and_later_and_somebody_is_called(world, at, poison, caplog):
    caplog.set_level(logging.ERROR)
    at("T-5m"), at.fire()
    waits, levels = [], []
    for _ in range(4):
        row = record_of(world.site_unit)
        waits.append((row.retry_at - at.now).total_seconds())
        levels.append(caplog.records[-1].levelname)
        at.now = row.retry_at - timedelta(milliseconds=1)
        at.fire()
        assert record_of(world.site_unit).attempts == row.attempts
        at.now = row.retry_at
        at.fire()
    assert waits == [5, 30, 120, 600]
    assert levels == ["ERROR", "ERROR", "CRITICAL", "CRITICAL"]


def test_the_site_units_other_deadlines_are_not_held_up(world, at, poison):
    at("T+1h"), at.fire()
    outcomes = dict(
        DeadlineRecord.objects.filter(site_unit=world.site_unit).values_list("deadline", "outcome")
    )
    assert outcomes.pop("escalation") == "failed"
    assert set(outcomes.values()) == {"fired", "late"}


def test_a_failed_deadline_that_was_moved_ahead_fires_at_its_new_time_alone(world, at, poison, calls):
    at("T-5m"), at.fire()
    site_unit = SiteUnit.objects.get(pk=world.site_unit.pk)
    site_unit.start, site_unit.end = site_unit.start + timedelta(hours=1), site_unit.end + timedelta(hours=1)
    site_unit.generation += 1
    schedule.lay([site_unit], world.plan, now=at.now)
    site_unit.save()
    poison.clear(), calls.clear()
    at("T-4m"), at.fire()
    assert calls == []
    at("T+55m"), at.fire()
    rows = DeadlineRecord.objects.filter(site_unit=site_unit, deadline="escalation").order_by("generation")
    assert [row.outcome for row in rows] == ["skipped", "fired"]


@pytest.mark.parametrize("outcome", ["fired", "failed"])
def test_another_worker_that_came_first_is_not_overruled(world, at, poison, outcome):
    row = DeadlineRecord.objects.create(
        site_unit=world.site_unit, deadline="escalation", generation=0, due_at=at("T-5m"), outcome=outcome
    )
    retries.put_aside(registry.Firing(world.site_unit, "escalation", row.due_at), RuntimeError(), at.now)
    assert record_of(world.site_unit).outcome == outcome


# --- effects ---


@pytest.fixture
def works(monkeypatch, world):
    """Effects of the kind `test`: those of site A1 fail."""
    done: list[int] = []

    def work(site_units, now):
        if any(site_unit.site_id == world.site.pk for site_unit in site_units):
            raise RuntimeError("poison")
        done.extend(site_unit.pk for site_unit in site_units)

    monkeypatch.setitem(registry._effects, "test", work)
    return done


def test_a_failing_effect_holds_up_no_other(world, at, works):
    effects.ask("test", world.site_units.values(), now=at.now)
    at.fire()
    assert len(works) == 2
    waiting = Effect.objects.get(done_at=None)
    assert (waiting.attempts, waiting.due_at) == (1, at.now + timedelta(seconds=5))


def test_the_next_deadline_waits_no_longer_than_the_time_for_slow_work(world, at, works, monkeypatch):
    monkeypatch.setattr(engine, "SLOW_WORK", 0.0)
    monkeypatch.setattr(effects, "BATCH", 1)
    effects.ask("test", [world.site_units["A2"], world.site_units["B1"]], now=at.now)
    assert [at.fire().effects for _ in range(3)] == [1, 1, 0]
