"""Opening incidents and attaching reports (A1): nothing is typed twice, many reports make one incident."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Max, Q

from exam_ops.core import policies, schedule
from exam_ops.core.models import RoomSession, SiteUnit, Sitting, User
from exam_ops.rules import escalation
from exam_ops.rules import ladder as ladders
from exam_ops.rules.catalogue import INCIDENT_TYPES, Group
from exam_ops.rules.escalation import SPREADING, Level, Reach
from exam_ops.rules.text import Text
from incidents.models import Incident, Report
from incidents.services import attached, ladder, rooms, timeline
from incidents.services.standing import goes_up
from incidents.services.timeline import Line

# An incident that reaches a whole site: grade Ⅱ, or about the site and no room of it. A mass failure that is
# graded Ⅲ is one room's.
WIDE = Q(grade__lte=2) | Q(grade=3, mass=False, room_sessions=None)


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
    lost_minutes: int | None = None,
) -> Incident:
    """Opens an incident of `type`, or joins the open one of the same type and place.

    The grade is raised as the reach grows, never lowered. An incident that goes up (A2) and arises after
    T−5 goes up at once. `occurred_at` is plan time as the reporter says, `lost_minutes` the exam time lost so
    far; `mass` and `grade` are what the portal found out by itself (A3), and only raise.
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
        lost_minutes=lost_minutes,
    )
    joins_site = not is_new and room_session is not None and not incident.room_sessions.exists()
    is_new_room = _attach(incident, None if joins_site else room_session, sittings)
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
    if is_new_room:
        attached.write(incident, room_session, now=now)
    regrade_by_reach(incident, now=now)
    ladder.advance([incident], now=now)
    go_up_if_past(incident, now=now)
    return incident


@transaction.atomic
def name_more(
    incident: Incident, sittings: Sequence[Sitting], *, note: str | Text, actor: User | None, now: datetime
) -> None:
    """Names further candidates in an open incident, which the caller has locked: the reach grows, the grade may."""
    incident.sittings.add(*sittings)
    timeline.write(incident, "named", now=now, actor=actor, note=note, sittings=[s.pk for s in sittings])
    regrade_by_reach(incident, now=now)
    ladder.advance([incident], now=now)
    go_up_if_past(incident, now=now)


def go_up_if_past(incident: Incident, *, now: datetime) -> None:
    """After T−5 an incident that goes up by itself does so at once; a single blocked room joins the digest."""
    policy = policies.of(incident.site_unit.unit.plan)
    if not escalation.is_past_escalation(start=incident.site_unit.starts_at, now=now, policy=policy):
        return
    rooms.begin_evidence_path([incident], now=now)
    if goes_up(incident):
        ladder.raise_to([incident], Level.BRANCH, now=now, actor=None)
    else:
        ladder.into_digest([incident], at_once=False, now=now)


def raise_mass(unsolved: Sequence[Incident], *, now: datetime) -> None:
    """A mass failure that is unsolved at T−5 is Ⅱ, be it one room's (table of grades)."""
    mass = [incident for incident in unsolved if incident.mass and incident.grade > 2]
    timeline.write_many((Line(i, "raised", data={"of": i.grade, "to": 2}) for i in mass), now=now)
    for incident in mass:
        incident.grade = 2
    Incident.objects.filter(pk__in=[incident.pk for incident in mass]).update(grade=2)


def _standing(type: str, site_unit: SiteUnit, room_session: RoomSession | None) -> Incident | None:
    """The open incident that a report belongs to: the room's own, or the site's.

    What befell the site as a whole (its network, its power) takes the reports of its rooms in; a room whose
    App does not work keeps an incident of its own, with its own evidence path.
    """
    rows = (
        Incident.objects.select_for_update(of=("self",), no_key=True)
        .select_related(*ladder.RELATED)
        .filter(type=type, site_unit=site_unit)
        .exclude(status=Incident.Status.RESOLVED)
        .order_by("pk")
    )
    whole_site = rows.filter(room_sessions=None)
    if room_session is None:
        return whole_site.first()
    own = rows.filter(room_sessions=room_session).first()
    return own or (whole_site.first() if INCIDENT_TYPES[type].group is Group.GENERAL else None)


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
        ladder=ladders.stored(policy.ladder),
    )
    incident.number = f"{site_unit.start:%y%m%d}-{incident.pk:05d}"
    incident.save(update_fields=["number"])
    return incident


