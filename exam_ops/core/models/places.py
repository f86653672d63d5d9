"""Places: branch → exam site → exam room; learning centres beside them."""

from django.db import models
from django.db.models import Q


class Branch(models.Model):
    """分部（学院）."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    duty_phone = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.name


class LearningCentre(models.Model):
    """学习中心: owns candidates, may own or share a site."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="centres")

    def __str__(self) -> str:
        return self.name


class ExamSite(models.Model):
    """考点."""

    class Kind(models.TextChoices):
        FORMAL = "formal"
        TEMPORARY = "temporary"

    class Status(models.TextChoices):
        NORMAL = "normal"
        SUSPENDED = "suspended"
        REVOKED = "revoked"

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="sites")
    centres = models.ManyToManyField(LearningCentre, related_name="sites", blank=True)
    address = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FORMAL)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.NORMAL)
    uplink_mbps = models.PositiveIntegerField(null=True, blank=True)
    downlink_mbps = models.PositiveIntegerField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)  # degrees, WGS 84, as phones write them into pictures
    longitude = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_site_lies_on_the_earth",
                condition=Q(latitude=None, longitude=None)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> tuple[float, float] | None:
        """Latitude and longitude, where they are known."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)


class ExamRoom(models.Model):
    """考场 within a site."""

    site = models.ForeignKey(ExamSite, models.PROTECT, related_name="rooms")
    room_no = models.CharField(max_length=20)
    place = models.CharField(max_length=100, blank=True)
    seats = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "room_no"], name="a_room_number_is_unique_in_its_site")
        ]

    def __str__(self) -> str:
        return self.room_no
