"""Saving one cell of a site's grid, 40 rooms × 8 units, over HTTP on the server as it is deployed.

One browser after another fills and empties places; the roster is two thirds full, as while it is being drawn up.
"""

import http.client
import time
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.callers import served
from bench.measure import percentile, report
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
from exam_ops.rules.permissions import Role

ROOMS, UNITS, PEOPLE = 40, 8, 240
ACTS, PAGES, WARM = 200, 30, 10
MOST_MS = 150
TOKEN = "b" * 32  # of the double-submitted cookie


def run() -> None:
    admin, rooms, people = _site()
    with served() as server:
        line = _Line(server.port, _session(admin))
        acts = [line.post(reverse("roster-place"), act) for act in _acts(rooms, people)][WARM:]
        pages = [line.get(f"{reverse('roster')}?plan=GRID") for _ in range(PAGES)][WARM:]
        lists = [line.get(f"{reverse('roster-choices')}?room={r.pk}&position=second") for r in rooms[:PAGES]]
    p95 = percentile(acts, 0.95)
    report(
        "rosters.cell",
        goal=f"p95_ms <= {MOST_MS} at {ROOMS} rooms × {UNITS} units",
        ok=p95 <= MOST_MS,
        acts=len(acts),
        p50_ms=percentile(acts, 0.5),
        p95_ms=p95,
        worst_ms=max(acts),
        page_p95_ms=percentile(pages, 0.95),
        list_p95_ms=percentile(lists[WARM:], 0.95),
    )


def _site() -> tuple[User, list[RoomSession], list[User]]:
    """A site whose second places stand empty in every unit but the first two; units follow each other from ten days on."""
    now = clock.now()
    start = (now + timedelta(days=10)).replace(minute=0, second=0, microsecond=0)
    site = ExamSite.objects.create(
        code="GRID", name="编排考点", branch=Branch.objects.create(code="GRID", name="分部")
    )
    plan = ExamPlan.objects.create(
        code="GRID", name="编排", starts_on=start.date(), ends_on=start.date() + timedelta(days=10)
    )
    units = TimeUnit.objects.bulk_create(
        TimeUnit(plan=plan, code=f"U{n}", start=at, end=at + timedelta(minutes=90))
        for n, at in enumerate(start + timedelta(hours=2 * n) for n in range(UNITS))
    )
    site_units = schedule.create(
        [SiteUnit(site=site, unit=u, start=u.start, end=u.end, paper_minutes=[90]) for u in units],
        plan,
        now=now,
    )
    rooms = ExamRoom.objects.bulk_create(ExamRoom(site=site, room_no=str(101 + n)) for n in range(ROOMS))
    sessions = RoomSession.objects.bulk_create(
        RoomSession(site_unit=u, room=r) for u in site_units for r in rooms
    )
    people = User.objects.bulk_create(User(username=f"grid-{n}", name=f"监考{n}") for n in range(PEOPLE))
    admin = User.objects.create(username="grid-admin", name="考点管理员")
    Membership.objects.bulk_create(Membership(user=u, role=Role.PROCTOR, site=site) for u in people)
    Membership.objects.create(user=admin, role=Role.SITE, site=site)
    ProctorProfile.objects.bulk_create(
        ProctorProfile(user=u, site=site, status="certified", source="person") for u in people
    )
    first = {u.pk for u in site_units[:2]}
    RosterRow.objects.bulk_create(
        RosterRow(room_session=s, proctor=people[2 * (n % ROOMS) + k], position=("lead", "second")[k])
        for n, s in enumerate(sessions)
        for k in (0, 1)
        if k == 0 or s.site_unit_id in first
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return admin, [s for s in sessions if s.site_unit_id not in first], people


def _acts(rooms: list[RoomSession], people: list[User]) -> list[dict[str, object]]:
    """Fill a second place, and empty it again."""
    found: list[dict[str, object]] = []
    for n in range((ACTS + WARM) // 2):
        room, who = rooms[n % len(rooms)], people[2 * ROOMS + n % (PEOPLE - 2 * ROOMS)].pk
        place = {"room": room.pk, "position": "second"}
        found += [place | {"outgoing": "", "incoming": who}, place | {"outgoing": who, "incoming": ""}]
    return found


class _Line:
    """One browser's connection; each call gives its milliseconds."""

    def __init__(self, port: int, cookie: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Cookie": f"{cookie}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}

    def get(self, path: str) -> float:
        return self._call("GET", path, None, {})

    def post(self, path: str, values: dict[str, object]) -> float:
        form = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}
        return self._call("POST", path, urlencode({"id": uuid4(), **values}), form)

    def _call(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> float:
        began = time.perf_counter()
        self.line.request(method, path, body, self.headers | headers)
        answer = self.line.getresponse()
        said = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise SystemExit(f"bench: {method} {path}: {answer.status} {said[:500]!r}")
        return took


def _session(user: User) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return f"sessionid={client.cookies['sessionid'].value}"
