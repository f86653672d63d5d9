"""Passed on the phone, 未签到 on the server (C6; clause 二(三)4): at T+15 who is named becomes an evidence duty."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q

from exam_ops.core.models import RoomSession, SiteUnit, Sitting
from exam_ops.rules.entry import Entry
from incidents.models import EvidenceDuty, Incident
from incidents.services import duties
from verification.models import Presence

SYNC_LAG = "IDV-04"
CAUSE = EvidenceDuty.Cause.SYNC_LAG

_SAID_HERE = Q(sitting__presence__answer=Presence.Answer.PRESENT)
_SAID_AWAY = Q(sitting__presence__answer=Presence.Answer.NOT_HERE)


def name_duties(site_units: Iterable[SiteUnit], *, now: datetime) -> int:
    """Opens duties for those named in an unsolved IDV-04 incident and still not signed in; returns how many.

    Whom the room's staff have said to be present owes it even when the incident was solved meanwhile, whom they
    have said not to be here owes nothing. Statements do not grow with the rooms.
    """
    named = (
        Incident.sittings.through.objects.filter(
            incident__site_unit__in=[s.pk for s in site_units],
            incident__type=SYNC_LAG,
            sitting__site_unit=F("incident__site_unit"),
            sitting__entry_status=Entry.NOT_SIGNED_IN,
            sitting__emergency=False,
            sitting__room_session__isnull=False,
        )
        .filter(~Q(incident__status=Incident.Status.RESOLVED) | _SAID_HERE)
        .exclude(_SAID_AWAY)
    )
    incident_of = dict(named.order_by("-incident").values_list("sitting_id", "incident_id"))
    return len(duties.open_many(_owing(incident_of), cause=CAUSE, actor=None, now=now))


def _owing(incident_of: dict[int, int]) -> list[duties.Owing]:
    """The sittings (primary key → that of the first incident that names them) with their rooms, locked in order."""
    locked = Sitting.objects.filter(pk__in=incident_of, entry_status=Entry.NOT_SIGNED_IN).order_by("pk")
    sittings = list(locked.select_for_update(no_key=True))
    places = RoomSession.objects.filter(pk__in={s.room_session_id for s in sittings})
    rooms = places.select_related("site_unit__unit__plan").in_bulk()
    incidents = Incident.objects.in_bulk(set(incident_of.values()))
    return [
        duties.Owing(s, rooms[s.room_session_id], incidents[incident_of[s.pk]])
        for s in sittings
        if s.room_session_id
    ]
