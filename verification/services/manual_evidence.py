"""Evidence that headquarters asks for where it had everybody checked by hand: only where its decision says so (A4, C14)."""

from collections.abc import Iterable
from datetime import datetime

from exam_ops.core.models import RoomSession, SiteUnit, Sitting
from incidents.models import Decision, EvidenceDuty
from incidents.services import duties
from verification.models import SignIn

CAUSE = EvidenceDuty.Cause.DECISION


def name_duties(site_units: Iterable[SiteUnit], *, now: datetime) -> int:
    """Opens duties for whoever a manual check has signed in so far under such a decision; returns how many.

    Whom it has named once is not named again: a duty that was met or dropped stays so. Statements do not
    grow with the rooms.
    """
    asked = Decision.objects.filter(
        kind=Decision.Kind.MANUAL_CHECK,
        status=Decision.Status.EFFECTIVE,
        evidence_owed=True,
        targets__site_unit__in=[s.pk for s in site_units],
        targets__after__why__isnull=True,
    ).values_list("targets__site_unit", flat=True)
    by_hand = SignIn.objects.filter(
        sitting__site_unit__in=list(asked),
        sitting__room_session__isnull=False,
        method=SignIn.Method.MANUAL,
        effective=True,
    )
    named = EvidenceDuty.objects.filter(sitting__site_unit__in=list(asked), cause=CAUSE)
    fresh = by_hand.exclude(sitting__in=named.values("sitting")).values("sitting")
    locked = Sitting.objects.filter(pk__in=list(fresh.values_list("sitting", flat=True))).order_by("pk")
    sittings = list(locked.select_for_update(no_key=True))
    places = RoomSession.objects.filter(pk__in={s.room_session_id for s in sittings})
    rooms = places.select_related("site_unit__unit__plan").in_bulk()
    owing = [duties.Owing(s, rooms[s.room_session_id], None) for s in sittings if s.room_session_id]
    return len(duties.open_many(owing, cause=CAUSE, actor=None, now=now))
