"""Moves of entry status: the conditional update and the room's counters, together.

Features decide that a status moves; how the fact and its counters change stands here alone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, IntegerField, When

from exam_ops.core.models import RoomSession, Sitting
from exam_ops.rules.entry import MOVES, Cause, Entry

_LET_IN = {Entry.SIGNED_IN, Entry.APPROVED}  # a failed attempt of theirs blocks nobody any more
_COUNTED = {Entry.SIGNED_IN, Entry.PENDING, Entry.APPROVED, Entry.REJECTED, Entry.ABSENT}


def move(sittings: Iterable[Sitting], cause: Cause, *, now: datetime, late: bool = False) -> list[Sitting]:
    """Moves those of `sittings` that `cause` may move, set-wise; returns the moved, instances brought up to date.

    A sitting that somebody else moved in between is left alone and not returned. Call inside a transaction.
    """
    allowed, to = MOVES[cause]
    moved: list[Sitting] = []
    for origin in allowed:
        group = [s for s in sittings if s.entry_status == origin]
        if not group:
            continue
        fields = {"entry_status": to, "entry_moved_at": now} | ({"late": True} if late else {})
        rows = Sitting.objects.filter(pk__in=[s.pk for s in group], entry_status=origin)
        won = (
            set(rows.values_list("pk", flat=True).select_for_update(no_key=True))
            if len(group) > 1
            else {group[0].pk}
        )
        changed = rows.filter(pk__in=won).update(**fields)
        if changed != len(won):
            won = set()
        for sitting in group:
            if sitting.pk in won:
                sitting.entry_status, sitting.entry_moved_at = to, now
                sitting.late = sitting.late or late
                moved.append(sitting)
        _count([s for s in group if s.pk in won], origin, to, now)
    return moved


def lock_rooms(room_session_ids: Iterable[int]) -> None:
    """Locks rooms in the one order of all who change several of them, so that no two wait for each other."""
    rooms = RoomSession.objects.filter(pk__in=list(room_session_ids)).order_by("pk")
    list(rooms.select_for_update(no_key=True).values_list("pk", flat=True))


def _count(moved: list[Sitting], origin: Entry, to: Entry, now: datetime) -> None:
    """Brings the rooms' counters up to date: one statement for all rooms that change alike."""
    sizes = Counter(s.room_session_id for s in moved if s.room_session_id)
    failed = Counter(s.room_session_id for s in moved if s.failed_attempts)
    sign = (origin in _LET_IN) - (to in _LET_IN)  # 1: they are kept out again, -1: they got in
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    for room_session_id, size in sorted(sizes.items()):
        alike[size, sign * failed[room_session_id]].append(room_session_id)
    if len(alike) > 1:
        lock_rooms(sizes)
    for (size, blocked), room_session_ids in alike.items():
        changes: dict[str, object] = {"revision": F("revision") + 1}
        if origin in _COUNTED:
            changes[origin.value] = F(origin.value) - size
        if to in _COUNTED:
            changes[to.value] = F(to.value) + size
        if to is Entry.SIGNED_IN:
            changes["last_sign_in_at"] = now
        if blocked:
            changes["failed_only"] = F("failed_only") + blocked
        RoomSession.objects.filter(pk__in=room_session_ids).update(**changes)


def count_failed(sittings: Iterable[Sitting], attempts: Mapping[int, int]) -> None:
    """Adds failed attempts (`attempts`: primary key → how many) to locked `sittings` and counts their rooms.

    Call before the moves of the same facts, inside their transaction.
    """
    failed = [s for s in sittings if attempts.get(s.pk)]
    if not failed:
        return
    more = Case(*(When(pk=s.pk, then=attempts[s.pk]) for s in failed), output_field=IntegerField())
    Sitting.objects.filter(pk__in=[s.pk for s in failed]).update(failed_attempts=F("failed_attempts") + more)
    first = [s for s in failed if not s.failed_attempts and s.entry_status not in _LET_IN]
    rooms = Counter(s.room_session_id for s in first if s.room_session_id)
    for room_session_id, size in sorted(rooms.items()):
        RoomSession.objects.filter(pk=room_session_id).update(
            failed_only=F("failed_only") + size, revision=F("revision") + 1
        )
    for sitting in failed:
        sitting.failed_attempts += attempts[sitting.pk]


@transaction.atomic(savepoint=False)
def touch(room_session_ids: Iterable[int]) -> None:
    """Raises the revision of rooms whose boards must be drawn anew."""
    ids = sorted(set(room_session_ids))
    if len(ids) > 1:
        lock_rooms(ids)
    RoomSession.objects.filter(pk__in=ids).update(revision=F("revision") + 1)
