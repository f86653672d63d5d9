"""The door: sign-ins as phones report them, proctors' own checks, entry requests."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Case, F, Q, Value, When

from exam_ops.core.models import RoomSession, SiteUnit, Sitting, User
from exam_ops.rules.numbering import Numbers
from exam_ops.rules.policy import DEFAULT
from incidents.models import Incident


class Outcome(models.TextChoices):
    PASSED = "passed"
    FAILED = "failed"


SKEW_MARKED_MS = DEFAULT.skew_marked_above // timedelta(milliseconds=1)

WORTH_A_LOOK = (
    Q(status="rejected")
    | Q(status="created", outcome="passed", effective=False)
    | Q(proctor_unchecked=True)
    | Q(late=True)
    | Q(skew_ms__gt=SKEW_MARKED_MS)
    | Q(skew_ms__lt=-SKEW_MARKED_MS)
)
"""What the review list (核查清单) may show: the few facts among many that its indexes hold (decision 0017)."""


class SignIn(models.Model):
    """One check of one candidate as a phone reported it: kept whatever became of it, never thrown away.

    `captured_at` is on the plan's clock as reported, `checked_at` the real instant corrected by the skew.
    At most one sign-in of a sitting is effective: the one that let the candidate in.
    """

    class Status(models.TextChoices):
        CREATED = "created"
        REJECTED = "rejected"

    class Method(models.TextChoices):
        FACE = "face"
        MANUAL = "manual"

    id = models.UUIDField(primary_key=True)
    # Without constraints of the database's own: the write holds the rows they name (decision 0023).
    sitting = models.ForeignKey(  # found by the index of the constraint below
        Sitting,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="sign_ins",
        db_constraint=False,
        db_index=False,
    )
    room_session = models.ForeignKey(
        RoomSession,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="sign_ins",
        db_constraint=False,
        db_index=False,
    )
    proctor = models.ForeignKey(User, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    reported_id = models.CharField(max_length=64, blank=True)
    reported_sitting = models.CharField(max_length=64, blank=True)
    reported = models.JSONField(default=dict, blank=True)  # as sent, where it could not be read
    device_id = models.CharField(max_length=100, blank=True)
    device_seq = models.PositiveIntegerField(null=True, blank=True)
    method = models.CharField(max_length=6, choices=Method.choices, blank=True)
    outcome = models.CharField(max_length=6, choices=Outcome.choices, blank=True)
    score = models.FloatField(null=True, blank=True)
    captured_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    skew_ms = models.BigIntegerField(null=True, blank=True)  # None: unknown
    status = models.CharField(max_length=8, choices=Status.choices)
    code = models.CharField(max_length=24, blank=True)
    effective = models.BooleanField(default=False)
    late = models.BooleanField(default=False)  # captured before close of entry, arrived after
    proctor_unchecked = models.BooleanField(default=False)
    photo = models.CharField(max_length=64, blank=True)  # SHA-256
    fingerprint = models.CharField(max_length=64)
    batch = models.UUIDField()  # the request that brought it

    class Meta:
        constraints = [
            # One index for both: a sitting's sign-ins, and that at most one of them is effective.
            models.UniqueConstraint(
                F("sitting"),
                Case(When(effective=True, then=Value(UUID(int=0))), default=F("id")),
                name="one_effective_sign_in_per_sitting",
            ),
            models.CheckConstraint(
                name="an_effective_sign_in_passed",
                condition=Q(effective=False) | Q(outcome="passed", status="created"),
            ),
            models.CheckConstraint(
                name="a_rejected_sign_in_says_why", condition=~Q(status="rejected") | ~Q(code="")
            ),
        ]
        indexes = [
            models.Index(fields=["room_session"], name="sign_in_review", condition=WORTH_A_LOOK),
            models.Index(fields=["-received_at", "id"], name="sign_in_review_order", condition=WORTH_A_LOOK),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.outcome} {self.status}"


class NumbersField(models.Field):
    """Whole numbers as ranges: PostgreSQL's multirange, which it joins in place; their text elsewhere."""

    def db_type(self, connection: Any) -> str:
        return "int8multirange" if connection.vendor == "postgresql" else "text"

    def from_db_value(self, value: str, expression: Any, connection: Any) -> Numbers:
        return Numbers.read(value)

    def get_prep_value(self, value: Numbers) -> str:
        return str(value)


