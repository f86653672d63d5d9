"""The boards of a site, a branch and the nation over HTTP, page and live fragment; polls that find nothing new.

Everybody polls the server as it is deployed (granian, two workers) with a web session, one request after another on
one line. `counted_anew` is the worst case of a board above the site: each request counts instead of taking what its
process counted in the last four seconds. Statements are counted in this process, where they can be seen.
"""

import http.client
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench import morning
from bench.callers import served
from bench.measure import percentile, report, span
from exam_ops.core.models import User

REQUESTS = 40
POLLS = 300
LIMITS = {"site": 50, "site_of_40_rooms": 50, "branch": 100, "nation": 150}  # ms, p95


@dataclass
class Line:
    """One browser's connection: a web session, and the milliseconds of its requests."""

    port: int
    cookie: str
    took: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def get(self, path: str, *, poll: bool = False, etag: str = "") -> tuple[int, str]:
        """Status and ETag."""
        headers = {"Cookie": self.cookie} | ({"HX-Request": "true"} if poll else {})
        headers |= {"If-None-Match": etag} if etag else {}
        began = time.perf_counter()
        self.line.request("GET", path, headers=headers)
        answer = self.line.getresponse()
        answer.read()
        self.took.append((time.perf_counter() - began) * 1000)
        return answer.status, answer.getheader("ETag") or ""


def run() -> None:
    """Builds a morning, then asks for its boards."""
    with span() as building:
        site_units = morning.build(
            "B", sites=3000, rooms_per_site=morning.ROOMS / 3000, per_room=morning.PER_ROOM
        )
        branch = morning.large_branch(site_units)
        [large] = morning.build("L", sites=1, rooms_per_site=40, per_room=30)
    head = User.objects.filter(username__startswith="hq-").first()
    assert head is not None
    paths = {
        "site": reverse("sign-in-board", args=[site_units[7].pk]),
        "site_of_40_rooms": reverse("sign-in-board", args=[large.pk]),
        "branch": reverse("sign-in-branch", args=["B", "U1", branch.code]),
        "nation": reverse("sign-in-unit", args=["B", "U1"]),
    }
    cookie = session_of(head)
    with served() as server:
        kept = {name: _boards(Line(server.port, cookie), path) for name, path in paths.items()}
        polls = {name: _unchanged(Line(server.port, cookie), path) for name, path in paths.items()}
    with _settings(FIGURES_KEPT="0"), served() as server:
        anew = {name: _boards(Line(server.port, cookie), paths[name]) for name in _ABOVE}
    for name, limit in LIMITS.items():
        figures = kept[name] | (
            {f"{k}_counted_anew": v for k, v in anew[name].items()} if name in _ABOVE else {}
        )
        worst = max(v for k, v in figures.items() if "p95" in k)
        report(f"boards.{name}", goal=f"p95_ms <= {limit}", ok=worst <= limit, **figures)
    for name, path in paths.items():
        statements = _statements(head, path)
        report(
            f"boards.poll_304.{name}",
            goal="at most one statement, none within half a second",
            ok=statements == {"alone": 1, "among_others": 0} and polls[name]["answered_304"] >= 0.98,
            **statements,
            **polls[name],
        )
    report("boards.built", goal="-", ok=True, seconds=building.wall)


_ABOVE = ("branch", "nation")


def _boards(line: Line, path: str) -> dict[str, float]:
    """Whole pages, then fragments: no request says what it has, so each is drawn."""
    found: dict[str, float] = {}
    for kind, poll in (("page", False), ("fragment", True)):
        for _ in range(3):
            assert line.get(path, poll=poll)[0] == 200
        line.took.clear()
        for _ in range(REQUESTS):
            line.get(path, poll=poll)
        found |= {f"{kind}_p50_ms": percentile(line.took, 0.5), f"{kind}_p95_ms": percentile(line.took, 0.95)}
    return found


def _unchanged(line: Line, path: str) -> dict[str, float]:
    """Polls as a page makes them, with what it has; a passing minute is drawn and counts against the share."""
    etag, same = "", 0
    for n in range(POLLS + 10):
        status, etag = line.get(path, poll=True, etag=etag)
        same += n >= 10 and status == 304
    took = line.took[10:]
    return {
        "p50_ms": percentile(took, 0.5),
        "p95_ms": percentile(took, 0.95),
        "answered_304": same / POLLS,
    }


def _statements(user: User, path: str) -> dict[str, int]:
    """Statements of an unchanged poll in this process: of one that comes alone, and of one among others."""
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    found: dict[str, int] = {}
    for name, memory in (("alone", 0.0), ("among_others", 3600.0)):
        with override_settings(POLL_MEMORY=memory, FIGURES_KEPT=3600.0):
            etag = ""
            for _ in range(3):
                etag = client.get(path, headers={"If-None-Match": etag})["ETag"]
            with CaptureQueriesContext(connection) as seen:
                client.get(path, headers={"If-None-Match": etag})
            clocks = sum("exam_clock" in query["sql"] for query in seen.captured_queries)
            found[name] = len(seen) - clocks  # the process reads its clock once a second, whoever asks
    return found


def session_of(user: User) -> str:
    """The cookie of a web session of `user`."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return f"sessionid={client.cookies['sessionid'].value}"


@contextmanager
def _settings(**values: str) -> Iterator[None]:
    """Settings of the servers that are started in the block."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
