"""The probes: what the process manager and the load balancer ask."""

from datetime import timedelta

import pytest
from django.urls import reverse

from exam_ops.core import broker, clock
from exam_ops.core.deadlines import registry, watch
from exam_ops.core.models import DeadlineRecord


@pytest.fixture
def ready(client, world, at, monkeypatch):
    """`ready()` asks /readyz of a portal where everything beats."""
    monkeypatch.setattr(broker, "is_reachable", lambda: True)
    monkeypatch.setattr(registry, "_handlers", {})
    at.fire()
    for name in ("tick", "canary", "audit"):
        watch.beat(name, now=at.now)
    return lambda: client.get(reverse("readyz"))


def test_a_portal_where_everything_beats_is_ready(ready):
    answer = ready()
    assert (answer.status_code, answer.json()["status"], answer.json()["problems"]) == (200, "ready", [])


def test_every_figure_of_the_engine_stands_in_the_answer(ready):
    figures = {
        "engine_lag",
        "oldest_overdue",
        "last_lag",
        "canary_age",
        "outbox_depth",
        "beat_age",
        "clock_skew",
    }
    assert figures | {"failing", "alarms", "effects_waiting"} <= ready().json().keys()


def test_a_broker_that_is_away_is_named(ready, monkeypatch):
    monkeypatch.setattr(broker, "is_reachable", lambda: False)
    assert (ready().status_code, ready().json()["problems"]) == (503, ["broker_away"])


@pytest.mark.parametrize(("seconds", "status"), [(44, 200), (45, 200), (46, 503)])
def test_silence_is_told_after_45_seconds(ready, at, seconds, status):
    at.now += timedelta(seconds=seconds)
    assert ready().status_code == status


@pytest.mark.parametrize(("skew", "status"), [(2.0, 200), (2.1, 503), (-2.1, 503)])
def test_a_clock_more_than_two_seconds_off_is_not_ready(ready, monkeypatch, skew, status):
    monkeypatch.setattr(clock, "skew", lambda: timedelta(seconds=skew))
    assert ready().status_code == status


def test_a_failing_deadline_is_counted_and_makes_nobody_unready(ready, world, at):
    DeadlineRecord.objects.create(
        site_unit=world.site_unit, deadline="escalation", generation=7, due_at=at.now, outcome="failed",
        attempts=3, retry_at=at.now, error="x",
    )  # fmt: skip
    answer = ready()
    assert (answer.status_code, answer.json()["problems"]) == (200, ["deadline_failing"])
    assert (answer.json()["failing"], answer.json()["alarms"]) == (1, 1)


def test_a_deadline_not_carried_out_for_more_than_a_minute_is_not_ready(ready, at):
    at("T-239s")
    for name in ("tick", "canary"):
        watch.beat(name, now=at.now)
    assert ready().json()["problems"] == ["engine_late"]
