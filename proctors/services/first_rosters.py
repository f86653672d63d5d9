"""The first roster of a unit that headquarters publish inside the free window's end: additions for the branch (C8)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from exam_ops.core import schedule
from exam_ops.core.models import RoomSession, SiteUnit, User
from exam_ops.rules.proctor_changes import ChangeWindow, change_window, holds_until
from exam_ops.rules.text import Text
from proctors.models import ProctorChange
from proctors.selectors.changes import RELATED
from proctors.services import telling, trace

Status = ProctorChange.Status
REASON = Text(
    "开考前 48 小时内发布的单元，首次监考编排",
    "The unit was published within 48 hours of its start; its first roster",
)


@dataclass(frozen=True, slots=True)
class First:
    """Somebody for a place of a room that nobody has stood in yet; `site_unit` comes with its unit and plan."""

    site_unit: SiteUnit
    room_session: RoomSession
    proctor_id: int
    position: str


def window_of(site_unit: SiteUnit, *, now: datetime, times: schedule.Timetable) -> ChangeWindow:
    """The window in which a first roster published at `now` falls; a drill begins with its rosters, wherever its clock is.

    A unit that was stopped takes none.
    """
    plan = site_unit.unit.plan
    if plan.is_drill:
        return ChangeWindow.FREE
    if site_unit.stopped_at is not None:
        return ChangeWindow.CLOSED
    return change_window(start=site_unit.starts_at, now=now, policy=times.policy_of(plan))


def asked_for(site_units: Iterable[SiteUnit]) -> set[tuple[int, int, str]]:
    """What was asked for before, whatever became of it: room session, account, place."""
    rows = ProctorChange.objects.filter(site_unit__in=list(site_units), incoming__isnull=False)
    return {
        (room, proctor, position)
        for room, proctor, position in rows.values_list("room_session", "incoming", "position")
        if proctor is not None
    }


def ask(firsts: Iterable[First], *, actor: User, now: datetime) -> list[ProctorChange]:
    """Asks the branches for `firsts` inside the caller's transaction, a request a site.

    Whether each may be carried out is looked at when it is decided. Raises KeyError for a unit whose window closed.
    """
    times, batches = schedule.Timetable(), defaultdict[int, UUID](uuid4)
    made = ProctorChange.objects.bulk_create(
        [
            ProctorChange(
                id=uuid4(),
                batch=batches[first.site_unit.site_id],
                room_session=first.room_session,
                site_unit=first.site_unit,
                position=first.position,
                incoming_id=first.proctor_id,
                reason=REASON.zh,
                window=ChangeWindow.BRANCH_APPROVAL.value,
                window_until=_until(first.site_unit, times),
                status=Status.PENDING,
                requested_by=actor,
                requested_at=now,
            )
            for first in firsts
        ],
        batch_size=500,
    )
    rows = ProctorChange.objects.filter(pk__in=[change.pk for change in made]).select_related(*RELATED)
    changes = list(rows.order_by("site_unit__start", "room_session__room__room_no", "position"))
    trace.record("change.requested", changes, actor=actor, now=now)
    telling.asked(changes, now=now)
    return changes


def _until(site_unit: SiteUnit, times: schedule.Timetable) -> datetime:
    policy = times.policy_of(site_unit.unit.plan)
    return holds_until(ChangeWindow.BRANCH_APPROVAL, start=site_unit.starts_at, policy=policy).at
