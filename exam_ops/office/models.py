"""What the office keeps of its own: tickets that were missing or wrong at the door (C1)."""

import uuid

from django.db import models

from exam_ops.core.models import Sitting, User
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
