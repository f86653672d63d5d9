"""Readiness before the mock exam: the sheet of a nation of 28,000 proctors, its page, and a branch's (B8)."""

import time
from datetime import datetime, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import nation
from bench.measure import cpu_here_and_there, percentile, report
from exam_ops.core import clock
from exam_ops.core.access import actor_for
from exam_ops.core.models import Device, ExamPlan, User
from exam_ops.office.selectors import readiness
from exam_ops.office.selectors.readiness_sheets import Asked, sheet_of

SITES, ROOMS = 3000, 14_000
KINDS = 400  # of phones: models × systems × App versions
TIMES = 12


def run() -> None:
    """Builds the proctors of a nation, two a room, then draws what headquarters and a branch look at."""
    now = clock.now()
    site_units = nation.build(
        "R", sites=SITES, rooms_per_site=ROOMS / SITES, per_room=1, now=now, start=now + timedelta(days=8)
    )
    ExamPlan.objects.filter(code="R").update(kind=ExamPlan.Kind.MOCK)
    people = nation.proctors(site_units)
    _phones(people)
    plan, head = ExamPlan.objects.get(code="R"), User.objects.get(username="hq-0")
    actor, dates = actor_for(head, now=now), readiness.dates_of(ExamPlan.objects.get(code="R"))
    assert dates is not None
    scope = readiness.sites_of(actor, plan)
    sites = list(scope.select_related("branch"))
    nation_wide = Asked(plan, dates, scope, sites, "branch", None, None, "", "", "")
    branch = [site for site in sites if site.branch_id == sites[0].branch_id]
    of_branch = Asked(plan, dates, scope, branch, "site", sites[0].branch, None, "", "", "")
    for name, asked in (("nation", nation_wide), ("branch", of_branch)):
        took, cpu = [], []
        for _ in range(TIMES):
            began, before = time.perf_counter(), cpu_here_and_there()
            sheet_of(asked, now=now)
            took.append((time.perf_counter() - began) * 1000)
            cpu.append((cpu_here_and_there() - before) * 1000)
        with CaptureQueriesContext(connection) as seen:
            sheet_of(asked, now=now)
        report(
            f"readiness.{name}",
            goal="p50_cpu_ms <= 300, statements <= 10",
            ok=percentile(cpu, 0.5) <= 300 and len(seen) <= 10,
            proctors=len(people),
            p50_cpu_ms=percentile(cpu, 0.5),
            p50_ms=percentile(took, 0.5),
            p95_ms=percentile(took, 0.95),
            statements=len(seen),
        )
    _page(head)


def _page(head: User) -> None:
    """The whole page as headquarters opens it, in this process."""
    browser, took, cpu = Client(), [], []
    browser.force_login(head, backend="django.contrib.auth.backends.ModelBackend")
    for _ in range(TIMES):
        began, before = time.perf_counter(), cpu_here_and_there()
        assert browser.get("/readiness/", {"plan": "R"}).status_code == 200
        took.append((time.perf_counter() - began) * 1000)
        cpu.append((cpu_here_and_there() - before) * 1000)
    report(
        "readiness.page",
        goal="p50_cpu_ms <= 500",
        ok=percentile(cpu, 0.5) <= 500,
        p50_cpu_ms=percentile(cpu, 0.5),
        p50_ms=percentile(took, 0.5),
        p95_ms=percentile(took, 0.95),
    )


def _phones(people: list[User]) -> None:
    """Four in five have one, seen in the last thirty days."""
    seen = clock.now()
    Device.objects.bulk_create(
        (_phone(n, user, seen - timedelta(days=n % 30)) for n, user in enumerate(people) if n % 5),
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _phone(n: int, user: User, seen_at: datetime) -> Device:
    kind = n % KINDS
    return Device(
        user=user,
        device_id=user.username,
        platform="android",
        app_version=f"{3 + (kind % 9 > 0)}.0.{kind % 5}",
        os_version=f"{7 + kind % 8}",
        model=f"型号{kind}",
        memory_mb=3000 + 500 * (kind % 7),
        form_factor="phone",
        seen_at=seen_at,
    )
