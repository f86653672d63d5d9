"""What a decision of headquarters about time means for exam clients: papers go on, or end at once (A4, D7)."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F

from client_support.models import AnswerWrite, ClientSession
from client_support.services import answers, submissions
from exam_ops.core import entry, events
from exam_ops.core.models import Event, SiteUnit, User
from exam_ops.core.moves import on_move
from exam_ops.rules import answers as rules
from exam_ops.rules.deadlines import paper_end
from exam_ops.rules.text import Text

BATCH = 1000


def count_forced(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Papers handed in by the clock whose end lies ahead again."""
    return Counter(where for _, where, _ in _forced(site_units, now))


def reopen(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """Such papers go on; what was answered after their old end is joined to them."""
    found = _forced(site_units, now)
    for part in _parts([pk for pk, _, _ in found]):
        rows = ClientSession.objects.filter(pk__in=part, forced=True)
        rows.update(submitted_at=None, forced=False)
        _join_kept(part)
    return _written("papers.reopened", found, site_units, actor, now)


def count_open(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Papers that a stop ends."""
    return Counter(where for _, where, _ in _open(_stopped(site_units, now)))


def end_open(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """A stop hands every open paper in at once, with what was saved."""
    found = _open(_stopped(site_units, now))
    for part in _parts([pk for pk, _, _ in found]):
        rows = ClientSession.objects.filter(pk__in=part, submitted_at=None)
        rows.update(submitted_at=now, forced=True)
    return _written("papers.forced", found, site_units, actor, now)


def count_begun(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Candidates who have their paper open though the unit would begin later."""
    later = [s.pk for s in site_units if now < s.starts_at]
    rows = ClientSession.objects.filter(sitting__site_unit__in=later, superseded_at=None)
    rows = rows.filter(paper_loaded_at__isnull=False).order_by()
    figures = rows.values(where=F("sitting__site_unit")).annotate(n=Count("pk"))
    return Counter({row["where"]: row["n"] for row in figures})


Found = list[tuple[UUID, int, int | None]]  # session, its site unit, its room session


def _forced(site_units: Iterable[SiteUnit], now: datetime) -> Found:
    open_again = {s.pk: s for s in site_units if now < s.ends_at}
    rows = ClientSession.objects.filter(
        sitting__site_unit__in=list(open_again), forced=True, superseded_at=None
    ).values_list("pk", "sitting__site_unit", "sitting__room_session", "sitting__paper__minutes")
    return [(pk, where, room) for pk, where, room, m in rows if _is_ahead(open_again[where], m, now)]


def _is_ahead(site_unit: SiteUnit, minutes: int, now: datetime) -> bool:
    end = paper_end(site_unit.start, site_unit.end, minutes, site_unit.added_time)
    return now < site_unit.unit.plan.real_time(end)


def _stopped(site_units: Iterable[SiteUnit], now: datetime) -> list[int]:
    return [s.pk for s in site_units if s.stopped_at is not None and s.ends_at <= now]


def _open(site_unit_ids: Sequence[int]) -> Found:
    rows = ClientSession.objects.filter(
        sitting__site_unit__in=site_unit_ids, submitted_at=None, superseded_at=None
    )
    return list(rows.values_list("pk", "sitting__site_unit", "sitting__room_session"))


def _join_kept(session_ids: Sequence[UUID]) -> None:
    """Answers that came after the old end were kept; they belong to the paper now."""
    rows = AnswerWrite.objects.filter(session__in=session_ids, outcome=AnswerWrite.Outcome.SUBMITTED)
    for write in rows.select_related("session__sitting__site_unit__unit__plan", "session__sitting__paper"):
        session = write.session
        known = None if session.skew_ms is None else timedelta(milliseconds=session.skew_ms)
        kept = [rules.Answer(q, value, datetime.fromisoformat(at)) for q, value, at in json.loads(write.kept)]
        given = answers.corrected(kept, answers.steady(session.skew_ms, known))
        end = submissions.paper_end(session.sitting)
        answers.merge_into(session.sitting, [a for a in given if a.answered_at < end], session.machine_id)


def _written(
    kind: str, found: Found, site_units: Sequence[SiteUnit], actor: User | None, now: datetime
) -> Counter[int]:
    figures = Counter(where for _, where, _ in found)
    Event.objects.bulk_create(
        events.build(kind, now=now, actor=actor, site_unit=s, count=figures[s.pk])
        for s in site_units
        if figures[s.pk]
    )
    entry.touch({room for _, _, room in found if room is not None})
    return figures


def _parts(pks: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    return (pks[i : i + BATCH] for i in range(0, len(pks), BATCH))


on_move(
    "papers.forced",
    Text("强制交卷恢复作答", "Papers handed in by the clock go on"),
    count=count_forced,
    apply=reopen,
)
on_move(
    "papers.stopped",
    Text("立即强制交卷", "Open papers are handed in at once"),
    count=count_open,
    apply=end_open,
)
on_move(
    "papers.begun",
    Text(
        "已打开试卷的考生，开考推迟后试题已被看到",
        "Candidates have opened their papers though the start is later",
    ),
    count=count_begun,
    warning=True,
)
