"""The evidence duties of one room as its pages list them: who, why, until when, and what became of each (C14)."""

from collections.abc import Iterable
from typing import Any

from exam_ops.core.models import RoomSession, Sitting
from incidents import words
from incidents.models import EvidenceDuty

Status = EvidenceDuty.Status

_ORDER = (Status.OPEN, Status.MISSED, Status.MET, Status.DROPPED)


def of_room(session: RoomSession) -> list[dict[str, Any]]:
    """The room's duties, owed first and each group by seat; the room's own stands without a candidate.

    A room's duty that has named its candidates is left out: they stand for it.
    """
    rows = EvidenceDuty.objects.filter(room_session=session).exclude(why_closed=EvidenceDuty.NAMED)
    found = list(rows.select_related("sitting__candidate", "incident", "met_by").order_by("pk"))
    found.sort(key=lambda row: (_ORDER.index(Status(row.status)), row.sitting.seat_no if row.sitting else ""))
    return [
        chips(row)
        | {
            "sitting": row.sitting,
            "incident": row.incident,
            "is_open": row.status == Status.OPEN,
            "why": row.again if row.status == Status.OPEN else words.DUTY_ENDS.get(row.why_closed, ""),
        }
        for row in found
    ]


def to_mark(session: RoomSession, ticked: Iterable[Any] = ()) -> dict[str, list[dict[str, Any]]]:
    """Whom a mark may name: those who owe first, the others of the room after them.

    `ticked`: keys of those who were said to be marked in the picture itself.
    """
    owed = {
        row.sitting_id: row
        for row in EvidenceDuty.objects.filter(
            room_session=session, status=Status.OPEN, sitting__isnull=False
        ).select_related("met_by")
    }
    marked = {str(pk) for pk in ticked}
    people = (
        Sitting.objects.filter(room_session=session).select_related("candidate").order_by("seat_no", "pk")
    )
    rows = [
        {
            "sitting": sitting,
            "duty": chips(owed[sitting.pk]) if sitting.pk in owed else None,
            "ticked": str(sitting.pk) in marked,
        }
        for sitting in people
    ]
    return {
        "owed": [row for row in rows if row["duty"]],
        "others": [row for row in rows if not row["duty"]],
    }


def chips(duty: EvidenceDuty) -> dict[str, Any]:
    """A duty's cause and state for chips; a picture taken outside the time says so."""
    is_late = duty.status == Status.MET and duty.met_by is not None and not duty.met_by.on_time
    return {
        "cause": words.CAUSES[duty.cause],
        "cause_state": words.CAUSE_STATES[duty.cause],
        "status": words.MET_LATE if is_late else words.DUTIES[duty.status],
        "tone": "watch" if is_late else words.DUTY_TONES[duty.status],
    }
