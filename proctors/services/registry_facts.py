"""Laying facts onto a proctor's profile: what changed, and what that takes back. For the page and the workbook alike."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from exam_ops.core.models import ProctorProfile
from exam_ops.rules import certification
from exam_ops.rules.certification import FACT_WORDS, Document, Fact, Need, State
from proctors.selectors.certificates import index_of, missing

FIELDS: dict[Fact, str] = {
    Fact.NUMBER: "id_no",
    Fact.DOCUMENT: "document",
    Fact.PHOTO: "photo",
    Fact.DOCUMENT_PHOTO: "document_photo",
}
PICTURES = {Fact.PHOTO, Fact.DOCUMENT_PHOTO}
WRITTEN = (
    *FIELDS.values(),
    *("id_no_index", "hints", "entered_by_id", "revision", "status", "source", "status_reason"),
    *("status_at", "valid_until", "needs", "held_by_id", "held_until"),
)
"""Every column that `lay` may touch."""


def lay(
    profile: ProctorProfile,
    values: Mapping[Fact, Any],
    *,
    renamed: bool = False,
    by: int | None,
    now: datetime,
) -> frozenset[Fact]:
    """Sets `values` on `profile`, which is not saved; returns what of the three differs from before.

    Whatever was found of a proctor holds no more once one of them changed: the certificate falls back (B2). A
    picture where there was none takes no certificate back: those of earlier releases have none yet.
    """
    changed = {fact for fact, value in values.items() if getattr(profile, FIELDS[fact]) != value}
    added = {fact for fact in changed & PICTURES if not getattr(profile, FIELDS[fact])}
    changed |= {Fact.NAME} if renamed else set()
    is_new = profile.pk is None
    for fact in changed - {Fact.NAME}:
        setattr(profile, FIELDS[fact], values[fact])
    profile.id_no_index = index_of(profile.id_no)
    if changed or is_new:
        asked = [Need(need) for need in profile.needs]
        needs = missing(profile, now=now)
        profile.needs = [*needs, *certification.still_needed(asked, changed)]
        profile.entered_by_id = by
        profile.held_by_id, profile.held_until = None, None
        profile.revision += 0 if is_new else 1
    if is_new or (changed - added if profile.is_certified else changed):
        _take_back(profile, changed, is_new, now)
    return frozenset(changed)


def _take_back(profile: ProctorProfile, changed: Collection[Fact], is_new: bool, now: datetime) -> None:
    """Whatever was found holds no more."""
    held = State.PENDING if is_new else State(profile.status)
    profile.status = certification.after_change(held, profile.kind, changed or [Fact.NUMBER]).value
    profile.status_reason = "" if is_new else _why(profile.kind, changed)
    profile.source, profile.valid_until, profile.status_at = "", None, now


def _why(document: Document, changed: Collection[Fact]) -> str:
    if refusal := certification.why_not(document):
        return refusal.zh
    return f"{'、'.join(FACT_WORDS[fact].zh for fact in Fact if fact in changed)}已变更，须核对"
