"""总部指令: what headquarters decides about time, place and checks of some sites (A4)."""

import uuid

from django.db import models
from django.db.models import Q

from exam_ops.core.models import ExamPlan, Retried, SiteUnit, User
from incidents.models.incidents import Incident


class Decision(Retried):
    """One decision with its scope and reason (`next_due_at`: until when a second person may confirm it)."""

    class Kind(models.TextChoices):
        DELAY = "delay"  # start and end later by `minutes`
        EXTEND = "extend"  # end later by `minutes`
        MANUAL_CHECK = "manual_check"
        MOVE = "move"  # to `new_start`, keeping the length, or to `new_place`
        STOP = "stop"
        REOPEN_EVIDENCE = "reopen_evidence"  # until `evidence_until`

    class Status(models.TextChoices):
        PROPOSED = "proposed"  # waits for a second person
        EFFECTIVE = "effective"
        REFUSED = "refused"
        EXPIRED = "expired"
        WITHDRAWN = "withdrawn"

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    number = models.CharField(max_length=30, unique=True, null=True)
    plan = models.ForeignKey(ExamPlan, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    new_start = models.DateTimeField(null=True, blank=True)  # plan time
    new_place = models.CharField(max_length=200, blank=True)
    evidence_until = models.DateTimeField(null=True, blank=True)  # plan time
    evidence_owed = models.BooleanField(default=False)  # for whoever a manual check lets in
    reason = models.TextField()
    departments = models.CharField(max_length=200, blank=True)  # whom headquarters consulted
    incident = models.ForeignKey(Incident, models.SET_NULL, null=True, blank=True, related_name="decisions")
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)  # confirmed, refused, withdrawn or expired
    settled_note = models.TextField(blank=True)
    outcome = models.JSONField(default=dict)  # what it moved and reopened, counted

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_settled_decision_says_when",
                condition=Q(status="proposed") | Q(settled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="nobody_refuses_their_own_decision",
                condition=~Q(status="refused") | ~Q(settled_by=models.F("proposed_by")),
            ),
        ]
        indexes = [
            models.Index(fields=["next_due_at"], name="decision_due", condition=Q(next_due_at__isnull=False))
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.number or str(self.uid)


class DecisionTarget(models.Model):
    """A site unit that a decision is about, with its times before and after (plan time, ISO)."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="targets")
    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="decisions")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "site_unit"], name="a_decision_names_a_site_unit_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.site_unit_id}"
