"""应急材料: who owes them, what was sent, and who is marked where."""

from django.db import models
from django.db.models import Q

from exam_ops.core.models import RoomSession, Sitting, User
from incidents.models.incidents import Incident


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

    NAMED = "named"  # why a room's duty closed at T+30: each of its candidates has one of their own since

    room_session = models.ForeignKey(RoomSession, models.CASCADE, related_name="duties")
    sitting = models.ForeignKey(Sitting, models.CASCADE, null=True, blank=True, related_name="duties")
    incident = models.ForeignKey(Incident, models.SET_NULL, null=True, blank=True, related_name="duties")
    cause = models.CharField(max_length=3, choices=Cause.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    why_closed = models.CharField(max_length=60, blank=True)
    met_by = models.ForeignKey("Evidence", models.SET_NULL, null=True, blank=True, related_name="meets")
    again = models.CharField(max_length=500, blank=True)  # why it is owed once more: asked again, withdrawn

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
    """A panorama with its reason: written once, never replaced or deleted; a withdrawal stays visible.

    A room's pictures are numbered as they come in: a new one is a new version, and all are kept.
    """

    id = models.UUIDField(primary_key=True)
    room_session = models.ForeignKey(RoomSession, models.PROTECT, related_name="evidence")
    version = models.PositiveIntegerField()
    incident = models.ForeignKey(Incident, models.SET_NULL, null=True, blank=True, related_name="evidence")
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField()
    lateness_reason = models.TextField(blank=True)
    captured_at = models.DateTimeField(null=True, blank=True)  # plan time, as claimed
    received_at = models.DateTimeField()
    skew_ms = models.BigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    strip_code = models.CharField(max_length=60, blank=True)  # of our own camera, as the sender named it
    on_time = models.BooleanField()
    owed = models.BooleanField()  # whether a duty stood open when it arrived
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawal_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["received_at"]
        constraints = [
            models.UniqueConstraint(fields=["room_session", "version"], name="one_version_after_the_other"),
            models.CheckConstraint(
                name="a_withdrawal_names_who_when_and_why",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawal_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawal_reason=""),
            ),
        ]

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
