"""Saving one cell of a site's grid, 40 rooms × 8 units, over HTTP on the server as it is deployed.

One browser after another fills and empties places; the roster is two thirds full, as while it is being drawn up.
"""

import http.client
import time
from urllib.parse import urlencode
from uuid import uuid4

from django.db import connection
from django.urls import reverse

from bench import roster_ground
from bench.boards import session_of
from bench.callers import served
from bench.measure import percentile, report
from bench.roster_ground import UNITS
from exam_ops.core.models import RoomSession, RosterRow, User

ROOMS, PEOPLE = 40, 240
ACTS, PAGES, WARM = 200, 30, 10
MOST_MS = 150
TOKEN = "b" * 32  # of the double-submitted cookie


def run() -> None:
    admin, rooms, people = _site()
    with served() as server:
        line = _Line(server.port, session_of(admin))
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
    """A site whose second places stand empty in every unit but the first two."""
    ground = roster_ground.build("GRID", plan="GRID", rooms=ROOMS, people=PEOPLE)
    [people] = ground.people.values()
    first = {u.pk for u in ground.site_units[:2]}
    RosterRow.objects.bulk_create(
        RosterRow(room_session=s, proctor=people[2 * (n % ROOMS) + k], position=("lead", "second")[k])
        for n, s in enumerate(ground.sessions)
        for k in (0, 1)
        if k == 0 or s.site_unit_id in first
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    empty = [s for s in ground.sessions if s.site_unit_id not in first]
    return roster_ground.administrator(ground.sites[0]), empty, people


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
