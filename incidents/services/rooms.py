"""The evidence path of rooms whose App does not work (C5, C7; clauses 二(三)3 and 5)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F

from exam_ops.core.models import RoomSession, Sitting
from exam_ops.rules.entry import Entry
from incidents.models import EvidenceDuty, Incident
from incidents.services import duties

ROOM_CAUSES = {"IDV-03": EvidenceDuty.Cause.LOCKED_OUT, "IDV-05": EvidenceDuty.Cause.NO_RESPONSE}
Status = EvidenceDuty.Status
UNSIGNED = (Entry.NOT_SIGNED_IN, Entry.PENDING, Entry.ABSENT)


def begin_evidence_path(incidents: Iterable[Incident], *, now: datetime) -> None:
    """From T−5 on: a room of an unsolved IDV-03 or IDV-05 owes a panorama, and nobody there is made absent by machine."""
    causes = {row.pk: row for row in incidents if row.type in ROOM_CAUSES and row.is_open}
    if not causes:
        return
    named = Incident.room_sessions.through.objects.filter(incident__in=causes)
    sessions = RoomSession.objects.in_bulk(named.values_list("roomsession_id", flat=True))
    site_units = {row.site_unit_id: row.site_unit for row in causes.values()}  # loaded with the incidents
    for session in sessions.values():
        session.site_unit = site_units[session.site_unit_id]
    pairs = [
        (sessions[session], causes[incident])
        for incident, session in named.values_list("incident_id", "roomsession_id").order_by("pk")
    ]
    duties.open_for_rooms([(s, ROOM_CAUSES[i.type], i) for s, i in pairs], now=now)
    RoomSession.objects.filter(pk__in=sessions, app_locked_out=False).update(
        app_locked_out=True, revision=F("revision") + 1
    )


def name_the_unsigned(sessions: Sequence[RoomSession], *, now: datetime) -> None:
    """At T+30 a room's duty names those still unsigned, and closes itself when there are none.

    One that an early picture of the room has met names them too: whom the picture shows has theirs met by it.
    """
    standing = EvidenceDuty.objects.filter(
        room_session__in=sessions, sitting=None, status__in=[Status.OPEN, Status.MET]
    ).select_related("room_session__site_unit__unit__plan", "incident")
    for duty in standing:
        named = EvidenceDuty.objects.filter(room_session=duty.room_session, cause=duty.cause)
        known = set(named.exclude(status=Status.DROPPED).values_list("sitting_id", flat=True))
        unsigned = list(Sitting.objects.filter(room_session=duty.room_session, entry_status__in=UNSIGNED))
        duties.open_for(
            [sitting for sitting in unsigned if sitting.pk not in known],
            cause=duty.cause,
            room_session=duty.room_session,
            incident=duty.incident,
            actor=None,
            now=now,
        )
        why = EvidenceDuty.NAMED if unsigned else "all_signed_in"
        EvidenceDuty.objects.filter(pk=duty.pk, status=Status.OPEN).update(
            status=Status.DROPPED, closed_at=now, why_closed=why
        )
