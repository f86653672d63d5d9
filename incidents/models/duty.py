"""Who is on duty where, and whom to call (D10)."""

from django.db import models
from django.db.models import F, Q

from exam_ops.core.models import Branch, ExamSite, User


class Shift(models.Model):
    """值班: one person on duty at a place of the ladder, or at a support desk, in plan time."""

    class Level(models.TextChoices):
        SITE = "site"
        BRANCH = "branch"
        HQ = "hq"
        SUPPORT = "support"  # a branch's desk, or headquarters' when it names no branch

    level = models.CharField(max_length=8, choices=Level.choices)
    branch = models.ForeignKey(Branch, models.CASCADE, null=True, blank=True, related_name="shifts")
    site = models.ForeignKey(ExamSite, models.CASCADE, null=True, blank=True, related_name="shifts")
    user = models.ForeignKey(User, models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_shift_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            )
        ]
        indexes = [models.Index(fields=["level", "starts_at"], name="shift_of_level")]
        ordering = ["starts_at"]

    def __str__(self) -> str:
        return f"{self.level} {self.user_id}"


class Contact(models.Model):
    """A support contact shown on every card: headquarters' or a branch's own (D10)."""

    name = models.CharField(max_length=60)
    duty = models.CharField(max_length=100, blank=True)  # what to call them for
    phone = models.CharField(max_length=40, blank=True)
    qq = models.CharField(max_length=40, blank=True)
    other = models.CharField(max_length=100, blank=True)
    for_app = models.BooleanField(default=True)
    for_client = models.BooleanField(default=True)
    branch = models.ForeignKey(Branch, models.CASCADE, null=True, blank=True, related_name="contacts")
    order = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name
