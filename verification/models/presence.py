"""Who is here of those whom the portal lists as 未签到: what the room's staff say (C6)."""

from django.db import models

from exam_ops.core.models import Sitting, User


class Presence(models.Model):
    """The answer that holds for one candidate; what was answered before it stands in the event log."""

    class Answer(models.TextChoices):
        PRESENT = "present"
        NOT_HERE = "not_here"

    sitting = models.OneToOneField(Sitting, models.CASCADE, primary_key=True, related_name="presence")
    answer = models.CharField(max_length=8, choices=Answer.choices)
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.answer}"
