"""编排检查 of a branch with 2,000 rooms × 8 units over HTTP: the page, its live part counted anew, and its statements."""

from datetime import datetime, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.boards import Line, session_of
from bench.callers import served
from bench.measure import percentile, report, span
from exam_ops.core import clock, schedule
from exam_ops.core.models import (
    Branch,
    ExamPlan,
    ExamRoom,
    ExamSite,
    Membership,
    ProctorProfile,
    RoomSession,
    RosterRow,
    SiteUnit,
    TimeUnit,
    User,
)
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Role

SITES, ROOMS, UNITS = 100, 20, 8
REQUESTS = 30
LIMIT_MS, STATEMENTS = 300, 10


def run() -> None:
    """Builds two such branches, then asks as an officer of one of them."""
    with span() as building:
        officers = [_branch(code) for code in ("RC1", "RC2")]
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    path = f"{reverse('roster-check')}?plan=RC"
    with served() as server:
        line = Line(server.port, session_of(officers[0]))
        figures: dict[str, float] = {}
        for kind, poll in (("page", False), ("live_part", True)):
            for _ in range(3):
                assert line.get(path, poll=poll)[0] == 200
            line.took.clear()
            for _ in range(REQUESTS):
                line.get(path, poll=poll)
            figures |= {
                f"{kind}_p50_ms": percentile(line.took, 0.5),
                f"{kind}_p95_ms": percentile(line.took, 0.95),
            }
    statements = _statements(officers[0], path)
    worst = max(value for name, value in figures.items() if "p95" in name)
    report(
        "roster_check",
        goal=f"p95_ms <= {LIMIT_MS}, statements <= {STATEMENTS}",
        ok=worst <= LIMIT_MS and statements <= STATEMENTS,
        rooms=SITES * ROOMS,
        units=UNITS,
        statements=statements,
        **figures,
    )
    report("roster_check.built", goal="-", ok=True, seconds=building.wall)


def _branch(code: str) -> User:
    """A branch with its sites, rooms and rosters: one room in ten lacks somebody. Returns its officer."""
    now = clock.now()
    branch = Branch.objects.create(code=code, name=code)
    sites = ExamSite.objects.bulk_create(
        ExamSite(code=f"{code}{n:03d}", name=f"考点{n}", branch=branch) for n in range(SITES)
    )
    rooms = ExamRoom.objects.bulk_create(
        ExamRoom(site=site, room_no=f"{n:02d}", seats=30) for site in sites for n in range(ROOMS)
    )
    plan, units = _plan(now)
    site_units = schedule.create(
        [
            SiteUnit(site=s, unit=u, start=u.start, end=u.end, paper_minutes=[90])
            for u in units
            for s in sites
        ],
        plan,
        now=now,
    )
    of_site = {site.pk: [room for room in rooms if room.site_id == site.pk] for site in sites}
    sessions = RoomSession.objects.bulk_create(
        (RoomSession(site_unit=su, room=room) for su in site_units for room in of_site[su.site_id]),
        batch_size=2000,
    )
    people = _proctors(code, rooms)
    RosterRow.objects.bulk_create(
        (
            RosterRow(room_session=session, proctor=people[session.room_id, place], position=place)
            for session in sessions
            for place in RosterRow.Position.values
            if place == "lead" or session.room_id % 10
        ),
        batch_size=2000,
    )
    officer = User.objects.create(username=f"officer-{code}", name=code)
    Membership.objects.create(user=officer, role=Role.BRANCH, branch=branch, rights=["integrity"])
    return officer


def _plan(now: datetime) -> tuple[ExamPlan, list[TimeUnit]]:
    """Units of two hours, four a day, from ten days ahead."""
    if plan := ExamPlan.objects.filter(code="RC").first():
        return plan, list(TimeUnit.objects.filter(plan=plan))
    first = now.astimezone(BEIJING).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=10)
    plan = ExamPlan.objects.create(
        code="RC", name="RC", kind="real", starts_on=first.date(), ends_on=first.date() + timedelta(days=2)
    )
    starts = [first + timedelta(days=n // 4, hours=2.5 * (n % 4)) for n in range(UNITS)]
    made = [
        TimeUnit(plan=plan, code=f"U{n}", name=f"第{n}单元", start=at, end=at + timedelta(hours=2))
        for n, at in enumerate(starts, 1)
    ]
    return plan, TimeUnit.objects.bulk_create(made)


def _proctors(code: str, rooms: list[ExamRoom]) -> dict[tuple[int, str], User]:
    """Two certified people a room."""
    people = {
        (room.pk, place): User(username=f"{code}-{room.pk}-{place}", name="监考")
        for room in rooms
        for place in RosterRow.Position.values
    }
    User.objects.bulk_create(people.values(), batch_size=2000)
    sites = {room.pk: room.site_id for room in rooms}
    ProctorProfile.objects.bulk_create(
        (
            ProctorProfile(user=user, site_id=sites[room], status="certified", source="person")
            for (room, _), user in people.items()
        ),
        batch_size=2000,
    )
    return people


def _statements(user: User, path: str) -> int:
    """Of the live part in this process, where they can be seen."""
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        client.get(path)
    return len(seen) - sum("exam_clock" in query["sql"] for query in seen.captured_queries)
