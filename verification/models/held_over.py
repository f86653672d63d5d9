"""留考: a candidate whose papers clash sits one, stays supervised, and sits the next (E10)."""

from django.db import models
from django.db.models import F, Q

from exam_ops.core.models import Sitting, User


class Supervision(models.Model):
    """What people said of a held-over candidate between two papers; `sitting` is the next paper's.

    All instants are real. Nobody has said anything while there is no row.
    """

    sitting = models.OneToOneField(Sitting, models.CASCADE, related_name="supervision")
    kept_at = models.DateTimeField(null=True, blank=True)  # 留考监管中
    kept_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    left_at = models.DateTimeField(null=True, blank=True)  # 已离开: absent from the next paper
    left_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    entered_at = models.DateTimeField(null=True, blank=True)  # sits the next paper without a new door check
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="who_left_has_not_entered", condition=Q(left_at=None) | Q(entered_at=None)
            ),
            models.CheckConstraint(
                name="who_enters_was_kept", condition=Q(entered_at=None) | Q(entered_at__gte=F("kept_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sitting_id}"
