"""The paper being sat: sessions of machines, answers, what machines reported, packages brought from outside."""

import json
from typing import Any

from django.db import models
from django.db.models import Q

from exam_ops.core.fields import EncryptedField


class ClientSession(models.Model):
    """One machine at one paper. Another machine taking over supersedes it; answers belong to the sitting."""

    id = models.UUIDField(primary_key=True)
    sitting = models.ForeignKey("core.Sitting", models.CASCADE, related_name="client_sessions")
    login = models.OneToOneField("client_support.ClientLogin", models.CASCADE, related_name="session")
    machine_id = models.CharField(max_length=64)
    token_hash = models.CharField(max_length=64, unique=True)
    token_used_at = models.DateTimeField(null=True, blank=True)
    export_key = EncryptedField()
    skew_ms = models.BigIntegerField(
        null=True, blank=True
    )  # the plan's clock − the machine's; None is unknown
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    paper_loaded_at = models.DateTimeField(null=True, blank=True)  # this and the next on the plan's clock
    offline_since = models.DateTimeField(null=True, blank=True)
    fault_note = models.CharField(max_length=200, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    forced = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sitting"], name="one_machine_at_a_time_per_sitting", condition=Q(superseded_at=None)
            ),
            models.CheckConstraint(
                name="only_a_submitted_paper_is_forced",
                condition=Q(forced=False) | Q(submitted_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["sitting", "machine_id"], name="client_session_of_machine")]

    def __str__(self) -> str:
        return f"{self.sitting_id}@{self.machine_id}"


class Answer(models.Model):
    """The answer that stands for one question of a sitting, joined from all machines and packages."""

    sitting = models.ForeignKey("core.Sitting", models.CASCADE, related_name="answers")
    question = models.CharField(max_length=64)
    stored = models.TextField()  # JSON in ASCII: PostgreSQL's own JSON takes neither NUL nor lone surrogates
    answered_at = models.DateTimeField()  # the plan's clock, corrected by the machine's skew
    machine_id = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sitting", "question"], name="one_answer_stands_per_question")
        ]

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.question}"

    @property
    def value(self) -> Any:
        return json.loads(self.stored)


class AnswerWrite(models.Model):
    """One write of a machine, so that its repeat changes nothing; what was late or superseded is kept whole."""

    class Outcome(models.TextChoices):
        STORED = "stored"
        SUBMITTED = "submitted"
        SUPERSEDED = "superseded"

    session = models.ForeignKey(ClientSession, models.CASCADE, related_name="writes")
    fingerprint = models.CharField(max_length=64)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    stored = models.PositiveIntegerField(default=0)
    ignored = models.PositiveIntegerField(default=0)
    kept = models.TextField(blank=True)  # JSON of the answers as they came
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "fingerprint"], name="a_repeated_write_changes_nothing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.outcome}"


class ClientEvent(models.Model):
    """What a machine reported of itself while the paper was open (D2)."""

    class Kind(models.TextChoices):
        PAPER_LOADED = "paper_loaded"
        OFFLINE = "offline"
        ONLINE = "online"
        FAULT = "fault"

    id = models.UUIDField(primary_key=True)
    session = models.ForeignKey(ClientSession, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField()  # the plan's clock, as the machine gave it
    note = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["session", "at"], name="client_event_of_session")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.kind}"


class OfflinePackage(models.Model):
    """An offline paper that was taken in (D6); the file itself is known by its SHA-256."""

    session = models.ForeignKey(ClientSession, models.CASCADE, related_name="packages")
    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=255)
    exported_at = models.DateTimeField()
    answers = models.TextField()  # JSON as it came
    answer = models.JSONField()  # what the uploader was told
    uploaded_by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
