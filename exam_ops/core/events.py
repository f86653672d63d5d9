"""The event log: one row for what happened, in the transaction that made it true."""

from datetime import datetime
from typing import Any

from exam_ops.core.models import Event, ExamPlan, RoomSession, SiteUnit, Sitting, User


def build(
    kind: str,
    *,
    now: datetime,
    actor: User | None,
    plan: ExamPlan | None = None,
    site_unit: SiteUnit | None = None,
    room_session: RoomSession | None = None,
    sitting: Sitting | None = None,
    subject: str = "",
    **data: Any,
) -> Event:
    """An unsaved event, for bulk writes; the plan time is taken from the plan or the site unit's plan."""
    if plan is None and site_unit is not None:
        plan = site_unit.unit.plan
    return Event(
        kind=kind,
        at=now,
        plan_at=plan.plan_time(now) if plan else None,
        actor=actor,
        plan=plan,
        site_unit=site_unit,
        room_session=room_session,
        sitting=sitting,
        subject=subject,
        data=data,
    )


def record(kind: str, *, now: datetime, actor: User | None, **about: Any) -> Event:
    """Writes one event."""
    event = build(kind, now=now, actor=actor, **about)
    event.save(force_insert=True)
    return event


def record_of(sitting: Sitting, kind: str, *, now: datetime, actor: User | None, **about: Any) -> Event:
    """Writes one event of a candidate, at their site unit and in their room."""
    place = {"site_unit": sitting.site_unit, "room_session": sitting.room_session, "sitting": sitting}
    return record(kind, now=now, actor=actor, **place, **about)
