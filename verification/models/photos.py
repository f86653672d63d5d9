"""What was made of photos: copies to look at, machine measures, hints, and what people decided about them (C13)."""

from django.db import models
from django.db.models import Q

from exam_ops.core.models import RoomSession, SiteUnit, Sitting, User
from verification.models.door import SignIn


class Picture(models.Model):
    """One stored picture by its content, with the copies and measures made of it in the background.

    The original stays untouched under `sha256`. `due_at` (real; None: nothing to do any more) is when a worker
    may take it; one that it takes is lent to it until `due_at`, so that a dead worker's picture comes again.
    """

    sha256 = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=10)  # image/jpeg, image/heic
    display = models.CharField(max_length=64, blank=True)  # SHA-256 of the copy for pages
    thumb = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failed_why = models.CharField(max_length=300, blank=True)

    # Measures of the upright picture (`exam_ops.rules.photo_hints.Measures`); None: not looked into.
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    sharpness = models.FloatField(null=True, blank=True)
    brightness = models.FloatField(null=True, blank=True)
    contrast = models.FloatField(null=True, blank=True)
    likeness = models.CharField(max_length=16, blank=True)  # perceptual hash, 64 bits in hex

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="picture_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return self.sha256[:12]


class PhotoCheck(models.Model):
    """The photo of one passed sign-in, as the machine looked at it; `face_…` is what a face service said of it."""

    sign_in = models.OneToOneField(SignIn, models.CASCADE, primary_key=True, related_name="photo_check")
    picture = models.ForeignKey(Picture, models.PROTECT, related_name="checks")
    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="photo_checks")
    room_session = models.ForeignKey(RoomSession, models.CASCADE, related_name="photo_checks")
    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="photo_checks")
    looked_at = models.DateTimeField(null=True, blank=True)
    doubted = models.BooleanField(default=False)  # the sign-in counts, and a hint about it waits for people
    face_by = models.CharField(max_length=40, blank=True)
    face_outcome = models.CharField(max_length=8, blank=True)
    face_score = models.FloatField(null=True, blank=True)
    face_words = models.CharField(max_length=200, blank=True)
    faced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["site_unit"], name="photo_doubted", condition=Q(doubted=True))]

    def __str__(self) -> str:
        return str(self.sign_in_id)


class PhotoHint(models.Model):
    """A doubt about a sign-in photo: a machine's, or a person's who looked at it. People decide it, the first wins."""

    class Kind(models.TextChoices):
        BLURRED = "blurred"
        DARK = "dark"
        BRIGHT = "bright"
        SMALL = "small"
        SAME_PICTURE = "same_picture"  # as another candidate's
        SAME_AS_REFERENCE = "same_as_reference"
        BY_HAND = "by_hand"

    class Verdict(models.TextChoices):
        CLEAR = "clear"
        BAD = "bad"

    photo = models.ForeignKey(PhotoCheck, models.CASCADE, related_name="hints")
    kind = models.CharField(max_length=18, choices=Kind.choices)
    other = models.ForeignKey(
        SignIn, models.SET_NULL, null=True, blank=True, related_name="+"
    )  # the same picture
    found_at = models.DateTimeField()
    verdict = models.CharField(max_length=5, choices=Verdict.choices, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["photo", "kind"], name="one_hint_of_a_kind_per_photo"),
            models.CheckConstraint(
                name="a_verdict_on_a_hint_names_who_and_when",
                condition=Q(verdict="") | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.photo_id} {self.kind}"
