"""Sites that somebody pressed by hand to fill their rosters (C9)."""

from django.db import models

from exam_ops.core.models import ExamPlan, ExamSite, User


class RosterPress(models.Model):
    """催办: who last pressed a site about a plan's rosters, when (real), and how many rooms were short."""

    plan = models.ForeignKey(ExamPlan, models.CASCADE, related_name="+")
    site = models.ForeignKey(ExamSite, models.CASCADE, related_name="+")
    pressed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    pressed_at = models.DateTimeField()
    rooms = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "site"], name="one_last_press_per_plan_and_site")
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.site_id}"
