"""Incidents with their reports, timeline, ladder and ticked steps."""

import uuid

from django.db import models
from django.db.models import Q

from exam_ops.core.fields import EncryptedField
from exam_ops.core.models import Retried, RoomSession, SiteUnit, Sitting, User
from exam_ops.rules.catalogue import INCIDENT_TYPES, IncidentType
from exam_ops.rules.escalation import Level


def type_choices() -> list[tuple[str, str]]:
    """Callable, so that a new type needs no migration."""
    return [(code, kind.title.zh) for code, kind in INCIDENT_TYPES.items()]


class Incident(Retried):
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
    round = models.PositiveSmallIntegerField(default=0)  # rises when it is reopened: the ladder begins anew
    round_at = models.DateTimeField(null=True, blank=True)  # when this round began; None: when it opened
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    handed_to = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    handed_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)  # first answer of the support desk (A1)
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    # From then on headquarters' desk has it too, unless somebody took it (real, follows a drill's clock).
    desk_passes_on_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(
        null=True, blank=True
    )  # last report upwards; grade Ⅰ owes one every 30 min
    reminded_at = models.DateTimeField(null=True, blank=True)  # when such a report was last asked for
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
            models.Index(fields=["type"], name="open_incident_of_type", condition=~Q(status="resolved")),
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
    lost_minutes = models.PositiveIntegerField(null=True, blank=True)  # exam time lost, as the reporter says
    caller = EncryptedField(blank=True, default="")  # whom the support desk wrote it down for

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
        UNDELIVERED = "undelivered"  # every channel of everybody told has failed

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="steps")
    level = models.CharField(max_length=6)
    told_at = models.DateTimeField()
    acknowledge_by = models.DateTimeField(null=True, blank=True)  # None: told, but not asked to say "mine"
    round = models.PositiveSmallIntegerField(default=0)  # rises when a reopened incident begins anew
    result = models.CharField(max_length=12, choices=Result.choices)
    why = models.CharField(max_length=60, blank=True)  # a code of `ladder.BECAUSE`: what told this level
    nobody = models.JSONField(null=True, blank=True)  # {zh, en}: why nobody there could be told
    users = models.JSONField(default=list)  # the accounts that it went to, as they were on duty then
    recipients = models.PositiveIntegerField(default=0)
    again = models.PositiveSmallIntegerField(default=0)  # how often the level was told once more
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "level", "round"], name="a_level_is_told_once_a_round"
            )
        ]
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
