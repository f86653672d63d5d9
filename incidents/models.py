"""Incidents with their timeline and ladder, evidence duties and evidence, messages in the portal."""

import uuid

from django.db import models
from django.db.models import F, Q

from exam_ops.core.models import RoomSession, SiteUnit, Sitting, Swept, User
from exam_ops.rules.catalogue import INCIDENT_TYPES, IncidentType
from exam_ops.rules.escalation import Level


def type_choices() -> list[tuple[str, str]]:
    """Callable, so that a new type needs no migration."""
    return [(code, kind.title.zh) for code, kind in INCIDENT_TYPES.items()]


class Incident(Swept):
    """One incident; reports attach to it, remedies stand beside it (`next_due_at`: its ladder's next step)."""

    class Status(models.TextChoices):
        OPEN = "open"
        ACKNOWLEDGED = "acknowledged"
        RESOLVED = "resolved"

    uid = models.UUIDField(unique=True, default=uuid.uuid4)  # the id of its first report
    number = models.CharField(max_length=30, unique=True, null=True)
    type = models.CharField(max_length=10, choices=type_choices)
    grade = models.PositiveSmallIntegerField()
    level = models.CharField(
        max_length=6, choices=[(v.value, v.value) for v in Level], default=Level.SITE.value
    )
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="incidents")
    room_sessions = models.ManyToManyField(RoomSession, related_name="incidents", blank=True)
    sittings = models.ManyToManyField(Sitting, related_name="incidents", blank=True)
    declared_major = models.BooleanField(default=False)
    mass = models.BooleanField(default=False)
    policy_version = models.PositiveIntegerField(default=0)
    ladder = models.JSONField(default=dict)  # as it stood when the incident opened
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    cause = models.TextField(blank=True)
    effect = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="a_grade_is_one_to_four", condition=Q(grade__gte=1, grade__lte=4)),
            models.CheckConstraint(
                name="a_resolved_incident_says_when",
                condition=~Q(status="resolved") | Q(resolved_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["next_due_at"], name="incident_due", condition=Q(next_due_at__isnull=False)),
            models.Index(fields=["site_unit", "status"], name="incident_of_site_unit"),
        ]
        ordering = ["grade", "-opened_at"]

    def __str__(self) -> str:
        return self.number or self.type

    @property
    def kind(self) -> IncidentType:
        return INCIDENT_TYPES[self.type]

    @property
    def is_open(self) -> bool:
        return self.status != self.Status.RESOLVED


class Report(models.Model):
    """One person's report; many attach to one incident."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="reports")
    room_session = models.ForeignKey(RoomSession, models.CASCADE, null=True, blank=True, related_name="+")
    reporter = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    occurred_at = models.DateTimeField(null=True, blank=True)  # plan time, as the reporter says
    received_at = models.DateTimeField()
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.incident_id} {self.received_at:%T}"


class Entry(models.Model):
    """A line of an incident's timeline: append-only, struck but never edited."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    plan_at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    struck_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.kind}"


class LadderStep(models.Model):
    """That a level was told: how many people, with what result, and who said "mine"."""

    class Result(models.TextChoices):
        TOLD = "told"
        NOBODY = "nobody"

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="steps")
    level = models.CharField(max_length=6)
    told_at = models.DateTimeField()
    acknowledge_by = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=6, choices=Result.choices)
    recipients = models.PositiveIntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "level"], name="a_level_is_told_once")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.level}"


class CardTick(models.Model):
    """A ticked step of an action card: who and when."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="ticks")
    step = models.CharField(max_length=40)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "step"], name="a_step_is_ticked_once")]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.step}"


class EvidenceDuty(models.Model):
    """应急材料 owed until the unit's end, for a candidate or (sitting None) a room whose candidates T+30 names."""

    class Cause(models.TextChoices):
        APPROVED = "C3"
        LOCKED_OUT = "C5"
        SYNC_LAG = "C6"
        NO_RESPONSE = "C7"
        BAD_PHOTO = "C13"
        DECISION = "HQ"

    class Status(models.TextChoices):
        OPEN = "open"
        MET = "met"
        DROPPED = "dropped"
        MISSED = "missed"

    room_session = models.ForeignKey(RoomSession, models.CASCADE, related_name="duties")
    sitting = models.ForeignKey(Sitting, models.CASCADE, null=True, blank=True, related_name="duties")
    incident = models.ForeignKey(Incident, models.SET_NULL, null=True, blank=True, related_name="duties")
    cause = models.CharField(max_length=3, choices=Cause.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    why_closed = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sitting"],
                name="one_open_duty_per_sitting",
                condition=Q(status="open", sitting__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["room_session", "cause"],
                name="one_open_duty_per_room_and_cause",
                condition=Q(status="open", sitting=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.sitting_id or self.room_session_id}"


class Evidence(models.Model):
    """A panorama with its reason: written once, never replaced or deleted; a withdrawal stays visible."""

    id = models.UUIDField(primary_key=True)
    room_session = models.ForeignKey(RoomSession, models.PROTECT, related_name="evidence")
    incident = models.ForeignKey(Incident, models.SET_NULL, null=True, blank=True, related_name="evidence")
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField()
    lateness_reason = models.TextField(blank=True)
    captured_at = models.DateTimeField(null=True, blank=True)  # plan time, as claimed
    received_at = models.DateTimeField()
    skew_ms = models.BigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    on_time = models.BooleanField()
    owed = models.BooleanField()  # whether a duty stood open when it arrived
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["received_at"]

    def __str__(self) -> str:
        return str(self.id)


class EvidenceMark(models.Model):
    """Where a candidate sits in the picture, 0..1 of the image; None: marked in the picture itself."""

    evidence = models.ForeignKey(Evidence, models.CASCADE, related_name="marks")
    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="marks")
    x = models.FloatField(null=True, blank=True)
    y = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["evidence", "sitting"], name="a_candidate_is_marked_once_per_picture"
            ),
            models.CheckConstraint(
                name="a_mark_lies_in_the_picture",
                condition=Q(x=None, y=None) | Q(x__gte=0, x__lte=1, y__gte=0, y__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evidence_id} {self.sitting_id}"


class Notification(models.Model):
    """A message in a person's inbox; `key` makes a repeated delivery harmless."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    key = models.CharField(max_length=200)
    title = models.JSONField()  # {zh, en}
    body = models.JSONField(default=dict)
    url = models.CharField(max_length=200, blank=True)
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, blank=True, related_name="+")
    plan = models.ForeignKey("core.ExamPlan", models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="a_message_arrives_once")]
        indexes = [models.Index(F("user"), F("created_at").desc(), name="inbox_of_user")]

    def __str__(self) -> str:
        return self.key
