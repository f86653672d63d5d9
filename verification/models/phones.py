"""Phones of those who check candidates in: the App's releases, login tries, phones let in by support (B1, B3)."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from exam_ops.core.models import SiteUnit, User


class AppReleaseQuery(models.QuerySet["AppRelease"]):
    def holding(self, now: datetime) -> "AppReleaseQuery":
        """Those that hold at `now`."""
        begun = Q(held_until=None, effective_from__lte=now) | Q(held_until__lte=now)
        return self.filter(begun, withdrawn_at=None)

    def coming(self, now: datetime) -> "AppReleaseQuery":
        """Those that do not hold yet."""
        ahead = Q(held_until=None, effective_from__gt=now) | Q(held_until__gt=now)
        return self.filter(ahead, withdrawn_at=None)


class AppRelease(models.Model):
    """The App that a platform must and may have from a moment on (B1); the latest that holds is in force.

    Never edited: one that does not hold yet may be withdrawn, one in force is replaced by another. `held_until`
    is the instant for which its minimum waits because exams came to lie around `effective_from`; `word` is
    headquarters' reason to let it hold all the same.
    """

    platform = models.CharField(max_length=20)
    minimum_version = models.CharField(max_length=32)
    latest_version = models.CharField(max_length=32)
    download_url = models.URLField(blank=True)
    effective_from = models.DateTimeField()  # real, as all here
    held_until = models.DateTimeField(null=True, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    entered_at = models.DateTimeField(null=True, blank=True)  # None: the plan's own
    word = models.CharField(max_length=200, blank=True)
    word_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    word_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_why = models.CharField(max_length=200, blank=True)

    objects = AppReleaseQuery.as_manager()

    @property
    def holds_from(self) -> datetime:
        """When it holds, as things stand."""
        return self.held_until or self.effective_from

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "effective_from"],
                name="one_app_release_per_platform_and_moment",
                condition=Q(withdrawn_at=None),
            )
        ]
        ordering = ["platform", "-effective_from"]

    def __str__(self) -> str:
        return f"{self.platform} ≥ {self.minimum_version}"


class LoginTry(models.Model):
    """The last time that somebody tried to sign in to an account from a phone, with what the phone said of itself.

    A row per account and phone, refused or not: where support finds a phone that the rules keep out.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="login_tries")
    device_id = models.CharField(max_length=100)
    platform = models.CharField(max_length=20)
    app_version = models.CharField(max_length=32, blank=True)
    os_version = models.CharField(max_length=32, blank=True)
    model = models.CharField(max_length=64, blank=True)
    memory_mb = models.PositiveIntegerField(null=True, blank=True)
    form_factor = models.CharField(max_length=10, blank=True)
    outcome = models.CharField(max_length=24)  # `passed`, or the code of the refusal
    at = models.DateTimeField()  # real

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "device_id"], name="one_login_try_per_account_and_phone")
        ]
        indexes = [models.Index(fields=["device_id"], name="login_try_device")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.device_id}: {self.outcome}"


class DeviceAdmission(models.Model):
    """放行: support lets one person use one phone that the rules refuse, for one site unit (B3).

    It ends with the unit, wherever that is moved; the App's version and the certificate are checked as ever.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="device_admissions")
    device_id = models.CharField(max_length=100)
    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="device_admissions")
    phone = models.CharField(max_length=200)  # platform, model, system and memory, as then known
    problems = models.JSONField(default=list)  # codes of the rules that it failed then
    reason = models.CharField(max_length=200)
    admitted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    admitted_at = models.DateTimeField()
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "device_id", "site_unit"],
                name="one_standing_admission_per_phone_and_unit",
                condition=Q(revoked_at=None),
            )
        ]
        indexes = [models.Index(fields=["site_unit"], name="device_admission_unit")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.device_id} @ {self.site_unit_id}"
