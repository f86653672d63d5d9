"""Duties that proctors picked on their phones and do not have (C11, clause 二(三)8)."""

from django.db import models
from django.db.models import Q

from exam_ops.core.models.people import User
from exam_ops.core.models.plans import RoomSession, SiteUnit


class WantedDuty(models.Model):
    """A proctor was told 不在监考范围内: what they picked at their own site, what was missing, how often.

    One row a proctor and room session; without a room one a proctor and site unit, where only a plan or a
    unit was picked. It stays open until somebody of the site answers, or the proctor stands on that roster.
    `tries` counts at most one a minute. Times are real.
    """

    class State(models.TextChoices):
        OPEN = "open"
        CALLED = "called"  # less than two hours ahead: the branch's duty officer and the chief were called
        ASKED = "asked"  # as `change`, which waits for the branch or waited for it
        PLACED = "placed"  # as `change`, at once
        DISMISSED = "dismissed"

    proctor = models.ForeignKey(User, models.CASCADE, related_name="wanted_duties")
    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="wanted_duties")
    room_session = models.ForeignKey(
        RoomSession, models.CASCADE, null=True, blank=True, related_name="wanted_by"
    )
    missing = models.CharField(max_length=4)  # plan, unit, room: as the phone was told
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    change = models.UUIDField(null=True, blank=True)  # the proctor change that answers it
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)  # why it was dismissed

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proctor", "room_session"], name="a_proctor_wants_a_room_session_once"
            ),
            models.UniqueConstraint(
                fields=["proctor", "site_unit"],
                name="a_proctor_wants_a_site_unit_once",
                condition=Q(room_session=None),
            ),
            models.CheckConstraint(
                name="an_answered_wish_says_who_and_when",
                condition=Q(state="open") | Q(answered_by__isnull=False, answered_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["site_unit", "state"], name="wanted_duty_of_site_unit")]

    def __str__(self) -> str:
        return f"{self.proctor_id}→{self.room_session_id or self.site_unit_id} {self.state}"
