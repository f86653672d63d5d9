"""What a decision of headquarters about time means for rosters: windows of changes lie elsewhere (A4, C8)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F

from exam_ops.core import events
from exam_ops.core.models import Event, RoomSession, SiteUnit, User
from exam_ops.core.moves import on_move
from exam_ops.core.schedule import Timetable
from exam_ops.rules.proctor_changes import ChangeWindow, change_window, holds_until
from exam_ops.rules.text import Text
from proctors.models import ProctorChange

Status = ProctorChange.Status


def count_unlocked(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Rooms whose roster was locked under the planned start and may be edited freely again."""
    times = Timetable()
    free = {s.pk for s in site_units if _is_free(s, s.starts_at, times, now)}
    was_free = {s.pk for s in site_units if _is_free(s, _planned_start(s), times, now)}
    rooms = RoomSession.objects.filter(site_unit__in=free - was_free).order_by()
    figures = rooms.values(where=F("site_unit")).annotate(n=Count("pk"))
    return Counter({row["where"]: row["n"] for row in figures})


def count_expired(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Changes whose window ended undecided and lies ahead again."""
    return Counter(change.site_unit_id for change in _expired(site_units, now))


def follow(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """Changes that wait have until their window's new end; those that expired for it wait again."""
    back = _expired(site_units, now)
    ids = [change.pk for change in back]
    ProctorChange.objects.filter(pk__in=ids, status=Status.EXPIRED).update(
        status=Status.PENDING, decided_at=None
    )
    waiting = ProctorChange.objects.filter(site_unit__in=[s.pk for s in site_units], status=Status.PENDING)
    by_pk = {s.pk: s for s in site_units}
    ends: dict[datetime, list[UUID]] = defaultdict(list)
    times = Timetable()
    for pk, where, window in waiting.values_list("pk", "site_unit", "window"):
        ends[_until(by_pk[where], window, times)].append(pk)
    for until, pks in ends.items():
        ProctorChange.objects.filter(pk__in=pks).update(window_until=until)
    figures = Counter(change.site_unit_id for change in back)
    Event.objects.bulk_create(
        events.build("proctor_changes.reopened", now=now, actor=actor, site_unit=s, count=figures[s.pk])
        for s in site_units
        if figures[s.pk]
    )
    return figures


def _expired(site_units: Iterable[SiteUnit], now: datetime) -> list[ProctorChange]:
    """The last undecided change of each duty whose window lies ahead, where no other one waits for it."""
    by_pk, times = {s.pk: s for s in site_units}, Timetable()
    rows = ProctorChange.objects.filter(site_unit__in=list(by_pk))
    taken = {mark for change in rows.filter(status=Status.PENDING) for mark in _marks(change)}
    found = []
    for change in rows.filter(status=Status.EXPIRED).order_by("-requested_at", "pk"):
        is_ahead = now < _until(by_pk[change.site_unit_id], change.window, times)
        if is_ahead and taken.isdisjoint(marks := _marks(change)):
            taken |= marks
            found.append(change)
    return found


def _marks(change: ProctorChange) -> set[tuple[int, str, object]]:
    """What only one waiting change of a room may name."""
    named = {"position": change.position, "out": change.outgoing_id, "in": change.incoming_id}
    return {(change.room_session_id, name, value) for name, value in named.items() if value is not None}


def _until(site_unit: SiteUnit, window: str, times: Timetable) -> datetime:
    policy = times.policy_of(site_unit.unit.plan)
    return holds_until(ChangeWindow(window), start=site_unit.starts_at, policy=policy).at


def _planned_start(site_unit: SiteUnit) -> datetime:
    return site_unit.unit.plan.real_time(site_unit.unit.start)


def _is_free(site_unit: SiteUnit, start: datetime, times: Timetable, now: datetime) -> bool:
    policy = times.policy_of(site_unit.unit.plan)
    return change_window(start=start, now=now, policy=policy) is ChangeWindow.FREE


on_move("rosters.unlocked", Text("监考编排解锁", "Rosters may be edited again"), count=count_unlocked)
on_move(
    "rosters.changes",
    Text("过期的监考变更重新待批", "Expired proctor changes wait again"),
    count=count_expired,
    apply=follow,
)
