"""Branches whose rosters are being drawn up: eight units from ten days ahead, rooms, certified proctors."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from exam_ops.core import clock, schedule
from exam_ops.core.models import (
    Branch,
    ExamPlan,
    ExamRoom,
    ExamSite,
    Membership,
    ProctorProfile,
    RoomSession,
    SiteUnit,
    TimeUnit,
    User,
)
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Role

STARTS = [
    timedelta(days=day, minutes=at) for day in (0, 1) for at in (510, 630, 810, 930)
]  # four units a day
UNITS = len(STARTS)
LASTS = timedelta(minutes=90)
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Ground:
    """One branch; `people` are the proctors of each site by its key."""

    branch: Branch
    plan: ExamPlan
    sites: list[ExamSite]
    site_units: list[SiteUnit]
    sessions: list[RoomSession]
    people: dict[int, list[User]]


def build(code: str, *, plan: str, sites: int = 1, rooms: int, people: int) -> Ground:
    """`sites` of `rooms` and `people` each; two branches may share a plan. Nobody stands on a roster yet."""
    branch = Branch.objects.create(code=code, name=code)
    places = ExamSite.objects.bulk_create(
        ExamSite(code=f"{code}{n:03d}", name=f"考点{n}", branch=branch) for n in range(sites)
    )
    halls = defaultdict(list)
    for hall in ExamRoom.objects.bulk_create(
        ExamRoom(site=site, room_no=str(101 + n), seats=30) for site in places for n in range(rooms)
    ):
        halls[hall.site_id].append(hall)
    held, units = _plan(plan)
    site_units = schedule.create(
        [
            SiteUnit(site=site, unit=unit, start=unit.start, end=unit.end, paper_minutes=[90])
            for unit in units
            for site in places
        ],
        held,
        now=clock.now(),
    )
    sessions = RoomSession.objects.bulk_create(
        (RoomSession(site_unit=s, room=hall) for s in site_units for hall in halls[s.site_id]),
        batch_size=BATCH,
    )
    return Ground(branch, held, places, site_units, sessions, _proctors(places, people))


def administrator(site: ExamSite) -> User:
    """Who draws up the roster of a site."""
    user = User.objects.create(username=f"{site.code}-admin", name="考点管理员")
    Membership.objects.create(user=user, role=Role.SITE, site=site)
    return user


def _plan(code: str) -> tuple[ExamPlan, list[TimeUnit]]:
    if plan := ExamPlan.objects.filter(code=code).first():
        return plan, list(TimeUnit.objects.filter(plan=plan))
    first = clock.now().astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [first + timedelta(days=10) + after for after in STARTS]
    plan = ExamPlan.objects.create(
        code=code, name=code, starts_on=starts[0].date(), ends_on=starts[-1].date() + timedelta(days=1)
    )
    return plan, TimeUnit.objects.bulk_create(
        TimeUnit(plan=plan, code=f"U{n}", name=f"第{n}单元", start=at, end=at + LASTS)
        for n, at in enumerate(starts, 1)
    )


def _proctors(sites: list[ExamSite], many: int) -> dict[int, list[User]]:
    found = {
        site.pk: [User(username=f"{site.code}-{n}", name=f"监考{n}") for n in range(many)] for site in sites
    }
    User.objects.bulk_create((user for people in found.values() for user in people), batch_size=BATCH)
    at = [(user, site) for site, people in found.items() for user in people]
    Membership.objects.bulk_create(
        (Membership(user=user, role=Role.PROCTOR, site_id=site) for user, site in at), batch_size=BATCH
    )
    ProctorProfile.objects.bulk_create(
        (ProctorProfile(user=user, site_id=site, status="certified", source="person") for user, site in at),
        batch_size=BATCH,
    )
    return found
