"""What a decision of headquarters about time means for rosters: windows of changes lie elsewhere (A4, C8)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F

from exam_ops.core.models import RoomSession, SiteUnit, User
from exam_ops.core.moves import on_move
from exam_ops.core.schedule import Timetable
from exam_ops.rules.proctor_changes import ChangeWindow, change_window, holds_until
from exam_ops.rules.text import Text
from proctors.models import ProctorChange
from proctors.selectors import busy
from proctors.selectors.changes import RELATED
from proctors.services import expiring, trace

Status = ProctorChange.Status


def count_unlocked(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Rooms whose roster was locked under the planned start and may be edited freely again."""
    times = Timetable()
    free = {s.pk for s in site_units if _is_free(s, s.starts_at, times, now)}
    was_free = {s.pk for s in site_units if _is_free(s, _planned_start(s), times, now)}
    rooms = RoomSession.objects.filter(site_unit__in=free - was_free).order_by()
    figures = rooms.values(where=F("site_unit")).annotate(n=Count("pk"))
    return Counter({row["where"]: row["n"] for row in figures})


def count_reopened(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Changes whose window ended undecided and lies ahead again."""
    return Counter(change.site_unit_id for change in _expired(site_units, now))


def reopen(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """What waits has until its window's new end; what expired waits again where that lies ahead.

    Status and end are written together: PostgreSQL judges the one by the other when it commits.
    """
    back = _expired(site_units, now)
    waiting = ProctorChange.objects.filter(site_unit__in=[s.pk for s in site_units], status=Status.PENDING)
    _lay(list(waiting), site_units)
    _lay(back, site_units, status=Status.PENDING, decided_at=None)
    trace.record("change.reopened", back, actor=actor, now=now)
    return Counter(change.site_unit_id for change in back)


def count_ended(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Changes that wait and whose window the new times have passed."""
    by_pk, times = {s.pk: s for s in site_units}, Timetable()
    waiting = ProctorChange.objects.filter(site_unit__in=list(by_pk), status=Status.PENDING)
    return Counter(c.site_unit_id for c in waiting if _until(by_pk[c.site_unit_id], c.window, times) <= now)


def end(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """What the new times have passed expires at once: a deadline that was skipped does not come."""
    return Counter(change.site_unit_id for change in expiring.expire(site_units, now=now))


def count_standing_twice(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Proctors who would then stand in two rooms at once: told before, never a reason to fail (decision 0031)."""
    rows = SiteUnit.objects.filter(pk__in=[s.pk for s in site_units]).values_list(
        "pk", "starts_at", "ends_at"
    )
    stored = {pk: (start, end) for pk, start, end in rows}
    moved = [s for s in site_units if stored.get(s.pk) != (s.starts_at, s.ends_at)]
    return Counter({where: len(people) for where, people in busy.would_stand_twice(moved).items()})


def _lay(changes: Iterable[ProctorChange], site_units: Sequence[SiteUnit], **also: object) -> None:
    """Writes the new ends, one statement for each."""
    by_pk, times = {s.pk: s for s in site_units}, Timetable()
    ends: dict[datetime, list[UUID]] = defaultdict(list)
    for change in changes:
        ends[_until(by_pk[change.site_unit_id], change.window, times)].append(change.pk)
    for until, pks in ends.items():
        ProctorChange.objects.filter(pk__in=pks).update(window_until=until, **also)


def _expired(site_units: Iterable[SiteUnit], now: datetime) -> list[ProctorChange]:
    """The last change of each place, if it expired, its window lies ahead, and nothing else waits for the same."""
    by_pk, times = {s.pk: s for s in site_units}, Timetable()
    rows = ProctorChange.objects.filter(site_unit__in=list(by_pk)).exclude(status=Status.WITHDRAWN)
    taken = {mark for change in rows.filter(status=Status.PENDING) for mark in _marks(change)}
    seen, found = set(), []
    for change in rows.select_related(*RELATED).order_by("-requested_at", "pk"):
        place = (change.room_session_id, change.position)
        is_last = place not in seen
        seen.add(place)
        is_ahead = now < _until(by_pk[change.site_unit_id], change.window, times)
        if change.status == Status.EXPIRED and is_last and is_ahead and taken.isdisjoint(_marks(change)):
            taken |= _marks(change)
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
    count=count_reopened,
    apply=reopen,
)
on_move(
    "rosters.changes_ended",
    Text("失效的监考变更申请", "Proctor changes that expire"),
    count=count_ended,
    apply=end,
)
on_move(
    "rosters.standing_twice",
    Text("监考教师将同时被编排在两个考场", "Proctors who would stand in two rooms at once"),
    count=count_standing_twice,
    warning=True,
)
