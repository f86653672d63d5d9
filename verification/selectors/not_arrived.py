"""已采集未到达: checks that phones say they have made and the portal has not seen (C6, E2), set-wise.

A phone numbers its checks in a room session from 1 on. What it lacks is the highest number that is known, by a
check that arrived or by `last_seq`, less the numbers that arrived: gaps, leading ones and the tail included.
"""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, QuerySet

from exam_ops.core.models import RoomSession
from verification.models import PhoneTally, SignIn


@dataclass(frozen=True, slots=True)
class NotArrived:
    """Of one room: phones that hold something back, and how many checks."""

    phones: int = 0
    checks: int = 0


def not_arrived(room_sessions: QuerySet[RoomSession]) -> dict[int, NotArrived]:
    """The rooms in which something is missing, in two statements whatever their number."""
    rooms = room_sessions.order_by().values("pk")
    tallies = PhoneTally.objects.filter(room_session__in=rooms)
    told = {
        (room, device): last
        for room, device, last in tallies.values_list("room_session_id", "device_id", "last_seq")
    }
    arrived = (
        SignIn.objects.filter(room_session__in=rooms, device_seq__isnull=False)
        .exclude(device_id="")
        .order_by()
        .values_list("room_session_id", "device_id")
        .annotate(Count("device_seq", distinct=True), Max("device_seq"))
    )
    seen = {(room, device): (count, last) for room, device, count, last in arrived}
    found: dict[int, list[int]] = defaultdict(list)
    for key in seen.keys() | told.keys():
        count, last = seen.get(key, (0, 0))
        if (missing := max(last, told.get(key, 0)) - count) > 0:
            found[key[0]].append(missing)
    return {room: NotArrived(len(missing), sum(missing)) for room, missing in found.items()}


class _Counted:
    """The same as a figure of the boards."""

    def by(self, site_units: Any, place: str) -> dict[Hashable, int]:
        found = not_arrived(RoomSession.objects.filter(site_unit__in=site_units))
        where = RoomSession.objects.filter(pk__in=found).values_list("pk", f"site_unit__{place}")
        total: dict[Hashable, int] = defaultdict(int)
        for room, key in where:
            total[key] += found[room].checks
        return dict(total)

    def by_room(self, site_unit_id: int) -> dict[int, int]:
        found = not_arrived(RoomSession.objects.filter(site_unit=site_unit_id))
        return {room: missing.checks for room, missing in found.items()}


NOT_ARRIVED = _Counted()
