"""Passed on the phone, 未签到 on the server (C6; clause 二(三)4): at T+15 who is named becomes an evidence duty."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from exam_ops.core import schedule
from exam_ops.core.access import Actor
from exam_ops.core.models import RoomSession, SiteUnit, Sitting
from exam_ops.rules.entry import Entry
from incidents.models import Incident
from incidents.services import duties, opening

SYNC_LAG = "IDV-04"


def name_duties(site_units: Iterable[SiteUnit], *, now: datetime) -> int:
    """Opens duties for those named in an unsolved IDV-04 incident and still not signed in; returns how many."""
    incidents = (
        Incident.objects.filter(site_unit__in=list(site_units), type=SYNC_LAG)
        .exclude(status=Incident.Status.RESOLVED)
        .order_by("pk")
    )
    return sum(_name(incident, now) for incident in incidents)


@transaction.atomic
def confirm_present(sittings: Sequence[Sitting], *, actor: Actor, now: datetime) -> list[Sitting]:
    """The room's staff say who of the 未签到 is here: each joins the room's IDV-04 and, from T+15 on, owes evidence.

    The caller has had the sittings through the door. Who has signed in meanwhile is passed over.
    """
    schedule.hold(s.site_unit_id for s in sittings)
    rows = Sitting.objects.filter(
        pk__in=[s.pk for s in sittings], entry_status=Entry.NOT_SIGNED_IN, room_session__isnull=False
    ).select_related("site_unit__unit__plan", "room_session")
    present = list(rows.order_by("pk").select_for_update(of=("self",), no_key=True))
    for session_id in dict.fromkeys(s.room_session_id for s in present):
        here = [s for s in present if s.room_session_id == session_id]
        opening.open_or_join(
            type=SYNC_LAG,
            site_unit=here[0].site_unit,
            room_session=here[0].room_session,
            sittings=here,
            actor=actor.user,
            now=now,
        )
    name_duties([s for s in {p.site_unit for p in present} if _is_due(s, now)], now=now)
    return present


def _is_due(site_unit: SiteUnit, now: datetime) -> bool:
    plan = site_unit.unit.plan
    due = next((d for d in schedule.dues_of(site_unit, plan) if d.key == "sync_lag"), None)
    return due is not None and now >= plan.real_time(due.at)  # a unit stopped before has none


def _name(incident: Incident, now: datetime) -> int:
    named = Sitting.objects.filter(
        incidents=incident,
        site_unit=incident.site_unit_id,
        entry_status=Entry.NOT_SIGNED_IN,
        emergency=False,
        room_session__isnull=False,
    )
    rooms: dict[int, list[Sitting]] = {}
    for sitting in named.select_related("room_session__site_unit__unit__plan").order_by("pk"):
        rooms.setdefault(sitting.room_session_id or 0, []).append(sitting)
    for sittings in rooms.values():
        session: RoomSession = sittings[0].room_session  # type: ignore[assignment]
        duties.open_for(sittings, cause="C6", room_session=session, incident=incident, actor=None, now=now)
    return sum(map(len, rooms.values()))
