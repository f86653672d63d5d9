"""Handing papers in: by the candidate, or by the clock at the paper's end (D7)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from client_support.models import ClientSession
from client_support.services import sessions
from exam_ops.core import entry, events
from exam_ops.core.errors import Refusal
from exam_ops.core.models import SiteUnit, Sitting
from exam_ops.rules import deadlines
from exam_ops.rules.text import Text


class Submitted(Refusal):
    code, status = "submitted", 409
    title = Text("已交卷", "The paper is handed in")
    sentence = Text(
        "该试卷已交。截止前的作答已保留并合并，之后的作答只留存备查。",
        "The paper is handed in. What was answered before its end was kept and merged; later answers are only kept.",
    )


def paper_end(sitting: Sitting) -> datetime:
    """The plan time at which the paper is handed in by itself: its own end, or the stop of the exam (D7, A4)."""
    unit = sitting.site_unit
    ends = deadlines.paper_end(unit.start, unit.end, sitting.paper.minutes, unit.added_time)
    return min(ends, unit_end(sitting))


def unit_end(sitting: Sitting) -> datetime:
    """The plan time at which the candidate's unit is over: its end, or the stop of the exam (A4)."""
    return sitting.site_unit.unit.plan.laid_time(sitting.site_unit.ends_at)


def is_over(sitting: Sitting, *, now: datetime) -> bool:
    """Whether the paper's end has come, carried out or not."""
    return sitting.site_unit.unit.plan.plan_time(now) >= paper_end(sitting)


def submit(session: ClientSession, *, now: datetime) -> tuple[ClientSession, bool]:
    """Hands the paper in; returns the session and whether that happened now. A repeat changes nothing.

    At or after the paper's end it is a forced submission, swept or not. Raises `Superseded`, `WindowClosed`.
    """
    with transaction.atomic():
        session = sessions.held(session)
        if session.submitted_at is not None:
            return session, False
        if session.superseded_at is not None:
            raise sessions.Superseded()
        sessions.check_window(session.sitting, now=now)
        hand_in(session, forced=is_over(session.sitting, now=now), now=now)
    return session, True


def hand_in(session: ClientSession, *, forced: bool, now: datetime) -> None:
    """Marks a held session as submitted, with its event and its board."""
    sitting = session.sitting
    if not ClientSession.objects.filter(pk=session.pk, submitted_at=None).update(
        submitted_at=now, forced=forced
    ):
        return
    session.submitted_at, session.forced = now, forced
    events.record_of(
        sitting, "paper.submitted", now=now, actor=None, forced=forced, machine=session.machine_id
    )
    sessions.touch(sitting)


def submit_due(site_units: Sequence[SiteUnit], now: datetime) -> None:
    """Hands in every open paper of the site units whose end has come."""
    for site_unit in site_units:
        _submit_due(site_unit, now)


def _submit_due(site_unit: SiteUnit, now: datetime) -> None:
    rows = ClientSession.objects.filter(sitting__site_unit=site_unit, submitted_at=None, superseded_at=None)
    due = [
        s
        for s in rows.select_related("sitting__paper", "sitting__site_unit__unit__plan")
        if is_over(s.sitting, now=now)
    ]
    if not due:
        return
    ClientSession.objects.filter(pk__in=[s.pk for s in due], submitted_at=None).update(
        submitted_at=now, forced=True
    )
    events.record(
        "papers.forced",
        now=now,
        actor=None,
        site_unit=site_unit,
        count=len(due),
        sittings=[s.sitting_id for s in due],
    )
    entry.touch({s.sitting.room_session_id for s in due if s.sitting.room_session_id})
