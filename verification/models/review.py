"""核查清单: what a person made of a fact that a phone reported; the fact itself is never changed."""

from django.db import models
from django.db.models import Q

from exam_ops.core.models import Sitting, User
from verification.models.door import SignIn


class SignInReview(models.Model):
    """The clearing of one fact: the first holds. `sitting` is whom an applied fact has signed in."""

    class Outcome(models.TextChoices):
        NO_EFFECT = "no_effect"
        APPLIED = "applied"

    sign_in = models.OneToOneField(SignIn, models.CASCADE, primary_key=True, related_name="review")
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    note = models.TextField()
    sitting = models.ForeignKey(Sitting, models.CASCADE, null=True, blank=True, related_name="+")
    cleared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    cleared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_applied_fact_names_whom_it_signed_in",
                condition=Q(outcome="no_effect", sitting=None) | Q(outcome="applied", sitting__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sign_in_id} {self.outcome}"
