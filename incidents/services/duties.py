"""Evidence duties: opened by their cause, met by a picture that marks the candidate, dropped when the cause ends (C14)."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from exam_ops.core import emergency, events, schedule
from exam_ops.core.models import DeadlineRecord, Event, RoomSession, SiteUnit, Sitting, User
from incidents.models import Evidence, EvidenceDuty, Incident
from incidents.services import duty_pictures

Status = EvidenceDuty.Status


@dataclass(frozen=True, slots=True)
class Owing:
    """Who comes to owe evidence, in which room (loaded with its site unit and plan) and in which incident."""

    sitting: Sitting
    room_session: RoomSession
    incident: Incident | None


def open_for(
    sittings: Sequence[Sitting],
    *,
    cause: str,
    room_session: RoomSession,
    incident: Incident | None,
    actor: User | None,
    now: datetime,
) -> list[EvidenceDuty]:
    """Opens a duty for each candidate of a room that has none open, and marks them as emergency candidates.

    Whom a picture of the room names already owes no other: their duty is met by it at once.
    """
    owing = [Owing(sitting, room_session, incident) for sitting in sittings]
    return open_many(owing, cause=cause, actor=actor, now=now)


@transaction.atomic
def open_many(owing: Sequence[Owing], *, cause: str, actor: User | None, now: datetime) -> list[EvidenceDuty]:
    """The same in many rooms at once: the number of statements does not grow with them.

    A nation's sync lag names the candidates of thousands of rooms at T+15.
    """
    ids = [o.sitting.pk for o in owing]
    owed = set(
        EvidenceDuty.objects.filter(sitting__in=ids, status=Status.OPEN).values_list("sitting_id", flat=True)
    )
    fresh = list({o.sitting.pk: o for o in owing if o.sitting.pk not in owed}.values())
    closed = _closed({o.room_session.site_unit_id for o in fresh}, now=now)
    emergency.mark([o.sitting for o in fresh], True)  # holds their rooms: no picture comes in between
    named = duty_pictures.naming([o.sitting.pk for o in fresh], {o.room_session.pk for o in fresh})
    opened = EvidenceDuty.objects.bulk_create(
        (
            _duty(
                o.room_session,
                o.incident,
                cause,
                closed,
                now,
                sitting=o.sitting,
                picture=named.get(o.sitting.pk),
            )
            for o in fresh
        ),
        batch_size=500,
    )
    Event.objects.bulk_create(
        (
            events.build(
                "duty.opened",
                now=now,
                actor=actor,
                site_unit=o.room_session.site_unit,
                room_session=o.room_session,
                sitting=o.sitting,
                cause=cause,
            )
            for o in fresh
        ),
        batch_size=500,
    )
    return opened


def _duty(
    session: RoomSession,
    incident: Incident | None,
    cause: str,
    closed: Set[int],
    now: datetime,
    *,
    sitting: Sitting | None = None,
    picture: Evidence | None = None,
) -> EvidenceDuty:
    """Open; met at once by a picture that is there; missed at once where evidence is closed."""
    duty = EvidenceDuty(
        room_session=session, sitting=sitting, incident=incident, cause=cause, opened_at=now, met_by=picture
    )
    if picture is not None:
        duty.status, duty.closed_at, duty.why_closed = Status.MET, now, duty_pictures.MET
    elif session.site_unit_id in closed:
        duty.status, duty.closed_at, duty.why_closed = Status.MISSED, now, duty_pictures.AT_THE_CLOSE
    return duty


@transaction.atomic
def open_for_rooms(
    rooms: Sequence[tuple[RoomSession, EvidenceDuty.Cause, Incident]], *, now: datetime
) -> None:
    """Opens the rooms' own duties, each once for its cause; T+30 names their candidates."""
    standing = EvidenceDuty.objects.filter(
        room_session__in=[session for session, _, _ in rooms], sitting=None, status=Status.OPEN
    )
    owed = set(standing.values_list("room_session_id", "cause"))
    fresh = {
        (s.pk, cause): (s, incident) for s, cause, incident in reversed(rooms) if (s.pk, cause) not in owed
    }
    closed = _closed({session.site_unit_id for session, _ in fresh.values()}, now=now)
    EvidenceDuty.objects.bulk_create(
        (_duty(session, incident, cause, closed, now) for (_, cause), (session, incident) in fresh.items()),
        batch_size=500,
    )
    Event.objects.bulk_create(
        (
            events.build(
                "duty.opened",
                now=now,
                actor=None,
                site_unit=session.site_unit,
                room_session=session,
                cause=cause,
            )
            for (_, cause), (session, _) in fresh.items()
        ),
        batch_size=500,
    )


def _closed(site_unit_ids: Set[int], *, now: datetime) -> Set[int]:
    """Those whose evidence is closed: what comes to be owed there was missed, for nobody would close it any more.

    A handler that failed is tried again at any time, and a clock may be set back: the deadline that has fired counts
    as well as the instant. The site units are held, so that the close itself comes before or after this.
    """
    schedule.hold(site_unit_ids)
    fired = DeadlineRecord.objects.filter(
        site_unit=OuterRef("pk"), deadline="evidence_closes", generation=OuterRef("generation")
    ).exclude(outcome=DeadlineRecord.Outcome.SKIPPED)
    rows = SiteUnit.objects.filter(Q(evidence_closes_at__lte=now) | Exists(fired), pk__in=site_unit_ids)
    return set(rows.values_list("pk", flat=True))


@transaction.atomic
def drop_for(sittings: Iterable[Sitting], *, why: str, actor: User | None, now: datetime) -> int:
    """Drops open duties whose cause has ended, with trace.

    The candidates are no emergency any more, but for those who owed evidence for another cause as well.
    """
    by_pk = {s.pk: s for s in sittings}
    rows = (
        EvidenceDuty.objects.filter(sitting__in=by_pk, status=Status.OPEN)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .select_related("room_session__site_unit__unit__plan")
    )
    dropped = list(rows)
    EvidenceDuty.objects.filter(pk__in=[duty.pk for duty in dropped]).update(
        status=Status.DROPPED, closed_at=now, why_closed=why
    )
    others = EvidenceDuty.objects.filter(sitting__in=[duty.sitting_id for duty in dropped])
    marked = set(others.exclude(status=Status.DROPPED).values_list("sitting_id", flat=True))
    emergency.mark([by_pk[d.sitting_id or 0] for d in dropped if d.sitting_id not in marked], False)
    Event.objects.bulk_create(
        events.build(
            "duty.dropped",
            now=now,
            actor=actor,
            site_unit=duty.room_session.site_unit,
            room_session=duty.room_session,
            sitting=by_pk[duty.sitting_id or 0],
            why=why,
        )
        for duty in dropped
    )
    return len(dropped)


def miss(site_units: Iterable[SiteUnit], *, now: datetime) -> int:
    """At the unit's end what is still owed is missed; one event row a site unit says how much."""
    units = {site_unit.pk: site_unit for site_unit in site_units}
    owed = EvidenceDuty.objects.filter(room_session__site_unit__in=units, status=Status.OPEN)
    counted = owed.order_by().values_list("room_session__site_unit").annotate(n=Count("pk"))
    missed = [
        events.build("duties.missed", now=now, actor=None, site_unit=units[pk], count=count)
        for pk, count in counted
    ]
    Event.objects.bulk_create(missed, batch_size=500)
    return owed.update(status=Status.MISSED, closed_at=now, why_closed=duty_pictures.AT_THE_CLOSE)
