"""People: accounts, scoped roles, delegations, tokens, candidates, proctors' certificates."""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from knox.models import AbstractAuthToken

from exam_ops.core.fields import EncryptedField
from exam_ops.core.models.places import Branch, ExamSite, LearningCentre
from exam_ops.rules.certification import Document, document_of
from exam_ops.rules.permissions import Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **extra) -> "User":
        user = self.model(username=username, **extra)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):  # type: ignore[django-manager-missing]  # knox's has no types
    """An account; what it may do stands in its memberships."""

    username = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name


class Candidate(models.Model):
    """A person who sits exams; the ID number is encrypted and found by its blind index."""

    student_no = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=64)
    id_no = EncryptedField(blank=True)
    id_no_index = models.CharField(max_length=64, db_index=True, blank=True)
    centre = models.ForeignKey(LearningCentre, models.PROTECT, null=True, related_name="candidates")
    photo = models.CharField(max_length=64, blank=True)  # SHA-256 of the reference photo

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A role with its scope; `rights` are a branch officer's duties (integrity, duty)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(r.value, r.value) for r in Role])
    branch = models.ForeignKey(Branch, models.CASCADE, null=True, blank=True)
    site = models.ForeignKey(ExamSite, models.CASCADE, null=True, blank=True)
    centre = models.ForeignKey(LearningCentre, models.CASCADE, null=True, blank=True)
    candidate = models.ForeignKey(Candidate, models.CASCADE, null=True, blank=True)
    rights = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "user",
                "role",
                *(Coalesce(scope, 0) for scope in ("branch", "site", "centre", "candidate")),
                name="one_membership_per_role_and_scope",
            ),
            models.CheckConstraint(
                name="a_role_has_its_own_kind_of_scope",
                condition=Q(role=Role.HQ, branch=None, site=None, centre=None, candidate=None)
                | Q(role=Role.BRANCH, branch__isnull=False)
                | Q(role__in=[Role.SITE, Role.CHIEF, Role.PROCTOR], site__isnull=False)
                | Q(role=Role.CENTRE, centre__isnull=False)
                | Q(role=Role.CANDIDATE, candidate__isnull=False)
                | Q(role__in=[Role.SUPPORT, Role.INSPECTOR]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Delegation(models.Model):
    """A chief's powers lent to a deputy for a span of real time (C3, reading 5)."""

    site = models.ForeignKey(ExamSite, models.CASCADE, related_name="delegations")
    deputy = models.ForeignKey(User, models.CASCADE, related_name="delegations")
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    reason = models.CharField(max_length=200)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_delegation_ends_after_it_begins", condition=Q(valid_until__gt=F("valid_from"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.deputy_id} @ {self.site_id}"


class ProctorProfile(models.Model):
    """What the registry knows of a proctor; certified only when ID number, name and photo agree (B2).

    `revision` rises with every change of what is compared, so that a verdict is of what was looked at. `needs`
    are what is missing before anybody can compare (`exam_ops.rules.certification.Need`), `hints` what a machine
    says of the two pictures. Pictures are kept drawn anew, under the hash of their new pixels.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        RECHECK = "recheck"
        CERTIFIED = "certified"
        REFUSED = "refused"
        RECORDED = "recorded"  # a document that can't be certified

    class Source(models.TextChoices):
        IMPORT = "import"  # by a workbook of an earlier release: holds until it is compared (decision 0030)
        PERSON = "person"
        SERVICE = "service"

    user = models.OneToOneField(User, models.CASCADE, related_name="proctor")
    site = models.ForeignKey(ExamSite, models.PROTECT, related_name="proctors")
    document = models.CharField(max_length=20, choices=[(d.value, d.value) for d in Document], blank=True)
    id_no = EncryptedField(blank=True)
    id_no_index = models.CharField(max_length=64, db_index=True, blank=True)
    phone = EncryptedField(blank=True)
    photo = models.CharField(max_length=64, blank=True)  # SHA-256 of the reference photo
    document_photo = models.CharField(max_length=64, blank=True)
    hints = models.JSONField(default=dict, blank=True)
    claimed = models.BooleanField(default=False)  # a workbook says 已认证: worth nothing until it is compared
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    source = models.CharField(max_length=12, choices=Source.choices, blank=True)
    status_reason = models.CharField(max_length=200, blank=True)
    status_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)  # of a certificate; None: for good
    needs = models.JSONField(default=list, blank=True)
    held_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    held_until = models.DateTimeField(null=True, blank=True)  # on whose screen it is

    class Meta:
        indexes = [
            models.Index(fields=["site", "status"], name="proctor_of_site_by_status"),
            models.Index(
                fields=["valid_until"], name="certificate_ends", condition=Q(valid_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}"

    @property
    def is_certified(self) -> bool:
        return self.status == self.Status.CERTIFIED

    @property
    def is_unproven(self) -> bool:
        """Certified by a workbook alone: holds, and is to be compared."""
        return self.is_certified and self.source == self.Source.IMPORT

    @property
    def kind(self) -> Document:
        """The document, read from the number where nobody has named it."""
        return Document(self.document) if self.document else document_of(self.id_no)


class Device(models.Model):  # type: ignore[django-manager-missing]
    """A phone as its App reported itself at the last login."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, models.CASCADE, related_name="devices")
    device_id = models.CharField(max_length=100)
    platform = models.CharField(max_length=20)
    app_version = models.CharField(max_length=32)
    os_version = models.CharField(max_length=32, blank=True)
    model = models.CharField(max_length=64, blank=True)
    memory_mb = models.PositiveIntegerField(null=True, blank=True)
    form_factor = models.CharField(max_length=10, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "device_id"], name="one_row_per_account_and_device")
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.app_version}"


class OneTimeCode(models.Model):
    """A code that lets its holder sign in once instead of the password, for a few minutes; stored hashed (E11)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="one_time_codes")
    digest = models.CharField(max_length=64)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)  # or withdrawn by a later code

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], name="one_usable_code_per_account", condition=Q(used_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.issued_at:%T}"


class AccessToken(AbstractAuthToken):
    """An API token, stored hashed; one made from a phone names its device."""

    device = models.ForeignKey(Device, models.CASCADE, null=True, blank=True, related_name="tokens")
