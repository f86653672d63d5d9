"""What the office keeps of its own: tickets that were missing or wrong at the door (C1), ticks of readiness lists (B4)."""

import uuid

from django.db import models
from django.db.models import Q

from exam_ops.core.models import ExamPlan, ExamSite, Sitting, User
from exam_ops.rules.readiness import Item
from exam_ops.rules.tickets import Problem, Rule


class TicketCase(models.Model):
    """A missing, unprinted or wrong ticket: what was corrected, and who admitted under which rule."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="ticket_cases")
    problem = models.CharField(max_length=12, choices=[(p.value, p.value) for p in Problem])
    corrected = models.CharField(max_length=300, blank=True)
    rule = models.CharField(max_length=14, choices=[(r.value, r.value) for r in Rule])
    note = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    incident = models.CharField(max_length=30, blank=True)  # the number of the incident it was reported under

    class Meta:
        ordering = ["-decided_at"]

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.problem}"


class ReadinessTick(models.Model):
    """Somebody of a site has seen to a point of its readiness list for a plan; taken back, it is kept as undone (B4)."""

    plan = models.ForeignKey(ExamPlan, models.CASCADE, related_name="readiness_ticks")
    site = models.ForeignKey(ExamSite, models.CASCADE, related_name="readiness_ticks")
    item = models.CharField(max_length=12, choices=[(i.value, i.value) for i in Item])
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "site", "item"],
                name="a_point_is_ticked_once",
                condition=Q(undone_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.item}"
