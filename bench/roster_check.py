"""编排检查 over HTTP, of a branch with 2,000 rooms × 8 units and of the nation's 14,000 rooms in one unit.

The page, its live part counted anew, and its statements.
"""

from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench import nation, roster_ground
from bench.boards import Line, session_of
from bench.callers import served
from bench.measure import percentile, report, span
from bench.roster_ground import BATCH, UNITS
from exam_ops.core import clock
from exam_ops.core.models import Membership, RosterRow, User
from exam_ops.rules.permissions import Role

SITES, ROOMS = 100, 20
NATION_SITES, NATION_ROOMS = 2900, 14_000
REQUESTS = 30
LIMIT_MS, STATEMENTS = 300, 10


def run() -> None:
    """Builds two such branches, then a unit of the nation; asks as an officer of one and as headquarters."""
    with span() as building:
        officers = [_branch(code) for code in ("RC1", "RC2")]
        _vacuum()
    _measure("roster_check", officers[0], "RC", rooms=SITES * ROOMS, units=UNITS)
    report("roster_check.built", goal="-", ok=True, seconds=building.wall)
    head = _nation()
    _measure("roster_check.nation", head, "RN", rooms=NATION_ROOMS, units=1)


def _measure(name: str, user: User, plan: str, **size: int) -> None:
    """The page and its live part over HTTP."""
    path = f"{reverse('roster-check')}?plan={plan}"
    with served() as server:
        line = Line(server.port, session_of(user))
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
    statements = _statements(user, path)
    worst = max(value for kind, value in figures.items() if "p95" in kind)
    report(
        name,
        goal=f"p95_ms <= {LIMIT_MS}, statements <= {STATEMENTS}",
        ok=worst <= LIMIT_MS and statements <= STATEMENTS,
        statements=statements,
        **size,
        **figures,
    )


def _nation() -> User:
    """A unit of the whole nation eight days ahead, with its rosters. Returns headquarters."""
    now = clock.now()
    start = now + timedelta(days=8)
    per_site = NATION_ROOMS / NATION_SITES
    nation.proctors(
        nation.build("RN", sites=NATION_SITES, rooms_per_site=per_site, per_room=1, now=now, start=start)
    )
    _vacuum()
    return User.objects.get(username="hq-0")


def _vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _branch(code: str) -> User:
    """A branch with its sites, rooms and rosters: one room in ten lacks somebody. Returns its officer."""
    ground = roster_ground.build(code, plan="RC", sites=SITES, rooms=ROOMS, people=2 * ROOMS)
    RosterRow.objects.bulk_create(
        (
            RosterRow(
                room_session=session,
                proctor=ground.people[session.site_unit.site_id][2 * (n % ROOMS) + k],
                position=position,
            )
            for n, session in enumerate(ground.sessions)
            for k, position in enumerate(RosterRow.Position.values)
            if position == "lead" or n % 10
        ),
        batch_size=BATCH,
    )
    officer = User.objects.create(username=f"officer-{code}", name=code)
    Membership.objects.create(user=officer, role=Role.BRANCH, branch=ground.branch, rights=["integrity"])
    return officer


def _statements(user: User, path: str) -> int:
    """Of the live part in this process, where they can be seen."""
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        client.get(path)
    return len(seen) - sum("exam_clock" in query["sql"] for query in seen.captured_queries)
