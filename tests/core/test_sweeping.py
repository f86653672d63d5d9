"""Rows with a next instant of their own: handled in batches, a failing one put off, nobody else held up."""

import logging
from datetime import timedelta

import pytest
from django.db import IntegrityError

from exam_ops.core.deadlines import registry, sweeping
from incidents.models import Decision, Incident


@pytest.fixture
def batches(monkeypatch) -> list[set[int]]:
    """What the only handler of this test was given; it takes what is due to nothing ahead."""
    given: list[set[int]] = []
    monkeypatch.setattr(registry, "_sweeps", {})

    @registry.sweeps(Incident, related=("site_unit__site",))
    def handle(batch, now):
        given.append({row.pk for row in batch})
        Incident.objects.filter(pk__in=given[-1]).update(next_due_at=None)

    return given


@pytest.fixture
def poison(monkeypatch) -> set[int]:
    """The only handler takes incidents up to the branch; one of those in the set makes it fail."""
    poisoned: set[int] = set()
    monkeypatch.setattr(registry, "_sweeps", {})

    @registry.sweeps(Incident, related=("site_unit__site",))
    def handle(batch, now):
        pks = {row.pk for row in batch}
        Incident.objects.filter(pk__in=pks).update(level="branch", next_due_at=None)
        if poisoned & pks:
            raise IntegrityError("no such person")

    return poisoned


@pytest.fixture
def opened(world, at):
    """`opened(5)`: incidents whose next step is due at T−18."""

    def make(count: int) -> list[Incident]:
        due = at("T-18m")
        at("T-20m")
        return [
            Incident.objects.create(
                type="NET", grade=3, site_unit=world.site_unit, opened_at=at.now, next_due_at=due
            )
            for _ in range(count)
        ]

    return make


def of(incident: Incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def test_what_is_due_is_handled_in_batches_and_once(opened, at, batches, monkeypatch):
    monkeypatch.setattr(sweeping, "BATCH", 2)
    made = opened(5)
    at("T-15m")
    assert sweeping.sweep(now=at.now) == 5
    assert sorted(map(len, batches)) == [1, 2, 2]
    assert set().union(*batches) == {incident.pk for incident in made}
    assert sweeping.sweep(now=at.now) == 0


def test_nothing_is_handled_a_moment_early(opened, at, batches):
    due = opened(1)[0].next_due_at
    assert sweeping.sweep(now=due - timedelta(milliseconds=1)) == 0
    assert sweeping.sweep(now=due) == 1


def test_a_poisoned_incident_holds_up_no_other(opened, at, poison):
    made = opened(6)
    poison.add(made[2].pk)
    at("T-15m"), at.fire()
    assert [of(i).level for i in made] == ["branch", "branch", "site", "branch", "branch", "branch"]
    spoilt = of(made[2])
    assert (spoilt.failures, spoilt.retry_at) == (1, at.now + timedelta(seconds=5))
    assert spoilt.failed_why == "IntegrityError: no such person"
    assert spoilt.next_due_at == made[2].next_due_at


def test_it_is_tried_again_alone_and_somebody_is_called(opened, at, poison, caplog):
    made = opened(2)
    poison.add(made[0].pk)
    at("T-15m"), at.fire()
    waits, levels = [], []
    for _ in range(3):
        row = of(made[0])
        waits.append((row.retry_at - at.now).total_seconds())
        at.now = row.retry_at
        at.fire()
        levels.append(caplog.records[-1].levelno)
    assert waits == [5, 30, 120]
    assert levels == [logging.ERROR, logging.CRITICAL, logging.CRITICAL]
    poison.clear()
    at.now = of(made[0]).retry_at
    at.fire()
    row = of(made[0])
    assert (row.level, row.failures, row.failed_why, row.retry_at) == ("branch", 0, "", None)


def test_a_handler_that_leaves_its_rows_due_does_not_turn_in_circles(opened, at, monkeypatch):
    monkeypatch.setattr(registry, "_sweeps", {})
    calls = []
    registry.sweeps(Incident)(lambda batch, now: calls.append(len(batch)))
    made = opened(1)
    at("T-15m")
    assert sweeping.sweep(now=at.now) == 0
    assert of(made[0]).failed_why.startswith("NotMovedOn")
    calls.clear()
    sweeping.sweep(now=at.now)
    assert calls == []


def test_a_model_that_cannot_be_read_holds_up_no_other(opened, at, batches, monkeypatch):
    broken = registry.Sweep(Decision, lambda batch, now: None, ("no_such_relation",), ("self",))
    monkeypatch.setattr(registry, "_sweeps", {Decision: broken, **registry._sweeps})
    opened(1)
    at("T-15m")
    assert sweeping.sweep(now=at.now) == 1
