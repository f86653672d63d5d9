"""Who stands elsewhere at the same time, across plans and sites (C8)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When

from exam_ops.core.models import ExamPlan, RoomSession, RosterRow, SiteUnit
from proctors.models import ProctorChange

_PLACE = "room_session__site_unit__"
MANY = 5_000  # more people than this are not named in a statement: nearly all rows of that time are theirs


def same_clock(plan: ExamPlan, path: str = "") -> Q:
    """Plans whose real instants mean the same: a drill runs on a clock of its own, so it binds nobody outside it."""
    if plan.is_drill:
        return Q(**{f"{path}unit__plan": plan})
    return ~Q(**{f"{path}unit__plan__kind": ExamPlan.Kind.DRILL})


def overlapping(site_unit: SiteUnit, path: str = "") -> Q:
    """Site units, reached by the look-up `path`, whose [start, end) meets that of `site_unit`; itself among them."""
    together = Q(**{f"{path}starts_at__lt": site_unit.ends_at, f"{path}ends_at__gt": site_unit.starts_at})
    return together & same_clock(site_unit.unit.plan, path)


def rostered(people: Iterable[int], site_unit: SiteUnit) -> QuerySet[RosterRow]:
    """The rows of `people` on rosters while `site_unit` runs, with their rooms."""
    rows = RosterRow.objects.filter(overlapping(site_unit, _PLACE), proctor__in=list(people))
    return rows.select_related(
        "room_session__site_unit__unit", "room_session__site_unit__site", "room_session__room"
    )


def rooms_of(
    people: Iterable[int], site_unit: SiteUnit, *, now: datetime, besides: Collection[ProctorChange] = ()
) -> dict[int, RoomSession]:
    """Account → a room session that holds it while `site_unit` runs: on a roster, or by a change that waits.

    `besides` are the changes in question, carried out together: neither what they ask for nor the places that
    they leave hold anybody up.
    """
    wanted = list(people)
    waiting = ProctorChange.objects.filter(
        overlapping(site_unit, "site_unit__"),
        incoming__in=wanted,
        status=ProctorChange.Status.PENDING,
        window_until__gt=now,
    ).select_related("room_session__site_unit__unit", "room_session__site_unit__site", "room_session__room")
    if besides:
        waiting = waiting.exclude(pk__in=[change.pk for change in besides])
    left = {(change.room_session_id, change.outgoing_id) for change in besides}
    found = {change.incoming_id: change.room_session for change in waiting if change.incoming_id}
    standing = rostered(wanted, site_unit)
    return found | {
        row.proctor_id: row.room_session
        for row in standing
        if (row.room_session_id, row.proctor_id) not in left
    }


def standing_twice(site_units: Iterable[SiteUnit | int] | QuerySet[SiteUnit]) -> dict[int, int]:
    """Key of a roster row in `site_units` → of another that has the same proctor at the same time, anywhere.

    The database lets nobody be placed so; it comes about when headquarters move a unit, and stays until the times
    or the people are apart. One statement.
    """
    others = (
        _with_clock()
        .filter(
            **{f"{_PLACE}starts_at__lt": OuterRef(f"{_PLACE}ends_at")},
            **{f"{_PLACE}ends_at__gt": OuterRef(f"{_PLACE}starts_at")},
            proctor=OuterRef("proctor"),
            clock=OuterRef("clock"),
        )
        .exclude(pk=OuterRef("pk"))
    )
    rows = _with_clock().filter(room_session__site_unit__in=site_units)
    if connection.vendor == "postgresql":  # at least one row of each two is excused (`core/one_room.py`)
        excused = "core_rosterrow.proctor_id IN (SELECT proctor_id FROM core_rosterrow WHERE excused)"
        rows = rows.extra(where=[excused])
    met = rows.annotate(met=Subquery(others.values("pk")[:1])).filter(met__isnull=False)
    return dict(met.values_list("pk", "met"))


def would_stand_twice(site_units: Sequence[SiteUnit]) -> dict[int, set[int]]:
    """Site unit → proctors of its rosters who would stand in two rooms at once under the times of `site_units`.

    `site_units` are unsaved copies (`moves.under`), of one plan; the others stand as they are. Two statements.
    """
    if not site_units:
        return {}
    laid = {s.pk: (s.starts_at, s.ends_at) for s in site_units}
    theirs = RosterRow.objects.filter(room_session__site_unit__in=list(laid))
    people = list(theirs.order_by().values_list("proctor", flat=True).distinct()[: MANY + 1])
    around: Any = Q(room_session__site_unit__in=list(laid)) | Q(
        **{f"{_PLACE}starts_at__lt": max(end for _, end in laid.values())},
        **{f"{_PLACE}ends_at__gt": min(start for start, _ in laid.values())},
    )
    if len(people) <= MANY:  # read before: as a part of this statement, they were sought anew for each row
        around &= Q(proctor__in=people)
    rows = RosterRow.objects.filter(around, same_clock(site_units[0].unit.plan, _PLACE)).values_list(
        "proctor", "room_session__site_unit", f"{_PLACE}starts_at", f"{_PLACE}ends_at"
    )
    spans: dict[int, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for proctor, where, start, end in rows:
        spans[proctor].append((*laid.get(where, (start, end)), where))
    found: dict[int, set[int]] = defaultdict(set)
    for proctor, held in spans.items():
        for where in _meeting(held) & laid.keys():
            found[where].add(proctor)
    return found


def _meeting(spans: list[tuple[datetime, datetime, int]]) -> set[int]:
    """The site units among one person's spans that meet another of them."""
    ordered = sorted(span for span in spans if span[0] < span[1])  # a stop before the start leaves nothing
    return {
        where
        for n, (_, end, one) in enumerate(ordered)
        for start, _, other in ordered[n + 1 :]
        if start < end
        for where in (one, other)
    }


def _with_clock() -> Any:
    """Roster rows with the clock of their plan: a drill's own key, or 0 for all that run on the day's."""
    plan = f"{_PLACE}unit__plan"
    own = When(**{f"{plan}__kind": ExamPlan.Kind.DRILL}, then=F(plan))
    return RosterRow.objects.annotate(clock=Case(own, default=Value(0), output_field=IntegerField()))
