"""已采集未到达: checks that phones say they have made and the portal has not seen (C6, E2), set-wise.

A phone numbers its checks in a room session from 1 on. What it lacks is the highest number that is known, by a
check that arrived or by `last_seq`, less the numbers that arrived: gaps, leading ones and the tail included.
"""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Max, QuerySet, Value

from exam_ops.core.models import RoomSession
from verification.models import PhoneTally, SignIn


@dataclass(frozen=True, slots=True)
class NotArrived:
    """Of one room: phones that hold something back, and how many checks."""

    phones: int = 0
    checks: int = 0


_MISSING = """
SELECT room_session_id, COUNT(*), SUM(missing) FROM (
    SELECT room_session_id, device_id, MAX(highest) - SUM(arrived) AS missing
    FROM ({arrived} UNION ALL {told}) AS known GROUP BY room_session_id, device_id
) AS phone WHERE missing > 0 GROUP BY room_session_id
"""


def not_arrived(room_sessions: QuerySet[RoomSession]) -> dict[int, NotArrived]:
    """The rooms in which something is missing, in one statement: a nation's phones are too many to carry over."""
    rooms = room_sessions.order_by().values("pk")
    arrived = (
        SignIn.objects.filter(room_session__in=rooms, device_seq__isnull=False)
        .exclude(device_id="")
        .order_by()
        .values("room_session_id", "device_id")
        .annotate(highest=Max("device_seq"), arrived=Count("device_seq", distinct=True))
    )
    told = PhoneTally.objects.filter(room_session__in=rooms).order_by()
    try:
        arrived_sql, arrived_values = arrived.query.sql_with_params()
        told_sql, told_values = told.values_list(
            "room_session_id", "device_id", "last_seq", Value(0)
        ).query.sql_with_params()
    except EmptyResultSet:  # of no rooms
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_MISSING.format(arrived=arrived_sql, told=told_sql), (*arrived_values, *told_values))
        return {room: NotArrived(phones, int(checks)) for room, phones, checks in cursor.fetchall()}


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
