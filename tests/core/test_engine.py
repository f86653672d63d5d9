"""The deadline engine: exactly once, late, skipped, isolated, moved."""

import pytest

from exam_ops.core.deadlines import effects, registry
from exam_ops.core.models import DeadlineRecord, Effect, SiteUnit


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Handlers of this test alone: they only say what they were called with."""
    calls: list[tuple[str, int]] = []
    monkeypatch.setattr(registry, "_handlers", {})
    registry.on("escalation")(lambda firings, now: calls.extend((f.key, f.site_unit.pk) for f in firings))
    return calls


def test_a_deadline_fires_at_its_second_and_not_before(world, at, heard):
    at("T-301s"), at.fire()
    assert heard == []
    at("T-5m"), at.fire()
    assert len(heard) == 3


def test_a_second_sweep_changes_nothing(world, at, heard):
    at("T-5m"), at.fire(), at.fire()
    assert len(heard) == 3


def test_a_night_of_downtime_fires_late_and_once(world, at, heard):
    at("T+12h"), at.fire()
    rows = DeadlineRecord.objects.filter(deadline="escalation", site_unit=world.site_unit)
    assert [row.outcome for row in rows] == ["late"]
    assert len(heard) == 6


def test_deadlines_past_at_creation_are_skipped(db, at, heard):
    from tests import world as worlds

    late_world = worlds.build(now=at("T-1m"))
    at.fire()
    row = DeadlineRecord.objects.get(deadline="escalation", site_unit=late_world.site_unit)
    assert row.outcome == "skipped"
    assert heard == []


def test_a_failing_handler_is_put_aside_and_holds_up_nobody(world, at, heard):
    def poison(firings, now):
        if any(f.site_unit.pk == world.site_unit.pk for f in firings):
            raise RuntimeError("poison")

    registry.on("escalation")(poison)
    at("T-5m"), at.fire()
    assert DeadlineRecord.objects.get(deadline="escalation", site_unit=world.site_unit).outcome == "failed"
    others = DeadlineRecord.objects.filter(deadline="escalation", outcome="fired")
    assert set(others.values_list("site_unit", flat=True)) == {
        su.pk for su in world.site_units.values() if su != world.site_unit
    }
    at("T+15m"), at.fire()
    assert DeadlineRecord.objects.filter(deadline="sync_lag").count() == 3


def test_a_failed_deadline_is_tried_again(world, at, heard):
    broken = [True]

    def poison(firings, now):
        if broken:
            raise RuntimeError("poison")

    registry.on("escalation")(poison)
    at("T-5m"), at.fire()
    broken.clear()
    at("T-4m"), at.fire()
    assert set(DeadlineRecord.objects.filter(deadline="escalation").values_list("outcome", flat=True)) == {
        "late"
    }


def test_an_effect_runs_once(world, at, monkeypatch):
    done = []
    monkeypatch.setitem(
        registry._effects, "test", lambda site_units, now: done.extend(s.pk for s in site_units)
    )
    effects.ask("test", [world.site_unit], now=at.now)
    effects.ask("test", [world.site_unit], now=at.now)
    at.fire(), at.fire()
    assert done == [world.site_unit.pk]
    assert Effect.objects.get().done_at == at.now


def test_next_due_moves_on(world, at, heard):
    at("T-5m"), at.fire()
    assert SiteUnit.objects.get(pk=world.site_unit.pk).next_due_at == at("T+15m")
