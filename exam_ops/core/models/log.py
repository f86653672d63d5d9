"""The event log, the outbox, stored answers of idempotent creates, and the records of the deadline engine."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q


def _of(to: str, *, on_delete: Any = models.CASCADE, **more: Any) -> Any:
    """What an event is about. No constraint of the database's own: five look-ups and row locks an event would
    cost more than the event, and whoever writes one holds the rows it names (decision 0023)."""
    return models.ForeignKey(to, on_delete, null=True, blank=True, db_constraint=False, **more)


class Event(models.Model):
    """Something that happened: written once, with its cause, in the transaction that made it true."""

    kind = models.CharField(max_length=40)
    at = models.DateTimeField()  # real
    plan_at = models.DateTimeField(null=True, blank=True)
    actor = _of("core.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    plan = _of("core.ExamPlan", related_name="events", db_index=False)  # see the index below
    site_unit = _of("core.SiteUnit", related_name="events", db_index=False)  # the index below begins with it
    room_session = _of("core.RoomSession", related_name="+", db_index=False)  # asked for with its site unit
    sitting = _of("core.Sitting", related_name="events")
    subject = models.CharField(max_length=60, blank=True)  # what else it is about, e.g. an incident's number
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["site_unit", "id"], name="event_of_site_unit"),
            models.Index(fields=["plan", "id"], name="event_of_plan", condition=Q(site_unit=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%F %T}"


class OutboxMessage(models.Model):
    """A message to be carried out of the transaction that wrote it; `key` makes a repeat harmless."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="outbox_due", condition=Q(sent_at=None))]

    def __str__(self) -> str:
        return self.key


class StoredAnswer(models.Model):
    """The first answer to a create that carried an id; written in the same transaction as its effect."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=40)
    user = models.ForeignKey("core.User", models.CASCADE, null=True, related_name="+")
    plan = models.ForeignKey("core.ExamPlan", models.CASCADE, null=True, blank=True, related_name="+")
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class DeadlineRecord(models.Model):
    """That a deadline of a site unit was carried out: exactly one row per (site unit, deadline, generation)."""

    class Outcome(models.TextChoices):
        FIRED = "fired"
        LATE = "late"
        SKIPPED = "skipped"  # already past when its time was laid
        FAILED = "failed"  # its handler raised; tried again at `retry_at`

    site_unit = models.ForeignKey("core.SiteUnit", models.CASCADE, related_name="deadline_records")
    deadline = models.CharField(max_length=40)
    generation = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True, blank=True)
    lag_ms = models.BigIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    attempts = models.PositiveIntegerField(default=1)
    retry_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site_unit", "deadline", "generation"], name="a_deadline_fires_once_per_generation"
            )
        ]
        indexes = [
            models.Index(fields=["retry_at"], name="deadline_retry", condition=Q(retry_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.deadline} {self.site_unit_id}.{self.generation}"


class Effect(models.Model):
    """Work on many rows that a deadline asked for; carried out exactly once, in a transaction of its own."""

    site_unit = models.ForeignKey("core.SiteUnit", models.CASCADE, related_name="effects")
    kind = models.CharField(max_length=40)
    generation = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()  # moved ahead after a failure
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site_unit", "kind", "generation"], name="an_effect_is_asked_once"
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="effect_due", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.site_unit_id}"


class Heartbeat(models.Model):
    """The last sign of life of a moving part (beat, canary, auditor), and what it saw."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name
