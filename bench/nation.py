"""A unit of the whole nation, laid into PostgreSQL by the set: sites, rooms, people, seats."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from exam_ops.core import schedule
from exam_ops.core.deadlines import engine
from exam_ops.core.models import (
    Branch,
    ExamPlan,
    ExamRoom,
    ExamSite,
    Membership,
    Paper,
    ProctorProfile,
    RoomSession,
    RosterRow,
    SiteUnit,
    Sitting,
    TimeUnit,
    User,
)
from exam_ops.rules.permissions import Role

T = datetime(2026, 1, 17, 0, 30, tzinfo=UTC)
BRANCHES = 60

_PEOPLE = """
INSERT INTO core_candidate (student_no, name, id_no, id_no_index, photo)
SELECT 'N' || %(plan)s || '-' || g, '考生' || g, '', '', '' FROM generate_series(1, %(people)s) g
"""
_SITTINGS = """
INSERT INTO core_sitting (candidate_id, paper_id, site_unit_id, room_session_id, seat_no, ticket_no, held_over,
    entry_status, emergency, failed_attempts, late, has_client_session, client_refused)
SELECT c.id, %(paper)s, r.site_unit_id, r.id, s.seat::text, c.student_no, false,
    CASE WHEN %(nobody_yet)s OR s.seat %% 4 = 0 THEN 'not_signed_in' ELSE 'signed_in' END, false, 0, false, false, false
FROM (SELECT id, site_unit_id, row_number() OVER (ORDER BY id) AS n FROM core_roomsession WHERE site_unit_id = ANY(%(units)s)) r
CROSS JOIN generate_series(1, %(per_room)s) AS s(seat)
JOIN core_candidate c ON c.student_no = 'N' || %(plan)s || '-' || ((r.n - 1) * %(per_room)s + s.seat)
ORDER BY r.n, s.seat -- one room after the other, as a workbook lists them
"""
_COUNTERS = """
UPDATE core_roomsession SET registered = %(per_room)s,
    signed_in = CASE WHEN %(nobody_yet)s THEN 0 ELSE %(per_room)s - %(per_room)s / 4 END
