"""应急材料封存包: orders to make one, the packages themselves in their plan's chain, keys, and checks on demand."""

from django.db import models
from django.db.models import Q

from exam_ops.core.models import ExamPlan, SiteUnit, User


class PackageOrder(models.Model):
    """That a package is to be made of a site unit, and how far it is.

    A worker may take it from `due_at` on (real; None: nothing to do any more); taken, it is lent until then, so that
    a dead worker's order comes again. `attempts` rises with each taking and tells one taking from the next.
    """

    class Cause(models.TextChoices):
        CLOSED = "closed"  # evidence has closed
        REOPENED = "reopened"  # it has closed once more, after headquarters had reopened it
        CHANGED = "changed"  # something was cleared or reviewed after the close
        ASKED = "asked"  # headquarters asked for it

    class State(models.TextChoices):
        WAITING = "waiting"
        MAKING = "making"
        DONE = "done"
        DROPPED = "dropped"  # it failed, and a later order of the site unit waits already

    plan = models.ForeignKey(ExamPlan, models.CASCADE, related_name="+")
    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="package_orders")
    cause = models.CharField(max_length=8, choices=Cause.choices)
    reason = models.CharField(max_length=500, blank=True)
    without_lost = models.BooleanField(default=False)  # originals that are lost are named, not waited for
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    draft = models.CharField(max_length=64, blank=True)  # the file that is being stored: SHA-256
    failed_code = models.CharField(max_length=20, blank=True)  # a key of `package_words.FAILURES`
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site_unit"], name="one_package_of_a_site_unit_waits", condition=Q(state="waiting")
            ),
            models.UniqueConstraint(
                fields=["plan"], name="packages_of_a_plan_are_made_one_by_one", condition=Q(state="making")
            ),
            models.CheckConstraint(
                name="an_order_that_is_open_says_when",
                condition=Q(state__in=["waiting", "making"], due_at__isnull=False)
                | Q(state__in=["done", "dropped"], due_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="package_order_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.site_unit_id} {self.cause}"


class EvidenceKey(models.Model):
    """A public key with which packages were signed: kept for ever, so that old packages can be checked."""

    key_id = models.CharField(max_length=16, primary_key=True)
    public_key = models.CharField(max_length=44)  # base64 of 32 bytes
    first_used_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key_id


class EvidencePackage(models.Model):
    """One sealed package: written once with its place in the plan's chain; its file stands under `sha256`.

    `previous` is the hash of the package before in the chain (empty: the first), `supersedes` the site unit's
    package before this one, which stays.
    """

    order = models.OneToOneField(PackageOrder, models.CASCADE, related_name="package")
    plan = models.ForeignKey(ExamPlan, models.PROTECT, related_name="packages")
    site_unit = models.ForeignKey(SiteUnit, models.PROTECT, related_name="packages")
    number = models.PositiveIntegerField()
    previous = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, unique=True)
    manifest_sha256 = models.CharField(max_length=64)
    signature = models.CharField(max_length=88)
    key = models.ForeignKey(EvidenceKey, models.PROTECT, related_name="packages")
    size = models.BigIntegerField()  # bytes
    counts = models.JSONField(default=dict)  # by section
    lost = models.JSONField(default=list)  # SHA-256 of originals that the store had lost
    cause = models.CharField(max_length=8, choices=PackageOrder.Cause.choices)
    reason = models.CharField(max_length=500, blank=True)
    read_at = models.DateTimeField()  # as of when it tells
    made_at = models.DateTimeField()
    supersedes = models.OneToOneField(
        "self", models.CASCADE, null=True, blank=True, related_name="superseded_by"
    )

    class Meta:
        ordering = ["plan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="packages_of_a_plan_are_numbered"),
            models.UniqueConstraint(fields=["plan", "previous"], name="a_package_is_followed_by_one"),
            models.CheckConstraint(
                name="the_first_package_follows_none",
                condition=Q(number=1, previous="") | (Q(number__gt=1) & ~Q(previous="")),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class PackageCheck(models.Model):
    """A check of a stored package that somebody asked for, and what it found (`due_at` as in `PackageOrder`)."""

    package = models.ForeignKey(EvidencePackage, models.CASCADE, related_name="checks")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    findings = models.JSONField(default=list)  # {code, where}; codes are keys of `sealed.WORDS`

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["package"], name="one_check_of_a_package_at_a_time", condition=Q(done_at=None)
            ),
            models.CheckConstraint(
                name="a_package_check_says_when",
                condition=Q(done_at=None, due_at__isnull=False) | Q(due_at=None, done_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="package_check_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.package_id} {self.asked_at:%F %T}"
