"""What machines made of 应急材料 and say about them: measures and copies of a picture, and one row per check (C14)."""

from django.db import models
from django.db.models import Q

from exam_ops.core.models import SiteUnit
from exam_ops.rules import evidence_checks, likeness
from exam_ops.rules.evidence_checks import State
from exam_ops.rules.likeness import Bands
from exam_ops.rules.text import Text
from incidents.models.evidence import Evidence


class EvidencePicture(models.Model):
    """Measures of one piece of evidence's picture and what near pictures are found by; the copies shown on pages.

    A picture that can't be decoded has its hash alone. `band_…` are the perceptual hash
    (`exam_ops.rules.likeness`), None also for a picture of nearly one colour.
    """

    evidence = models.OneToOneField(Evidence, models.CASCADE, primary_key=True, related_name="picture")
    sha256 = models.CharField(max_length=64, db_index=True)
    is_drill = models.BooleanField()
    made_at = models.DateTimeField()
    display = models.CharField(max_length=64, blank=True)  # SHA-256 of the copy for pages
    thumb = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    sharpness = models.FloatField(null=True, blank=True)
    brightness = models.FloatField(null=True, blank=True)
    contrast = models.FloatField(null=True, blank=True)
    band_0 = models.PositiveIntegerField(null=True, blank=True)
    band_1 = models.PositiveIntegerField(null=True, blank=True)
    band_2 = models.PositiveIntegerField(null=True, blank=True)
    band_3 = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=[f"band_{n}"], name=f"evidence_picture_band_{n}")
            for n in range(likeness.BANDS)
        ]

    def __str__(self) -> str:
        return self.sha256[:12]

    @property
    def bands(self) -> Bands | None:
        if self.band_0 is None or self.band_1 is None or self.band_2 is None or self.band_3 is None:
            return None
        return self.band_0, self.band_1, self.band_2, self.band_3


class EvidenceCheck(models.Model):
    """One check of one piece of evidence: asked for with it, carried out in the background, a hint for people.

    `due_at` (real; None: nothing to do any more) is when a worker may take it; one that is taken is lent until
    `due_at`, so that a dead worker's check comes again. `code` and `figures` make the sentence.
    """

    evidence = models.ForeignKey(Evidence, models.CASCADE, related_name="checks")
    name = models.CharField(max_length=20)
    state = models.CharField(max_length=8, default=State.PENDING.value)
    code = models.CharField(max_length=20, default="pending")
    figures = models.JSONField(default=dict, blank=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evidence", "name"], name="a_check_is_made_once_per_evidence"),
            models.CheckConstraint(
                name="a_check_that_is_done_says_when",
                condition=Q(state="pending", done_at=None) | ~Q(state="pending") & Q(done_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="evidence_check_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.evidence_id}"

    @property
    def words(self) -> Text:
        return evidence_checks.said(self.code, self.figures)

    @property
    def site_unit(self) -> SiteUnit:
        return self.evidence.room_session.site_unit
