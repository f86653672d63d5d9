"""考后核验: how far a site is, what was found, who has a pair on the screen just now (C16)."""

from django.db import models
from django.db.models import F, Q

from exam_ops.core.models import Retried, RoomSession, SiteUnit, Sitting, User
from verification.models.door import SignIn


class PostExamRun(Retried):
    """考后核验 of one site in one unit, in figures (`next_due_at`: when the branch is told of findings).

    `checked` counts sittings with a verdict in force, `findings` those of them that are doubted, `settled` what
    the branch has settled; `told` is how many findings the branch was told of.
    """

    site_unit = models.OneToOneField(SiteUnit, models.CASCADE, primary_key=True, related_name="post_exam_run")
    checked = models.PositiveIntegerField(default=0)
    findings = models.PositiveIntegerField(default=0)
    settled = models.PositiveIntegerField(default=0)
    told = models.PositiveIntegerField(default=0)
    told_times = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="post_exam_figures_fit",
                condition=Q(checked__gte=F("findings"), findings__gte=F("settled")),
            )
        ]
        indexes = [
            models.Index(fields=["next_due_at"], name="post_exam_due", condition=Q(next_due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.site_unit_id}: {self.checked}"


class PostExamCheck(models.Model):
    """One verdict on one pair; a withdrawn one stays, and at most one of a sitting is in force.

    `photo` is the SHA-256 that was looked at, empty where there was none. A finding (`doubt`, `differs`) goes to
    the branch, which sees it and settles it with a note.
    """

    class Result(models.TextChoices):
        SAME = "same"
        DOUBT = "doubt"
        DIFFERS = "differs"

    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="post_exam_checks")
    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="post_exam_checks")
    room_session = models.ForeignKey(
        RoomSession, models.CASCADE, null=True, blank=True, related_name="post_exam_checks"
    )
    sign_in = models.ForeignKey(SignIn, models.SET_NULL, null=True, blank=True, related_name="+")
    photo = models.CharField(max_length=64, blank=True)
    result = models.CharField(max_length=7, choices=Result.choices)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sitting"],
                name="one_post_exam_verdict_in_force",
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_finding_says_what_it_is", condition=Q(result="same") | ~Q(note="")
            ),
            models.CheckConstraint(
                name="a_settled_finding_says_how",
                condition=Q(settled_at__isnull=True) | (Q(settled_by__isnull=False) & ~Q(settled_note="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["site_unit"],
                name="post_exam_findings",
                condition=Q(withdrawn_at__isnull=True, result__in=["doubt", "differs"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.result}"


class PostExamHold(models.Model):
    """A pair that stands on somebody's screen: others are given the next one until `until` (real)."""

    sitting = models.OneToOneField(Sitting, models.CASCADE, primary_key=True, related_name="post_exam_hold")
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.by_id}"
