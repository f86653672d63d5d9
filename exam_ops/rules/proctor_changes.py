"""The windows of proctor rosters before a unit (C8, clause 二(三)6)."""

from datetime import datetime
from enum import StrEnum

from exam_ops.rules.policy import DEFAULT, Policy


class ChangeWindow(StrEnum):
    FREE = "free"
    BRANCH_APPROVAL = "branch_approval"
    EMERGENCY = "emergency"
    CLOSED = "closed"


def change_window(*, start: datetime, now: datetime, policy: Policy = DEFAULT) -> ChangeWindow:
    """x = start − now: x ≥ 48 h free; 2 h < x < 48 h branch approval; x ≤ 2 h until close of entry emergency."""
    left = start - now
    if left >= policy.roster_free_until:
        return ChangeWindow.FREE
    if left > policy.roster_change_until:
        return ChangeWindow.BRANCH_APPROVAL
    if now < start + policy.entry_closes_after:
        return ChangeWindow.EMERGENCY
    return ChangeWindow.CLOSED
