"""已采集未到达: checks that phones say they have made and the portal has not seen (C6, E2), set-wise.

A phone numbers its checks in a room session from 1 on. What it lacks is the highest number that is known, by a
check that arrived or by `last_seq`, less the numbers that arrived: gaps, leading ones and the tail included.
"""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Sum

from exam_ops.core.models import RoomSession
from verification.models import PhoneTally


@dataclass(frozen=True, slots=True)
class NotArrived:
    """Of one room: phones that hold something back, and how many checks."""

    phones: int = 0
    checks: int = 0


def not_arrived(room_sessions: QuerySet[RoomSession]) -> dict[int, NotArrived]:
    """The rooms in which something is missing, in one statement: it reads those that lack something alone."""
    rows = PhoneTally.objects.filter(missing__gt=0, room_session__in=room_sessions.order_by().values("pk"))
    found = rows.order_by().values_list("room_session").annotate(Count("pk"), Sum("missing"))
    return {room: NotArrived(phones, checks) for room, phones, checks in found}


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