WHERE site_unit_id = ANY(%(units)s)
"""


def build(
    code: str,
    *,
    sites: int,
    rooms_per_site: float,
    per_room: int,
    now: datetime,
    start: datetime = T,
    nobody_yet: bool = False,
) -> list[SiteUnit]:
    """One unit with `sites` sites; a quarter of the people have not come, or `nobody_yet`. Returns its site units."""
    day = start.date()
    plan = ExamPlan.objects.create(
        code=code, name=code, starts_on=day - timedelta(days=16), ends_on=day + timedelta(days=15)
    )
    unit = TimeUnit.objects.create(
        plan=plan, code="U1", name="U1", start=start, end=start + timedelta(minutes=90)
    )
    paper = Paper.objects.create(plan=plan, number="1357", name="x", minutes=90)
    places = _places(code, sites)
    site_units = schedule.create(
        [
            SiteUnit(site=site, unit=unit, start=unit.start, end=unit.end, paper_minutes=[90])
            for site in places
        ],
        plan,
        now=now,
    )
    sessions = _rooms(site_units, rooms_per_site)
    values: dict[str, Any] = {
        "plan": plan.pk,
        "people": len(sessions) * per_room,
        "per_room": per_room,
        "paper": paper.pk,
        "nobody_yet": nobody_yet,
        "units": [s.pk for s in site_units],
    }
    with connection.cursor() as cursor:
        for statement in (_PEOPLE, _SITTINGS, _COUNTERS):
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")
    return site_units


def proctors(site_units: list[SiteUnit]) -> list[User]:
    """Two proctors for every room; one in ten is not certified, one in twenty on no roster. Returns all of them."""
    rooms = list(RoomSession.objects.filter(site_unit__in=site_units).select_related("site_unit"))
    people = User.objects.bulk_create(
        (User(username=f"proctor-{room.pk}-{place}", name="监考") for room in rooms for place in "ab"),
        batch_size=2000,
    )
    places = [room.site_unit.site_id for room in rooms for _ in "ab"]
    Membership.objects.bulk_create(
        (Membership(user=u, role=Role.PROCTOR, site_id=s) for u, s in zip(people, places, strict=True)),
        batch_size=2000,
    )
    ProctorProfile.objects.bulk_create(
        (
            ProctorProfile(
                user=u, site_id=s, status="pending" if n % 10 == 0 else "certified", source="person"
            )
            for n, (u, s) in enumerate(zip(people, places, strict=True))
        ),
        batch_size=2000,
    )
    RosterRow.objects.bulk_create(
        (
            RosterRow(room_session=rooms[n // 2], proctor=user, position="lead" if n % 2 == 0 else "second")
            for n, user in enumerate(people)
            if n % 20
        ),
        batch_size=2000,
    )
    return people


def sign_in(site_units: list[SiteUnit], *, per_room: int) -> None:
    """Three quarters have come, as `build` has it; a drill's reset has forgotten it."""
    Sitting.objects.filter(site_unit__in=site_units).exclude(
        seat_no__in=[str(seat) for seat in range(4, per_room + 1, 4)]
    ).update(entry_status="signed_in")
    RoomSession.objects.filter(site_unit__in=site_units).update(signed_in=per_room - per_room // 4)


def carry_out_all(now: datetime) -> None:
    """Everything that is due at `now`, with all that follows from it."""
    while True:
        done = engine.sweep(now=now)
        if not (done.site_units or done.effects or done.others or done.fired):
            return


def _places(code: str, sites: int) -> list[ExamSite]:
    codes = [f"{n:03d}" for n in range(BRANCHES)]
    branches = list(Branch.objects.filter(code__in=codes).order_by("pk"))
    if not branches:
        branches = Branch.objects.bulk_create(
            Branch(code=code, name=f"分部{n}") for n, code in enumerate(codes)
        )
        _offices(branches)
    places = ExamSite.objects.bulk_create(
        [ExamSite(code=f"{code}-{n}", name=f"考点{n}", branch=branches[n % BRANCHES]) for n in range(sites)],
        batch_size=1000,
    )
    people = User.objects.bulk_create(
        [User(username=f"{site.code}-{role}", name=role) for site in places for role in ("admin", "chief")],
        batch_size=1000,
    )
    Membership.objects.bulk_create(
        [
            Membership(user=user, role=Role.SITE if n % 2 == 0 else Role.CHIEF, site=places[n // 2])
            for n, user in enumerate(people)
        ],
        batch_size=1000,
    )
    return places


def _offices(branches: list[Branch]) -> None:
    """An officer on duty in every branch, three at headquarters."""
    officers = User.objects.bulk_create(User(username=f"branch-{b.code}", name=b.name) for b in branches)
    heads = User.objects.bulk_create(User(username=f"hq-{n}", name=f"总部{n}") for n in range(3))
    Membership.objects.bulk_create(
        [
            *(
                Membership(user=user, role=Role.BRANCH, branch=branch, rights=["duty"])
                for user, branch in zip(officers, branches, strict=True)
            ),
            *(Membership(user=user, role=Role.HQ) for user in heads),
        ]
    )


def _rooms(site_units: list[SiteUnit], rooms_per_site: float) -> list[RoomSession]:
    rooms = ExamRoom.objects.bulk_create(
        [
            ExamRoom(site=su.site, room_no=f"{k + 1}", seats=30)
            for n, su in enumerate(site_units)
            for k in range(int((n + 1) * rooms_per_site) - int(n * rooms_per_site))
        ],
        batch_size=2000,
    )
    by_site = {su.site_id: su for su in site_units}
    return RoomSession.objects.bulk_create(
        [RoomSession(site_unit=by_site[room.site_id], room=room) for room in rooms], batch_size=2000
    )
