"""Who stands elsewhere at the same time, across plans and sites (C8)."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from exam_ops.core.models import ExamPlan, RoomSession, RosterRow, SiteUnit
from proctors.models import ProctorChange


def same_clock(plan: ExamPlan, path: str = "") -> Q:
    """Plans whose real instants mean the same: a drill runs on a clock of its own, so it binds nobody outside it."""
    if plan.is_drill:
        return Q(**{f"{path}unit__plan": plan})
    return ~Q(**{f"{path}unit__plan__kind": ExamPlan.Kind.DRILL})


def overlapping(site_unit: SiteUnit, path: str = "") -> Q:
    """Site units, reached by the look-up `path`, whose [start, end) meets that of `site_unit`; itself among them."""
    together = Q(**{f"{path}starts_at__lt": site_unit.ends_at, f"{path}ends_at__gt": site_unit.starts_at})
    return together & same_clock(site_unit.unit.plan, path)


def rooms_of(
    people: Iterable[int], site_unit: SiteUnit, *, now: datetime, besides: ProctorChange | None = None
) -> dict[int, RoomSession]:
    """Account → a room session that holds it while `site_unit` runs: on a roster, or by a change that waits.

    `besides` is the change in question, which holds nobody up against itself.
    """
    wanted = list(people)
    related = ("room_session__site_unit__unit", "room_session__site_unit__site", "room_session__room")
    waiting = ProctorChange.objects.filter(
        overlapping(site_unit, "site_unit__"),
        incoming__in=wanted,
        status=ProctorChange.Status.PENDING,
        window_until__gt=now,
    ).select_related(*related)
    if besides is not None:
        waiting = waiting.exclude(pk=besides.pk)
    rostered = RosterRow.objects.filter(
        overlapping(site_unit, "room_session__site_unit__"), proctor__in=wanted
    ).select_related(*related)
    found = {change.incoming_id: change.room_session for change in waiting if change.incoming_id}
    return found | {row.proctor_id: row.room_session for row in rostered}
