"""Evidence duties: opened by their cause, met by a picture that marks the candidate, dropped when the cause ends (C14)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from exam_ops.core import entry, events
from exam_ops.core.models import RoomSession, SiteUnit, Sitting, User
from incidents.models import EvidenceDuty, Incident

Status = EvidenceDuty.Status


@transaction.atomic
def open_for(
    sittings: Sequence[Sitting],
    *,
    cause: str,
    room_session: RoomSession,
    incident: Incident | None,
    actor: User | None,
    now: datetime,
) -> list[EvidenceDuty]:
    """Opens a duty for each candidate that has none open, and marks them as emergency candidates."""
    owed = set(
        EvidenceDuty.objects.filter(sitting__in=sittings, status=Status.OPEN).values_list(
            "sitting_id", flat=True
        )
    )
    fresh = [s for s in sittings if s.pk not in owed]
    opened = EvidenceDuty.objects.bulk_create(
        EvidenceDuty(room_session=room_session, sitting=s, incident=incident, cause=cause, opened_at=now)
        for s in fresh
    )
    entry.mark_emergency(fresh, True)
    for sitting in fresh:
        events.record(
            "duty.opened",
            now=now,
            actor=actor,
            site_unit=room_session.site_unit,
            room_session=room_session,
            sitting=sitting,
            cause=cause,
        )
    return opened


def open_for_room(session: RoomSession, *, cause: str, incident: Incident, now: datetime) -> None:
    """Opens the room's own duty; T+30 names its candidates."""
    _, is_new = EvidenceDuty.objects.get_or_create(
        room_session=session,
        sitting=None,
        cause=cause,
        status=Status.OPEN,
        defaults={"incident": incident, "opened_at": now},
    )
    if is_new:
        events.record(
            "duty.opened", now=now, actor=None, site_unit=session.site_unit, room_session=session, cause=cause
        )


@transaction.atomic
def drop_for(sittings: Iterable[Sitting], *, why: str, actor: User | None, now: datetime) -> int:
    """Drops open duties whose cause has ended, with trace; the candidates are no emergency any more."""
    by_pk = {s.pk: s for s in sittings}
    rows = list(
        EvidenceDuty.objects.filter(sitting__in=by_pk, status=Status.OPEN).select_related(
            "room_session__site_unit__unit__plan"
        )
    )
    for duty in rows:
        changed = EvidenceDuty.objects.filter(pk=duty.pk, status=Status.OPEN).update(
            status=Status.DROPPED, closed_at=now, why_closed=why
        )
        if changed:
            sitting = by_pk[duty.sitting_id or 0]  # never None: they were looked up by their sittings
            entry.mark_emergency([sitting], False)
            events.record(
                "duty.dropped",
                now=now,
                actor=actor,
                site_unit=duty.room_session.site_unit,
                room_session=duty.room_session,
                sitting=sitting,
                why=why,
            )
    return len(rows)


def miss(site_units: Iterable[SiteUnit], *, now: datetime) -> int:
    """At the unit's end what is still owed is missed."""
    return EvidenceDuty.objects.filter(
        room_session__site_unit__in=list(site_units), status=Status.OPEN
    ).update(status=Status.MISSED, closed_at=now, why_closed="evidence_closed")
