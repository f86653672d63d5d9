"""The review list (核查清单): what a fact that a phone reported may still do once a person has looked at it (C0, C17).

A fact that could not be applied stays as it is. A person may apply it afterwards only where what stood against it
has gone, or was never about the candidate; the window of C17 holds for them as for the machine.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from exam_ops.rules.entry import Cause, Entry, allowed

APPLICABLE = frozenset({"out_of_scope", "unknown_sitting", "invalid", "id_reused", "manual_not_allowed"})
"""Codes of rejected facts that a person may apply: not those captured outside entry, nor past the chief's no."""


class Against(StrEnum):
    """What stands against applying a fact."""

    IN_FORCE = "in_force"  # not rejected: nothing waits to be applied
    CODE = "code"  # captured outside entry, or the chief has rejected the entry
    FAILED = "failed"  # the phone itself says that the check failed
    NO_TIME = "no_time"  # when it was captured can't be read
    OUTSIDE = "outside"  # captured outside entry
    NOT_ROSTERED = "not_rostered"  # its proctor is not on duty in that room, until today
    MANUAL = "manual"  # a manual check without headquarters' decision
    STATUS = "status"  # the candidate is in already, or was rejected


@dataclass(frozen=True, slots=True)
class Case:
    """A fact before a person, with the candidate meant. Instants are real; `captured_at` corrected by the skew."""

    code: str  # "" for a fact that was applied when it came
    passed: bool
    manual: bool
    captured_at: datetime | None
    entry_opens_at: datetime
    entry_closes_at: datetime
    rostered: bool
    manual_check_for_all: bool
    entry_status: Entry | str


def against(case: Case, *, now: datetime) -> Against | None:
    """What stands against applying the fact at `now`; None where a person may."""
    if not case.code:
        return Against.IN_FORCE
    if case.code not in APPLICABLE:
        return Against.CODE
    if not case.passed:
        return Against.FAILED
    if case.captured_at is None:
        return Against.NO_TIME
    if not case.entry_opens_at <= case.captured_at < case.entry_closes_at:
        return Against.OUTSIDE
    if not case.rostered:
        return Against.NOT_ROSTERED
    if case.manual and not case.manual_check_for_all:
        return Against.MANUAL
    return None if allowed(case.entry_status, cause(case, now=now)) else Against.STATUS


def cause(case: Case, *, now: datetime) -> Cause:
    """By which move an applied fact signs in: as any sign-in before close of entry, as a late arrival from then on."""
    return Cause.PASSED if now < case.entry_closes_at else Cause.LATE_ARRIVAL


def may_be_undone(*, effective: bool, manual: bool, entry_status: Entry | str) -> bool:
    """Whether a sign-in is one that a person may undo: a manual one that holds (contract, `entry_status`)."""
    return effective and manual and allowed(entry_status, Cause.UNDO)
