"""What proctors pick and may not have is kept, so that their site can mend it (C11, clause 二(三)8).

The refusal is answered first and by itself; this is written beside it, and never costs the caller the answer.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import F, Q

from exam_ops.core import drill, events
from exam_ops.core.access import Actor
from exam_ops.core.errors import OutOfScope, Sought
from exam_ops.core.models import ExamPlan, RoomSession, SiteUnit, WantedDuty
from exam_ops.rules.permissions import Role

log = logging.getLogger(__name__)

APART = timedelta(minutes=1)  # a phone that asks every second is written once a minute
MOST_OPEN = 20  # of one proctor: whoever walks through every room of a site fills no list

State = WantedDuty.State
Heard = Callable[[WantedDuty, datetime], None]
_heard: list[Heard] = []


def on_wanted(work: Heard) -> Heard:
    """Registers what follows when a duty is wanted for the first time, or anew: `work(row, now)`, in its transaction."""
    if work not in _heard:
        _heard.append(work)
    return work


def note(refusal: OutOfScope, actor: Actor, *, now: datetime) -> WantedDuty | None:
    """Keeps what was picked, if a roster can still be mended; call it outside the refused transaction.

    None when there is nothing to keep: another site's, entry has closed, told a moment ago.
    """
    if refusal.sought is None or not actor.has(Role.PROCTOR):
        return None
    try:
        with transaction.atomic():
            return _note(refusal, refusal.sought, actor, now)
    except DatabaseError:
        log.exception("what a proctor picked could not be kept")
        return None


def open_at(now: datetime) -> Q:
    """Of `WantedDuty`: those whose roster may still be mended, and that nobody has dismissed."""
    return Q(site_unit__entry_closes_at__gt=now) & ~Q(state=State.DISMISSED)


def _note(refusal: OutOfScope, sought: Sought, actor: Actor, now: datetime) -> WantedDuty | None:
    found = _place(sought, actor, now)
    if found is None:
        return None
    site_unit, session = found
    row = WantedDuty.objects.filter(proctor=actor.user, site_unit=site_unit, room_session=session).first()
    if row is not None:
        return _again(row, refusal, now)
    waiting = WantedDuty.objects.filter(open_at(now), proctor=actor.user)
    if waiting.count() >= MOST_OPEN:
        return None
    row = WantedDuty(
        proctor=actor.user,
        site_unit=site_unit,
        room_session=session,
        missing=refusal.missing,
        first_at=now,
        last_at=now,
    )
    made = WantedDuty.objects.bulk_create([row], ignore_conflicts=True)
    kept = WantedDuty.objects.filter(proctor=actor.user, site_unit=site_unit, room_session=session)
    row = kept.select_related("site_unit__unit__plan", "site_unit__site", "proctor").get()
    if made and row.first_at == now:
        _tell(row, now)
    return row


def _again(row: WantedDuty, refusal: OutOfScope, now: datetime) -> WantedDuty | None:
    """Counts another try; one that was answered by a place which is gone again is open anew."""
    if now < row.last_at + APART:
        return None
    said = {"last_at": now, "tries": F("tries") + 1, "missing": refusal.missing}
    rows = WantedDuty.objects.filter(pk=row.pk, last_at=row.last_at)
    is_gone = Q(state=State.PLACED, answered_at__lte=now - APART)
    anew = rows.filter(is_gone).update(
        **said, state=State.OPEN, change=None, answered_by=None, answered_at=None
    )
    if not anew and not rows.update(**said):
        return None
    row = WantedDuty.objects.select_related("site_unit__unit__plan", "site_unit__site", "proctor").get(
        pk=row.pk
    )
    if anew:
        _tell(row, now)
    return row


def _tell(row: WantedDuty, now: datetime) -> None:
    events.record(
        "roster.wanted",
        now=now,
        actor=row.proctor,
        site_unit=row.site_unit,
        room_session=row.room_session,
        missing=row.missing,
    )
    for work in _heard:
        work(row, now)


def _place(sought: Sought, actor: Actor, now: datetime) -> tuple[SiteUnit, RoomSession | None] | None:
    """The site unit that was picked, and the room session where one was: the nearest at the own site."""
    own = [grant.site_id for grant in actor.grants if grant.role is Role.PROCTOR]
    ahead = SiteUnit.objects.filter(site__in=own, entry_closes_at__gt=now)
    codes = {"unit__plan__code": sought.plan, "unit__code": sought.unit}
    ahead = ahead.filter(**{name: code for name, code in codes.items() if code})
    sessions = RoomSession.objects.filter(site_unit__in=ahead).select_related("site_unit")
    if sought.room_session is not None:
        session = sessions.filter(pk=sought.room_session).first()
        return (session.site_unit, session) if session else None
    if sought.room:
        in_order = sessions.filter(room__room_no=sought.room).order_by("site_unit__starts_at", "pk")
        if session := in_order.first():
            return session.site_unit, session
    site_unit = ahead.order_by("starts_at", "pk").first()
    return (site_unit, None) if site_unit else None


@drill.on_reset
def forget(plan: ExamPlan) -> None:
    """A drill's picks are its results."""
    WantedDuty.objects.filter(site_unit__unit__plan=plan).delete()