def _attach(incident: Incident, room_session: RoomSession | None, sittings: Sequence[Sitting]) -> bool:
    """Names the room and the candidates; returns whether the room is new to the incident."""
    is_new = room_session is not None and not incident.room_sessions.filter(pk=room_session.pk).exists()
    if room_session is not None and is_new:
        incident.room_sessions.add(room_session)
        RoomSession.objects.filter(pk=room_session.pk).update(
            open_incidents=F("open_incidents") + 1, revision=F("revision") + 1
        )
    if sittings:
        incident.sittings.add(*sittings)
    return is_new


def _found_out(incident: Incident, mass: bool, grade: int) -> None:
    incident.mass, incident.grade = incident.mass or mass, min(incident.grade, grade)
    Incident.objects.filter(pk=incident.pk).update(mass=incident.mass, grade=incident.grade)


def regrade_by_reach(incident: Incident, *, now: datetime) -> None:
    """Raises the grade where the reach asks for it (table of grades, domain 7.3)."""
    reach = _reach(incident)
    found = escalation.grade(incident.grade, reach, policies.of(incident.site_unit.unit.plan))
    if found < incident.grade:
        timeline.write(
            incident,
            "raised",
            now=now,
            actor=None,
            of=incident.grade,
            to=found,
            people=reach.people,
            rooms=reach.rooms,
            sites=reach.sites,
            branches=reach.branches,
            lost_minutes=reach.lost_minutes,
        )
        incident.grade = found
        Incident.objects.filter(pk=incident.pk, grade__gt=found).update(grade=found)


def _reach(incident: Incident) -> Reach:
    sessions = list(incident.room_sessions.all())
    people = incident.sittings.count()
    registered = sum(s.registered for s in sessions)
    lost = incident.reports.aggregate(most=Max("lost_minutes"))["most"]
    sites, branches = sites_and_branches(incident)
    return Reach(
        people=people,
        room_size=registered,
        rooms=max(len(sessions), _rooms_alike(incident)),
        whole_room=bool(sessions) and people >= registered > 0,
        sites=sites,
        branches=branches,
        lost_minutes=lost or 0,
    )


def _rooms_alike(incident: Incident) -> int:
    """How many rooms of the site are hit as a whole by the same trouble, over all its open incidents."""
    if incident.grade > 3:
        return 0
    alike = Incident.objects.filter(type=incident.type, site_unit=incident.site_unit, grade__lte=3)
    return alike.exclude(status=Incident.Status.RESOLVED).aggregate(n=Count("room_sessions", distinct=True))[
        "n"
    ]


def sites_and_branches(incident: Incident) -> tuple[int, int]:
    """How many sites and branches the same failure hits as a whole in this unit; 1, 1 when it is a site's own.

    One Ⅰ stands for all of them: once headquarters has it, further sites keep their own grade.
    """
    if incident.type not in SPREADING or incident.grade == 1:
        return 1, 1
    alike = Incident.objects.filter(type=incident.type, site_unit__unit=incident.site_unit.unit_id).exclude(
        status=Incident.Status.RESOLVED
    )
    found = alike.aggregate(
        own=Count("pk", filter=WIDE & Q(pk=incident.pk)),
        known=Count("pk", filter=Q(grade=1)),
        sites=Count("site_unit__site", distinct=True, filter=WIDE),
        branches=Count("site_unit__site__branch", distinct=True, filter=WIDE),
    )
    return (found["sites"], found["branches"]) if found["own"] and not found["known"] else (1, 1)
