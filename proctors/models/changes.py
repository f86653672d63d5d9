"""Proctor changes: who asks to put whom in whose place, and what became of it (C8)."""

from django.db import models
from django.db.models import F, Q

from exam_ops.core.models import RoomSession, RosterRow, SiteUnit, User

CUTOFF = "a_proctor_change_keeps_its_window"  # the cutoff of the migration `window_cutoff`


class ProctorChange(models.Model):
    """监考变更 of one room session: a replacement, an addition (no outgoing) or a removal (no incoming).

    `window_until` is the real instant at which its window ends: it was laid when the change was asked for,
    and follows a drill's jumps and headquarters' moves of the site unit. `batch` holds together what was
    asked for in one go; each piece is decided by itself.
    """

    class Window(models.TextChoices):
        FREE = "free"
        BRANCH_APPROVAL = "branch_approval"
        EMERGENCY = "emergency"

    class Status(models.TextChoices):
        PENDING = "pending"
        APPLIED = "applied"  # at once, without a decision
        APPROVED = "approved"  # by the branch, and so on the roster
        REJECTED = "rejected"
        EXPIRED = "expired"  # undecided when its window ended
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True)
    batch = models.UUIDField(db_index=True)
    room_session = models.ForeignKey(RoomSession, models.CASCADE, related_name="proctor_changes")
    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="proctor_changes")
    position = models.CharField(max_length=6, choices=RosterRow.Position.choices)
    outgoing = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    incoming = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="proctor_changes_into"
    )
    reason = models.TextField()
    window = models.CharField(max_length=15, choices=Window.choices)
    window_until = models.DateTimeField()
    status = models.CharField(max_length=9, choices=Status.choices)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="proctor_changes")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)  # decided, withdrawn or expired
    decision_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room_session", "outgoing"],
                name="one_pending_change_per_outgoing",
                condition=Q(status="pending"),
            ),
            models.UniqueConstraint(
                fields=["room_session", "incoming"],
                name="one_pending_change_per_incoming",
                condition=Q(status="pending"),
            ),
            models.UniqueConstraint(
                fields=["room_session", "position"],
                name="one_pending_change_per_position",
                condition=Q(status="pending"),
            ),
            models.CheckConstraint(
                name="a_change_moves_somebody",
                condition=(Q(outgoing__isnull=False) | Q(incoming__isnull=False))
                & (Q(outgoing=None) | Q(incoming=None) | ~Q(outgoing=F("incoming"))),
            ),
            models.CheckConstraint(
                name="nobody_decides_their_own_change",
                condition=~Q(status__in=["approved", "rejected"]) | ~Q(decided_by=F("requested_by")),
            ),
            models.CheckConstraint(
                name="a_decided_change_names_who_and_when",
                condition=~Q(status__in=["approved", "rejected"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_free_change_waits_for_nobody", condition=~Q(window="free") | Q(status="applied")
            ),
        ]
        indexes = [
            models.Index(fields=["site_unit", "status"], name="proctor_change_of_site_unit"),
            models.Index(fields=["window_until"], name="proctor_change_waits", condition=Q(status="pending")),
        ]
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return f"{self.room_session_id} {self.outgoing_id}→{self.incoming_id} {self.status}"
