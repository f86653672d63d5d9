"""Rooms whose faces cannot be checked (C5, C7; readings 10 and 11): their open incident, and why entry is asked for there."""

from exam_ops.core.models import RoomSession
from incidents.models import Incident
from verification.models import EntryRequest

Reason = EntryRequest.Reason

REASON_OF = {
    "IDV-03": Reason.APP_UNAVAILABLE,
    "IDV-05": Reason.NO_RESPONSE,
    "IDV-06": Reason.NO_PROCTOR,
    "IDV-07": Reason.APP_UNAVAILABLE,
    "IDV-08": Reason.NO_PROCTOR,
    "IDV-09": Reason.NO_RESPONSE,
}
"""The incidents that block a whole room's check, with the reason for which its candidates are asked for."""


def open_incidents(room_session: RoomSession) -> list[Incident]:
    """The unsolved incidents that block the room's check, the newest first."""
    rows = (
        Incident.objects.filter(room_sessions=room_session, type__in=REASON_OF)
        .exclude(status=Incident.Status.RESOLVED)
        .select_related("site_unit__unit__plan", "site_unit__site__branch")
    )
    return list(rows.order_by("-opened_at", "-pk"))
