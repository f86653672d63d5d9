"""The emergency mark of candidates (应急) with their rooms' counters: a few statements, however many they are."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db.models import F

from exam_ops.core.entry import lock_rooms
from exam_ops.core.models import RoomSession, Sitting


def mark(sittings: Iterable[Sitting], emergency: bool) -> list[Sitting]:
    """Sets or clears the mark of those that stand otherwise; returns the changed, instances brought up to date.

    Call inside a transaction.
    """
    by_pk = {s.pk: s for s in sittings}
    rows = Sitting.objects.filter(pk__in=by_pk, emergency=not emergency).order_by("pk")
    won = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    if not won:
        return []
    Sitting.objects.filter(pk__in=won).update(emergency=emergency)
    changed = [by_pk[pk] for pk in won]
    for sitting in changed:
        sitting.emergency = emergency
    _count(Counter(s.room_session_id for s in changed if s.room_session_id), 1 if emergency else -1)
    return changed


def _count(sizes: Counter[int], step: int) -> None:
    """One statement for all rooms that change alike."""
    alike: dict[int, list[int]] = defaultdict(list)
    for room_session_id, size in sorted(sizes.items()):
        alike[size].append(room_session_id)
    if len(alike) > 1:
        lock_rooms(sizes)
    for size, room_session_ids in alike.items():
        RoomSession.objects.filter(pk__in=room_session_ids).update(
            emergency=F("emergency") + step * size, revision=F("revision") + 1
        )
