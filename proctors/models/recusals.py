"""回避: whom a proctor may not proctor, where, and why; seen by the site and its branch alone."""

from django.db import models
from django.db.models import Q

from exam_ops.core.models import Candidate, ExamRoom, ExamSite, LearningCentre, User

TARGETS = ("candidate", "room", "centre")


class Recusal(models.Model):
    """A proctor keeps away from one candidate, from a room, or from a learning centre's candidates, until it is lifted."""

    class Relation(models.TextChoices):
        RELATIVE = "relative"
        TEACHER = "teacher"  # taught or tutored them
        WORK = "work"  # works for the centre, or with the candidate
        OTHER = "other"

    proctor = models.ForeignKey(User, models.PROTECT, related_name="recusals")
    site = models.ForeignKey(ExamSite, models.PROTECT, related_name="recusals")
    candidate = models.ForeignKey(Candidate, models.PROTECT, null=True, blank=True, related_name="recusals")
    room = models.ForeignKey(ExamRoom, models.PROTECT, null=True, blank=True, related_name="recusals")
    centre = models.ForeignKey(LearningCentre, models.PROTECT, null=True, blank=True, related_name="recusals")
    relation = models.CharField(max_length=10, choices=Relation.choices)
    reason = models.CharField(max_length=200)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_recusal_names_one_thing",
                condition=Q(candidate__isnull=False, room=None, centre=None)
                | Q(candidate=None, room__isnull=False, centre=None)
                | Q(candidate=None, room=None, centre__isnull=False),
            ),
            *(
                models.UniqueConstraint(
                    fields=["proctor", target],
                    name=f"one_recusal_per_proctor_and_{target}",
                    condition=Q(lifted_at=None),
                )
                for target in TARGETS
            ),
        ]
        ordering = ["-entered_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.proctor_id} {self.relation}"
