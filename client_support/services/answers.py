"""Answers of machines: joined into one paper per sitting, and nothing that arrives is ever lost (D4, D5)."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from client_support.models import Answer, AnswerWrite, ClientSession
from client_support.services import sessions, submissions
from exam_ops.core.models import Sitting
from exam_ops.rules import answers as rules
from exam_ops.rules.answers import MergeResult

STEADY = timedelta(
    seconds=30
)  # a skew this near the machine's known one is the same clock seen through the network
DELAY = timedelta(seconds=5)  # a skew this small is the way of the message, not a wrong clock

MAX_VALUE = 64 * 1024  # characters of one answer
MAX_DEPTH = 16  # of lists and objects

Outcome = AnswerWrite.Outcome


def put(
    session: ClientSession,
    given: Sequence[rules.Answer],
    *,
    skew: timedelta | None,
    fingerprint: str,
    now: datetime,
) -> AnswerWrite:
    """Takes a machine's answers; the same body again changes nothing and gives the same counts.

    `given` are as the machine wrote them, `skew` is what its clock lacks of the plan's (None: unknown). Raises
    `Submitted` (answers before the paper's end are merged all the same), `Superseded` (kept, not merged),
    `WindowClosed`.
    """
    with transaction.atomic():
        session = sessions.held(session)
        write = AnswerWrite.objects.filter(session=session, fingerprint=fingerprint).first()
        if write is None:
            sessions.check_window(session.sitting, now=now)
            write = _write(session, given, skew, fingerprint, now)
    if write.outcome == Outcome.SUPERSEDED:
        raise sessions.Superseded()
    if write.outcome == Outcome.SUBMITTED:
        raise submissions.Submitted(stored=write.stored, ignored=write.ignored)
    return write


def standing(sitting: Sitting) -> list[Answer]:
    """The paper as it stands."""
    return list(Answer.objects.filter(sitting=sitting).order_by("question"))


def merge_into(sitting: Sitting, given: Sequence[rules.Answer], machine_id: str) -> MergeResult:
    """Joins answers (times corrected) into the sitting's paper. The sitting must be held."""
    rows = Answer.objects.filter(sitting=sitting, question__in={a.question for a in given})
    merged = rules.merge(
        {row.question: rules.Answer(row.question, row.value, row.answered_at) for row in rows}, given
    )
    Answer.objects.bulk_create(
        [
            Answer(
                sitting=sitting,
                question=question,
                stored=as_text(answer.value),
                answered_at=answer.answered_at,
                machine_id=machine_id,
            )
            for question, answer in merged.changes.items()
        ],
        update_conflicts=True,
        unique_fields=["sitting", "question"],
        update_fields=["stored", "answered_at", "machine_id"],
        batch_size=200,
    )
    return merged


def is_too_much(value: Any) -> bool:
    """Whether a JSON value is nested deeper or larger than an answer may be."""
    level, size = [value], 0
    for _ in range(MAX_DEPTH):
        following: list[Any] = []
        for each in level:
            size += len(each) if isinstance(each, str) else 1
            if isinstance(each, dict):
                following += [*each.keys(), *each.values()]
            elif isinstance(each, list):
                following += each
        if size > MAX_VALUE:
            return True
        if not following:
            return False
        level = following
    return True


def as_text(value: Any) -> str:
    """A JSON value as ASCII text."""
    return json.dumps(value, separators=(",", ":"))


def corrected(given: Sequence[rules.Answer], skew: timedelta) -> list[rules.Answer]:
    """Answers with their times on the plan's clock."""
    return [rules.Answer(a.question, a.value, a.answered_at + skew) for a in given]


def steady(known_ms: int | None, measured: timedelta | None) -> timedelta:
    """The correction for a machine's times: what the network adds to one message must not reorder answers."""
    known = None if known_ms is None else timedelta(milliseconds=known_ms)
    if measured is None:
        return timedelta(0)
    skew = known if known is not None and abs(measured - known) <= STEADY else measured
    return timedelta(0) if abs(skew) <= DELAY else skew


def _write(
    session: ClientSession,
    given: Sequence[rules.Answer],
    skew: timedelta | None,
    fingerprint: str,
    now: datetime,
) -> AnswerWrite:
    sitting = session.sitting
    correction = steady(session.skew_ms, skew)
    write = AnswerWrite(session=session, fingerprint=fingerprint, outcome=_outcome(session, now), at=now)
    timely = corrected(given, correction)
    if write.outcome == Outcome.SUBMITTED:
        if session.submitted_at is None:
            submissions.hand_in(session, forced=True, now=now)
        timely = [a for a in timely if a.answered_at < submissions.paper_end(sitting)]
    if write.outcome != Outcome.SUPERSEDED:
        merged = merge_into(sitting, timely, session.machine_id)
        write.stored = len(merged.changes)
    write.ignored = len({a.question for a in given}) - write.stored
    if write.outcome != Outcome.STORED:
        write.kept = as_text([[a.question, a.value, a.answered_at.isoformat()] for a in given])
    write.save(force_insert=True)
    _seen(session, skew, correction, now)
    return write


def _outcome(session: ClientSession, now: datetime) -> str:
    if session.superseded_at is not None:
        return Outcome.SUPERSEDED
    is_over = session.submitted_at is not None or submissions.is_over(session.sitting, now=now)
    return Outcome.SUBMITTED if is_over else Outcome.STORED


def _seen(session: ClientSession, skew: timedelta | None, correction: timedelta, now: datetime) -> None:
    changes: dict[str, Any] = {"last_seen_at": now}
    if skew is not None:
        changes["skew_ms"] = correction // timedelta(milliseconds=1)
    ClientSession.objects.filter(pk=session.pk).update(**changes)