class PhoneTally(models.Model):
    """What a phone made in a room session: how many checks it says (`last_seq`), and the numbers that arrived.

    `missing` is how many lack, kept with the others, so that a nation's phones need not be counted over.
    """

    room_session = models.ForeignKey(
        RoomSession, models.CASCADE, related_name="phone_tallies", db_index=False
    )
    device_id = models.CharField(max_length=100)
    last_seq = models.PositiveIntegerField(default=0)
    seen = NumbersField(default=Numbers)
    missing = models.PositiveIntegerField(default=0)
    heard_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room_session", "device_id"], name="one_tally_per_phone_and_room_session"
            )
        ]
        indexes = [
            models.Index(fields=["room_session"], name="tally_with_gaps", condition=Q(missing__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.device_id}: {self.last_seq}"


class ProctorSignIn(models.Model):
    """A proctor's own face check of the day (C0)."""

    id = models.UUIDField(primary_key=True)
    room_session = models.ForeignKey(RoomSession, models.CASCADE, related_name="proctor_sign_ins")
    proctor = models.ForeignKey(User, models.PROTECT, related_name="proctor_sign_ins")
    device_id = models.CharField(max_length=100)
    outcome = models.CharField(max_length=6, choices=Outcome.choices)
    score = models.FloatField(null=True, blank=True)
    captured_at = models.DateTimeField()  # plan time
    received_at = models.DateTimeField()
    skew_ms = models.BigIntegerField(null=True, blank=True)
    late = models.BooleanField(default=False)
    photo = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.proctor_id} {self.outcome}"


class EntryRequest(models.Model):
    """入场审批: a proctor asks the chief to let in a candidate whose documents were checked by hand (C2, C3)."""

    class Reason(models.TextChoices):
        FACE_CHECK_FAILED = "face_check_failed"
        FACE_DECLINED = "face_declined"
        NO_RESPONSE = "no_response"
        APP_UNAVAILABLE = "app_unavailable"
        NO_PROCTOR = "no_proctor"
        BAD_PHOTO = "bad_photo"
        OTHER = "other"

    class Status(models.TextChoices):
        PENDING = "pending"
        APPROVED = "approved"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"  # the candidate passed the face check meanwhile
        EXPIRED = "expired"  # undecided at close of entry

    id = models.UUIDField(primary_key=True)
    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="entry_requests")
    room_session = models.ForeignKey(RoomSession, models.CASCADE, related_name="entry_requests")
    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="entry_requests")
    incident = models.ForeignKey(
        Incident, models.SET_NULL, null=True, blank=True, related_name="entry_requests"
    )
    requester = models.ForeignKey(User, models.PROTECT, related_name="entry_requests")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    documents_checked = models.BooleanField()
    note = models.TextField(blank=True)
    photo = models.CharField(max_length=64, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decision_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sitting"], name="one_pending_request_per_sitting", condition=Q(status="pending")
            ),
            models.UniqueConstraint(fields=["sitting", "attempt"], name="attempts_of_a_sitting_count_up"),
            models.CheckConstraint(
                name="a_decision_names_who_and_when",
                condition=~Q(status__in=["approved", "rejected"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="nobody_decides_their_own_request",
                condition=Q(decided_by=None) | ~Q(decided_by=F("requester")),
            ),
        ]
        indexes = [
            models.Index(fields=["site_unit", "status"], name="entry_request_queue"),
            models.Index(fields=["room_session"], name="entry_request_room"),
        ]
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.status}"
