"""What the site's chief, and after them the branch, think of a picture or of one that never came (C14)."""

from django.db import models
from django.db.models import Q

from exam_ops.core.models import RoomSession, User
from exam_ops.rules.evidence_review import Level, Verdict
from incidents.models.evidence import Evidence, EvidenceDuty


class EvidenceReview(models.Model):
    """One verdict of one level, never edited: a change is a new row with its reason, and so is taking it back.

    `is_current` marks the verdict in force: at most one a level, and none after the last was taken back.
    """

    room_session = models.ForeignKey(RoomSession, models.CASCADE, related_name="evidence_reviews")
    evidence = models.ForeignKey(Evidence, models.CASCADE, null=True, blank=True, related_name="reviews")
    duty = models.ForeignKey(EvidenceDuty, models.CASCADE, null=True, blank=True, related_name="reviews")
    level = models.CharField(max_length=6, choices=[(e.value, e.value) for e in Level])
    verdict = models.CharField(max_length=11, choices=[(e.value, e.value) for e in Verdict])
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    replaces = models.OneToOneField("self", models.CASCADE, null=True, blank=True, related_name="replaced")
    is_current = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["evidence", "level"],
                name="one_review_of_a_picture_in_force",
                condition=Q(is_current=True, evidence__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["duty", "level"],
                name="one_review_of_a_duty_in_force",
                condition=Q(is_current=True, duty__isnull=False),
            ),
            models.CheckConstraint(
                name="a_review_is_of_a_picture_or_a_duty",
                condition=Q(evidence=None, duty__isnull=False) | Q(evidence__isnull=False, duty=None),
            ),
            models.CheckConstraint(
                name="what_is_not_accepted_says_why",
                condition=Q(verdict__in=["accepted", "taken_back"]) | ~Q(note=""),
            ),
            models.CheckConstraint(
                name="a_verdict_taken_back_is_not_in_force",
                condition=~Q(verdict="taken_back") | Q(is_current=False, replaces__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["room_session", "level"], name="evidence_reviews_in_force",
                         condition=Q(is_current=True)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.level} {self.verdict} {self.evidence_id or self.duty_id}"
