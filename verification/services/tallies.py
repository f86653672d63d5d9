"""已采集未到达: the numbers of each phone's checks that arrived, and how many it says it has made (C6)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from exam_ops.rules.numbering import Numbers
from verification.models import PhoneTally

Phone = tuple[int, str]
"""A room session's primary key and the id of a device in it."""


def keep(arrived: Mapping[Phone, Collection[int]], told: Mapping[Phone, int], *, now: datetime) -> None:
    """Adds the numbers that `arrived` and the counts `told`, neither of which takes anything back.

    Three statements however many phones; `verification/sql/take_sign_ins.sql` does the same for one.
    """
    phones = arrived.keys() | told.keys()
    if not phones:
        return
    PhoneTally.objects.bulk_create(
        [PhoneTally(room_session_id=room, device_id=device, heard_at=now) for room, device in sorted(phones)],
        ignore_conflicts=True,
    )
    rows = PhoneTally.objects.filter(
        room_session__in={room for room, _ in phones}, device_id__in={device for _, device in phones}
    ).order_by("room_session", "device_id")
    changed = []
    for row in rows.select_for_update(no_key=True):
        phone = row.room_session_id, row.device_id
        seen = row.seen | Numbers.of(arrived.get(phone, ()))
        last = max(row.last_seq, told.get(phone, 0))
        if (seen, last) != (row.seen, row.last_seq):
            row.seen, row.last_seq, row.missing, row.heard_at = seen, last, seen.missing(last), now
            changed.append(row)
    PhoneTally.objects.bulk_update(changed, ["seen", "last_seq", "missing", "heard_at"])
