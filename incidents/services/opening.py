"""Opening incidents and attaching reports (A1): nothing is typed twice, many reports make one incident."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from exam_ops.core import policies, schedule
from exam_ops.core.models import RoomSession, SiteUnit, Sitting, User
from exam_ops.rules import escalation
from exam_ops.rules.catalogue import INCIDENT_TYPES
from exam_ops.rules.escalation import Reach
from exam_ops.rules.text import Text
from incidents.models import Incident, Report
from incidents.services import ladder, rooms, timeline


@transaction.atomic
def open_or_join(
    *,
    type: str,
    site_unit: SiteUnit,
    room_session: RoomSession | None,
    sittings: Sequence[Sitting] = (),
    note: str | Text = "",
    occurred_at: datetime | None = None,
    actor: User | None,
    now: datetime,
    report_id: uuid.UUID | None = None,
    mass: bool = False,
    grade: int = 4,
) -> Incident:
    """Opens an incident of `type`, or joins the open one of the same type and place.

    The grade is raised as the reach grows, never lowered. An incident that goes up (A2) and arises after
    T−5 goes up at once. `occurred_at` is plan time as the reporter says; `mass` and `grade` are what the
    portal found out by itself (A3), and only raise.
    """
    schedule.hold([site_unit.pk])
    report_id = report_id or uuid.uuid4()
    incident = _standing(type, site_unit, room_session)
    is_new = incident is None
    if incident is None:
        incident = _create(type, site_unit, report_id, actor, now)
    report = Report.objects.create(
        id=report_id,
        incident=incident,
        room_session=room_session,
        reporter=actor,
        occurred_at=occurred_at,
        received_at=now,
        note=str(note),
    )
    _attach(incident, room_session, sittings, now)
    _found_out(incident, mass, grade)
    timeline.write(
        incident,
        "opened" if is_new else "reported",
        now=now,
        actor=actor,
        note=note,
        report=str(report.pk),
        sittings=[s.pk for s in sittings],
    )
    _regrade(incident, now)
    if is_new:
        ladder.tell_level(incident, escalation.first_level(incident.grade), now=now, actor=None)
    go_up_if_past(incident, now=now)
    return incident


def go_up_if_past(incident: Incident, *, now: datetime) -> None:
    """After T−5 an incident that goes up by itself does so at once."""
    policy = policies.of(incident.site_unit.unit.plan)
    if not escalation.is_past_escalation(start=incident.site_unit.starts_at, now=now, policy=policy):
        return
    rooms.begin_evidence_path([incident], now=now)
    if goes_up(incident):
        ladder.raise_to(incident, escalation.Level.BRANCH, now=now, actor=None)


def goes_up(incident: Incident) -> bool:
    """Whether it goes up by itself at T−5 (A2)."""
    return escalation.goes_up(
        incident_grade=incident.grade, declared_major=incident.declared_major, mass=incident.mass
    )


def _standing(type: str, site_unit: SiteUnit, room_session: RoomSession | None) -> Incident | None:
    rows = (
        Incident.objects.select_related("site_unit__unit__plan", "site_unit__site")
        .filter(type=type, site_unit=site_unit)
        .exclude(status=Incident.Status.RESOLVED)
    )
    rows = rows.filter(room_sessions=room_session) if room_session else rows.filter(room_sessions=None)
    return rows.order_by("pk").first()


def _create(type: str, site_unit: SiteUnit, uid: uuid.UUID, actor: User | None, now: datetime) -> Incident:
    plan = site_unit.unit.plan
    policy = policies.of(plan)
    incident = Incident.objects.create(
        uid=uid,
        type=type,
        grade=INCIDENT_TYPES[type].default_grade,
        site_unit=site_unit,
        opened_at=now,
        opened_by=actor,
        policy_version=plan.policy_version,
        desk_passes_on_at=now + policy.desk_passes_on_after if INCIDENT_TYPES[type].technical else None,
        ladder={
            str(grade): escalation.acknowledge_in(grade, policy).total_seconds() for grade in (1, 2, 3, 4)
        },
    )
    incident.number = f"{site_unit.start:%y%m%d}-{incident.pk:05d}"
    incident.save(update_fields=["number"])
    return incident


def _attach(
    incident: Incident, room_session: RoomSession | None, sittings: Sequence[Sitting], now: datetime
) -> None:
    if room_session is not None and not incident.room_sessions.filter(pk=room_session.pk).exists():
        incident.room_sessions.add(room_session)
        RoomSession.objects.filter(pk=room_session.pk).update(
            open_incidents=F("open_incidents") + 1, revision=F("revision") + 1
        )
    if sittings:
        incident.sittings.add(*sittings)


def _found_out(incident: Incident, mass: bool, grade: int) -> None:
    incident.mass, incident.grade = incident.mass or mass, min(incident.grade, grade)
    Incident.objects.filter(pk=incident.pk).update(mass=incident.mass, grade=incident.grade)


def _regrade(incident: Incident, now: datetime) -> None:
    """Raises the grade where the reach asks for it."""
    sessions = list(incident.room_sessions.all())
    people = incident.sittings.count()
    registered = sum(s.registered for s in sessions)
    found = escalation.grade(
        incident.grade,
        Reach(
            people=people,
            room_size=registered,
            rooms=len(sessions),
            whole_room=bool(sessions) and people >= registered > 0,
        ),
        policies.of(incident.site_unit.unit.plan),
    )
    if found < incident.grade:
        timeline.write(incident, "raised", now=now, actor=None, of=incident.grade, to=found, people=people)
        incident.grade = found
        Incident.objects.filter(pk=incident.pk, grade__gt=found).update(grade=found)
