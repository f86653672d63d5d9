"""Checks of evidence: asked for with the picture, carried out in the background, read as hints (C14, C15).

A check waits in its own row until a worker has made it; a dead worker only means that it is pending longer.
`check_kinds` lists them, `check_worker` carries them out.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from exam_ops.core.models import Sitting
from exam_ops.rules import evidence_checks
from exam_ops.rules.evidence_checks import LABELS, STATES, Found, Name, State
from exam_ops.rules.text import Text
from incidents.models import Evidence, EvidenceCheck, EvidenceDuty, EvidenceMark

BACKGROUND = (Name.OPENS, Name.EXIF_TIME, Name.EXIF_PLACE, Name.SAME_PICTURE, Name.STRIP)
OCR = (Name.WATERMARK,)  # by a worker of its own
TONES = {
    State.PENDING: "quiet",
    State.PASSED: "good",
    State.FLAGGED: "watch",
    State.MISSING: "quiet",
    State.FAILED: "trouble",
}


@dataclass(frozen=True, slots=True)
class Hint:
    """One check of one picture as people and callers see it; `figures` are plain JSON."""

    name: str
    state: str
    code: str
    figures: dict[str, Any]
    done_at: datetime | None = None  # real; None where nothing waited for a worker

    @property
    def label(self) -> Text:
        return LABELS[self.name]

    @property
    def state_words(self) -> Text:
        return STATES[self.state]

    @property
    def words(self) -> Text:
        return evidence_checks.said(self.code, self.figures)

    @property
    def tone(self) -> str:
        return TONES[State(self.state)]


def ask(evidence: Evidence, *, now: datetime) -> None:
    """Asks for every check of one picture, inside the caller's transaction; again changes nothing."""
    rows = [EvidenceCheck(evidence=evidence, name=name, asked_at=now, due_at=now) for name in BACKGROUND]
    rows += [_watermark(evidence, name, now) for name in OCR]
    EvidenceCheck.objects.bulk_create(rows, ignore_conflicts=True)


def _watermark(evidence: Evidence, name: str, now: datetime) -> EvidenceCheck:
    """Nothing waits for a worker that this installation does not have."""
    row = EvidenceCheck(evidence=evidence, name=name, asked_at=now, due_at=now)
    if not settings.OCR:
        row.state, row.code, row.due_at, row.done_at = State.MISSING, "ocr_off", None, now
    return row


def at_once(evidence: Evidence) -> list[Hint]:
    """What was judged before the picture was taken in."""
    taken = (
        Hint(Name.CAPTURE_TIME, State.PASSED, "taken_on_time", {})
        if evidence.on_time
        else Hint(Name.CAPTURE_TIME, State.FLAGGED, "taken_otherwise", {})
    )
    return [Hint(Name.IMAGE, State.PASSED, "whole", {}), taken]


def of(evidence_ids: Iterable[UUID]) -> dict[UUID, list[Hint]]:
    """All that is known of these pictures, in one order; five statements at the most, however many they are."""
    return told(Evidence.objects.filter(pk__in=list(evidence_ids)))


def told(pictures: Iterable[Evidence]) -> dict[UUID, list[Hint]]:
    """The same of pictures that are at hand."""
    rows = list(pictures)
    stored: dict[UUID, dict[str, Hint]] = defaultdict(dict)
    for check in EvidenceCheck.objects.filter(evidence__in=[row.pk for row in rows]):
        stored[check.evidence_id][check.name] = Hint(
            check.name, check.state, check.code, check.figures, check.done_at
        )
    marks = _marks({row.room_session_id for row in rows})
    return {
        row.pk: [
            *at_once(row),
            *(stored[row.pk][name] for name in (*BACKGROUND, *OCR) if name in stored[row.pk]),
            *([] if row.withdrawn_at else [_hint(Name.MARKS, marks[row.room_session_id])]),
        ]
        for row in rows
    }


def _hint(name: str, found: Found) -> Hint:
    return Hint(name, found.state, found.code, found.figures)


def _marks(rooms: set[int]) -> dict[int, Found]:
    """Per room session whether its candidates with a duty are marked in some picture that stands, as of now.

    Read anew each time: a duty that opens or a picture that falls changes it at once.
    """
    duties = EvidenceDuty.objects.filter(room_session__in=rooms, sitting__isnull=False).exclude(
        status=EvidenceDuty.Status.DROPPED
    )
    owing: dict[int, set[int]] = defaultdict(set)
    for room, sitting in duties.values_list("room_session_id", "sitting_id"):
        owing[room].add(sitting)
    everybody = {sitting for sittings in owing.values() for sitting in sittings}
    marked = set(
        EvidenceMark.objects.filter(sitting__in=everybody, evidence__withdrawn_at=None).values_list(
            "sitting_id", flat=True
        )
    )
    seats = dict(Sitting.objects.filter(pk__in=everybody - marked).values_list("pk", "seat_no"))
    return {
        room: evidence_checks.marks(
            len(owing[room]), sorted(seats[pk] for pk in owing[room] - marked if pk in seats)
        )
        for room in rooms
    }
