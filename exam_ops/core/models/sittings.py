"""Facts that others ask: sittings with their entry status, roster rows."""

from django.db import models
from django.db.models import Q

from exam_ops.core.models.people import Candidate, User
from exam_ops.core.models.plans import Paper, RoomSession, SiteUnit
from exam_ops.rules.entry import Entry


class Sitting(models.Model):
    """科次: one candidate, one paper, one room session, one seat. Without a room it still stands on the list."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="sittings")
    paper = models.ForeignKey(Paper, models.PROTECT, related_name="sittings")
    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="sittings")
    room_session = models.ForeignKey(
        RoomSession, models.PROTECT, null=True, blank=True, related_name="sittings"
    )
    seat_no = models.CharField(max_length=10, blank=True)
    ticket_no = models.CharField(max_length=30)
    held_over = models.BooleanField(default=False)
    manual_check = models.BooleanField(default=False, db_default=False)  # 人工核验（考生选择）, a choice (E9)
    entry_status = models.CharField(
        max_length=14, choices=[(e.value, e.value) for e in Entry], default=Entry.NOT_SIGNED_IN.value
    )
    emergency = models.BooleanField(default=False)
    failed_attempts = models.PositiveIntegerField(default=0)
    late = models.BooleanField(default=False)  # captured before close of entry, arrived after
    entry_moved_at = models.DateTimeField(null=True, blank=True)
    has_client_session = models.BooleanField(default=False)
    client_refused = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room_session", "seat_no"], name="one_candidate_per_seat", condition=~Q(seat_no="")
            ),
            models.UniqueConstraint(
                fields=["candidate", "site_unit", "paper"], name="a_paper_is_sat_once_per_unit"
            ),
            models.UniqueConstraint(
                fields=["ticket_no", "site_unit", "paper"], name="a_ticket_admits_one_sitting"
            ),
        ]
        indexes = [
            models.Index(fields=["ticket_no"], name="sitting_ticket"),
            # The few that boards count apart; none of these columns moves with a sign-in.
            models.Index(fields=["site_unit"], name="sitting_without_room", condition=Q(room_session=None)),
            models.Index(fields=["site_unit"], name="sitting_held_over", condition=Q(held_over=True)),
            models.Index(fields=["site_unit"], name="sitting_manual_check", condition=Q(manual_check=True)),
        ]

    def __str__(self) -> str:
        return self.ticket_no


class RosterRow(models.Model):
    """监考编排: a proctor in a room session; `checked_at` is the proctor's own face check of the day (C0)."""

    class Position(models.TextChoices):
        LEAD = "lead"
        SECOND = "second"

    room_session = models.ForeignKey(RoomSession, models.CASCADE, related_name="roster")
    proctor = models.ForeignKey(User, models.PROTECT, related_name="roster_rows")
    position = models.CharField(max_length=6, choices=Position.choices, default=Position.LEAD)
    checked_at = models.DateTimeField(null=True, blank=True)
    login_failed_at = models.DateTimeField(null=True, blank=True)  # an App login failed, no later one passed

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room_session", "proctor"], name="a_proctor_stands_once_in_a_room_session"
            ),
            models.UniqueConstraint(fields=["room_session", "position"], name="one_proctor_per_position"),
        ]

    def __str__(self) -> str:
        return f"{self.proctor_id}@{self.room_session_id}"
