"""Carries out the checks of evidence in the background, picture by picture; one that breaks down holds up no other."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from exam_ops.core import entry, events
from exam_ops.core.deadlines import alarms, backoff
from exam_ops.core.lending import lend
from exam_ops.core.quiet import QuietThread
from exam_ops.rules.evidence_checks import Found, Name, State
from incidents.models import Evidence, EvidenceCheck
from incidents.services import checks
from incidents.services.check_kinds import KINDS
from incidents.services.check_subject import Subject

LEASE = timedelta(minutes=3)
PICTURES = 10  # that are taken together
GIVE_UP_AFTER = len(backoff.RETRY_AFTER)  # tries


def due(names: Sequence[str], *, now: datetime) -> QuerySet[EvidenceCheck]:
    """The checks of these names whose turn has come."""
    return EvidenceCheck.objects.filter(due_at__lte=now, name__in=names)


def take(names: Sequence[str], *, now: datetime) -> list[EvidenceCheck]:
    """Checks whose turn has come, lent to the caller for `LEASE`, the oldest picture first."""
    rows = due(names, now=now).order_by("due_at", "evidence", "pk")
    return lend(rows, until=now + LEASE, limit=PICTURES * len(names))


def run(read_clock: Callable[[], datetime], names: Sequence[str] = checks.BACKGROUND) -> int:
    """Works until no check of these names waits; returns how many were made."""
    done = 0
    while taken := take(names, now=read_clock()):
        loaded = _load({row.evidence_id for row in taken})
        for pk, rows in groupby(taken, key=lambda row: row.evidence_id):
            if pk in loaded:
                done += _look(Subject(loaded[pk], now=read_clock()), list(rows), read_clock)
    return done


def _load(pks: set[UUID]) -> dict[UUID, Evidence]:
    rows = Evidence.objects.filter(pk__in=pks).select_related(
        "room_session__site_unit__site", "room_session__site_unit__unit__plan"
    )
    return {row.pk: row for row in rows}


def _look(subject: Subject, rows: list[EvidenceCheck], read_clock: Callable[[], datetime]) -> int:
    """Makes the checks of one picture; returns how many held."""
    done = 0
    for row in rows:
        try:
            found = KINDS[row.name].look(subject)
            done += _write(row, found, subject.evidence, now=read_clock())
        except Exception as error:
            _put_off(row, error, now=read_clock())
    entry.touch([subject.evidence.room_session_id])  # its pages are drawn anew
    return done


@transaction.atomic
def _write(row: EvidenceCheck, found: Found, evidence: Evidence, *, now: datetime) -> bool:
    """Writes what was found, unless the loan ran out and somebody else has it: its last taker alone writes."""
    is_ours = EvidenceCheck.objects.filter(pk=row.pk, due_at=row.due_at).update(
        state=found.state, code=found.code, figures=found.figures, done_at=now, due_at=None,
        attempts=0, error="",
    )  # fmt: skip
    if is_ours and found.state == State.FLAGGED:
        events.record(
            "evidence.doubted",
            now=now,
            actor=None,
            site_unit=evidence.room_session.site_unit,
            room_session=evidence.room_session,
            subject=str(evidence.pk),
            check=row.name,
            code=found.code,
        )
        if row.name == Name.SAME_PICTURE:
            _ask_twins(found, now=now)
    return bool(is_ours)


def _ask_twins(found: Found, *, now: datetime) -> None:
    """A picture that was alone until now is looked at again: each of two twins says where the other is.

    Also one that a worker has in hand, which may have looked before this one was there: its loan ends with this.
    """
    twins = EvidenceCheck.objects.filter(evidence__in=found.figures["evidence"], name=Name.SAME_PICTURE)
    twins.exclude(state__in=(State.FLAGGED, State.FAILED)).update(due_at=now)


def _put_off(row: EvidenceCheck, error: Exception, *, now: datetime) -> None:
    """Tried again with growing patience, from the third time on with an alarm, then given up in words."""
    backoff.note(f"check {row.name} of evidence {row.evidence_id}", row.attempts, error)
    rows = EvidenceCheck.objects.filter(pk=row.pk, due_at=row.due_at)
    if row.attempts >= GIVE_UP_AFTER:
        rows.update(
            state=State.FAILED, code="failed", figures={}, done_at=now, due_at=None, error=backoff.told(error)
        )
    else:
        rows.update(due_at=now + backoff.wait(row.attempts), error=backoff.told(error))


def _thread(title: str, names: Sequence[str]) -> QuietThread:
    def is_waiting(*, now: datetime) -> bool:
        return due(names, now=now).exists()

    return QuietThread(title, is_waiting, lambda read_clock: run(read_clock, names))


worker = _thread("evidence checks", checks.BACKGROUND)
watermark_reader = _thread("watermarks", checks.OCR)
alarms.also(
    alarms.Kind(
        "evidence_check",
        lambda: EvidenceCheck.objects.filter(state=State.PENDING).exclude(error=""),
        held_until="due_at",
        what=lambda row: row.name,
        related=(
            "evidence__room_session__site_unit__site",
            "evidence__room_session__site_unit__unit__plan",
        ),
    )
)
