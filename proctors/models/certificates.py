"""实名认证 of proctors: the history of every comparison, looks at whole ID numbers, questions to the real-name service."""

from django.db import models
from django.db.models import Q

from exam_ops.core.models import ProctorProfile, User
from exam_ops.rules.certification import Finding, State


class CertificateCheck(models.Model):
    """One entry of a proctor's history: what was compared, by whom, what each of the three said; written once.

    `kind` says what happened: facts were `entered` or `changed`, a `person` or the `service` compared, somebody had
    it looked at again (`reopened`), the certificate `ended`. `photo` and `document_photo` are the pictures that were looked at.
    """

    class Kind(models.TextChoices):
        ENTERED = "entered"
        CHANGED = "changed"
        PERSON = "person"
        SERVICE = "service"
        REOPENED = "reopened"
        ENDED = "ended"

    profile = models.ForeignKey(ProctorProfile, models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revision = models.PositiveIntegerField()
    number = models.CharField(max_length=8, choices=[(f.value, f.value) for f in Finding], blank=True)
    name = models.CharField(max_length=8, choices=[(f.value, f.value) for f in Finding], blank=True)
    face = models.CharField(max_length=8, choices=[(f.value, f.value) for f in Finding], blank=True)
    outcome = models.CharField(max_length=12, choices=[(s.value, s.value) for s in State])
    reason = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=list, blank=True)  # which were entered or changed
    photo = models.CharField(max_length=64, blank=True)
    document_photo = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_certificate_names_three_agreements",
                condition=~Q(kind__in=["person", "service"], outcome="certified")
                | Q(number="agrees", name="agrees", face="agrees"),
            ),
            models.CheckConstraint(
                name="a_persons_comparison_names_the_person",
                condition=~Q(kind="person") | Q(by__isnull=False),
            ),
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.profile_id} {self.kind} {self.outcome}"


class NumberReveal(models.Model):
    """Somebody looked at a whole ID number: who, whose, why; written once (E9)."""

    profile = models.ForeignKey(ProctorProfile, models.CASCADE, related_name="reveals")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    purpose = models.CharField(max_length=12)
    words = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["by", "at"], name="number_reveals_of_a_person")]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.by_id} {self.profile_id}"


class RealNameAsk(models.Model):
    """A question to the real-name service about one state of a proctor's facts.

    `due_at` (real; None: nothing to do any more) is when a worker may take it; one that is taken is lent until
    then, so that a dead worker's comes again.
    """

    profile = models.ForeignKey(ProctorProfile, models.CASCADE, related_name="asks")
    revision = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "revision"], name="the_service_is_asked_once_per_revision"
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="real_name_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.profile_id}.{self.revision}"


class Breaker(models.Model):
    """The circuit breaker of an outside service: closed, or open until a trial is due; shared by all workers."""

    name = models.CharField(primary_key=True, max_length=20)
    failures = models.PositiveIntegerField(default=0)  # in a row
    opened_at = models.DateTimeField(null=True, blank=True)
    trial_at = models.DateTimeField(null=True, blank=True)  # from then on one call may be tried

    def __str__(self) -> str:
        return self.name
