"""A nation whose deadlines fall into the minutes of the run, laid into the database by the set.

Each site unit has a start of its own, chosen so that one of its deadlines comes due at a random instant of
the window; its neighbours in the table come along. Nobody here exists.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from random import Random

from exam_ops.core import schedule
from exam_ops.core.models import (
    Branch,
    Candidate,
    ExamPlan,
    ExamRoom,
    ExamSite,
    Membership,
    Paper,
    ProctorProfile,
    RoomSession,
    SiteUnit,
    Sitting,
    TimeUnit,
    User,
)
from exam_ops.rules.deadlines import TABLE, Anchor, Sent, due_times
from exam_ops.rules.escalation import Level
from exam_ops.rules.permissions import Right, Role
from incidents.models import Channel, EvidenceDuty, Incident
from incidents.services import opening

BRANCHES = 10
PER_SITE = 8  # units that a site sits
OWES_EVERY = 5  # one room in so many owes evidence
PEOPLE = 2  # per site, sitting every unit
LENGTHS = (30, 45, 60, 90)  # minutes
_AIMS = [row for row in TABLE if row.sent is Sent.AT_ONCE and row.anchor is not Anchor.PAPER_END]


def build(
    deadlines: int, *, opens: datetime, closes: datetime, random: Random, now: datetime, code: str = "C"
) -> list[SiteUnit]:
    """As many site units as give `deadlines` due in `[opens, closes)`; laid at `now`. Returns them."""
    times = list(_times(deadlines, opens, closes, random))
    plan = _plan(code)
    paper = Paper.objects.create(plan=plan, number="1357", name="示例课程一", minutes=90)
    sites = places(code, -(-len(times) // PER_SITE))
    starts = [start for start, _ in times]
    units = TimeUnit.objects.bulk_create(
        TimeUnit(
            plan=plan, code=f"U{n}", name=f"第{n}单元", start=min(starts), end=max(starts) + _minutes(90)
        )
        for n in range(1, PER_SITE + 1)
    )
    site_units = schedule.create(
        [
            SiteUnit(
                site=sites[n // PER_SITE],
                unit=units[n % PER_SITE],
                start=start,
                end=start + length,
                paper_minutes=[90],
            )
            for n, (start, length) in enumerate(times)
        ],
        plan,
        now=now,
    )
    sessions = _sessions(site_units)
    seat(sessions, paper)
    EvidenceDuty.objects.bulk_create(
        [EvidenceDuty(room_session=s, cause="C7", opened_at=now) for s in sessions[::OWES_EVERY]]
    )
    return site_units


def due_in(site_units: Iterable[SiteUnit], opens: datetime, closes: datetime) -> int:
    """How many deadlines the rules lay into `[opens, closes)`."""
    return sum(
        1
        for s in site_units
        for due in due_times(s.start, s.end, paper_minutes=s.paper_minutes)
        if opens <= due.at < closes
    )


def _times(
    deadlines: int, opens: datetime, closes: datetime, random: Random
) -> Iterable[tuple[datetime, timedelta]]:
    """Start and length of site units until enough deadlines fall into the window."""
    found = 0
    while found < deadlines:
        length = _minutes(random.choice(LENGTHS))
        aim = random.choice(_AIMS)
        at = opens + random.random() * (closes - opens)
        start = at - aim.offset - (length if aim.anchor is Anchor.END else timedelta(0))
        found += due_in([SiteUnit(start=start, end=start + length, paper_minutes=[90])], opens, closes)
        yield start, length


def places(code: str, count: int) -> list[ExamSite]:
    """Sites with an administrator and a chief each, their branches with officers, and headquarters."""
    if not Branch.objects.exists():
        Branch.objects.bulk_create(Branch(code=f"{n:03d}", name=f"分部{n}") for n in range(BRANCHES))
        _above(list(Branch.objects.order_by("pk")))
    branches = list(Branch.objects.order_by("pk"))
    sites = ExamSite.objects.bulk_create(
        [ExamSite(code=f"{code}{n}", name=f"考点{n}", branch=branches[n % BRANCHES]) for n in range(count)],
        batch_size=1000,
    )
    for role in (Role.SITE, Role.CHIEF):
        people = User.objects.bulk_create(
            [User(username=f"{s.code}-{role}", name=f"{s.code} {role}") for s in sites], batch_size=1000
        )
        Membership.objects.bulk_create(
            [Membership(user=u, role=role, site=s) for u, s in zip(people, sites, strict=True)],
            batch_size=1000,
        )
    return sites


def _above(branches: Sequence[Branch]) -> None:
    for branch in branches:
        officer = User.objects.create(username=f"branch-{branch.code}", name=f"branch {branch.code}")
        rights = [Right.INTEGRITY, Right.DUTY]
        Membership.objects.create(user=officer, role=Role.BRANCH, branch=branch, rights=rights)
    for name in ("hq1", "hq2"):
        Membership.objects.create(user=User.objects.create(username=name, name=name), role=Role.HQ)


def _sessions(site_units: Sequence[SiteUnit], per_site: int = 1) -> list[RoomSession]:
    """Rooms of each site, with a session in each of its site units."""
    sites = {s.site_id: s.site for s in site_units}
    made = ExamRoom.objects.bulk_create(
        [ExamRoom(site=s, room_no=f"{n}", seats=30) for s in sites.values() for n in range(per_site)],
        batch_size=2000,
    )
    by_site: dict[int, list[ExamRoom]] = {}
    for room in made:
        by_site.setdefault(room.site_id, []).append(room)
    return RoomSession.objects.bulk_create(
        [RoomSession(site_unit=s, room=r, registered=PEOPLE) for s in site_units for r in by_site[s.site_id]],
        batch_size=2000,
    )


def proctors(sessions: Sequence[RoomSession]) -> list[tuple[RoomSession, User]]:
    """A certified proctor for each room session, on no roster yet."""
    people = User.objects.bulk_create(
        [User(username=f"proctor-of-{s.pk}", name=f"proctor {s.pk}") for s in sessions], batch_size=2000
    )
    sites = [s.site_unit.site for s in sessions]
    Membership.objects.bulk_create(
        [Membership(user=u, role=Role.PROCTOR, site=s) for u, s in zip(people, sites, strict=True)],
        batch_size=2000,
    )
    ProctorProfile.objects.bulk_create(
        [
            ProctorProfile(user=u, site=s, status="certified", source="person")
            for u, s in zip(people, sites, strict=True)
        ],
        batch_size=2000,
    )
    return list(zip(sessions, people, strict=True))


def seat(sessions: Sequence[RoomSession], paper: Paper) -> list[Sitting]:
    """The people of each room, the same in each of its sessions."""
    room_ids = sorted({s.room_id for s in sessions})
    people = Candidate.objects.bulk_create(
        [
            Candidate(student_no=f"{paper.pk}-{room}-{n}", name=f"考生{n}", id_no="", id_no_index="")
            for room in room_ids
            for n in range(PEOPLE)
        ],
        batch_size=2000,
    )
    of_room = {room: people[n * PEOPLE : (n + 1) * PEOPLE] for n, room in enumerate(room_ids)}
    return Sitting.objects.bulk_create(
        [
            Sitting(
                candidate=person,
                paper=paper,
                site_unit=session.site_unit,
                room_session=session,
                seat_no=str(seat),
                ticket_no=person.student_no,
            )
            for session in sessions
            for seat, person in enumerate(of_room[session.room_id], start=1)
        ],
        batch_size=2000,
    )


def _plan(code: str) -> ExamPlan:
    return ExamPlan.objects.create(
        code=code, name=code, starts_on=date(2020, 1, 1), ends_on=date(2099, 12, 31)
    )


def channels(address: str, *, now: datetime) -> None:
    """A webhook of headquarters and of each branch, all to the receiver."""
    url, common = f"http://{address}/", {"kind": Channel.Kind.WEBHOOK, "changed_at": now}
    Channel.objects.create(name="hq", level=Level.HQ, address=url, **common)
    for branch in Branch.objects.all():
        Channel.objects.create(name=branch.code, level=Level.BRANCH, branch=branch, address=url, **common)


def incidents(
    site_units: Sequence[SiteUnit], *, opens: datetime, closes: datetime, random: Random, now: datetime
) -> None:
    """One open incident each, whose ladder goes on by itself from a random instant of `[opens, closes)`."""
    for site_unit in site_units:
        row = opening.open_or_join(type="NET", site_unit=site_unit, room_session=None, actor=None, now=now)
        at = opens + random.random() * (closes - opens)
        Incident.objects.filter(pk=row.pk).update(next_due_at=at)


def open_unit(
    code: str, count: int, times: Sequence[tuple[datetime, datetime]], *, now: datetime, rooms: int = 1
) -> list[RoomSession]:
    """A plan of one unit at `count` sites whose own start and end are `times`; returns their room sessions."""
    plan = _plan(code)
    paper = Paper.objects.create(plan=plan, number="2149", name="示例课程二", minutes=60)
    first, last = min(t[0] for t in times), max(t[1] for t in times)
    unit = TimeUnit.objects.create(plan=plan, code="U1", name="第1单元", start=first, end=last)
    site_units = schedule.create(
        [
            SiteUnit(site=site, unit=unit, start=start, end=end, paper_minutes=[60])
            for site, (start, end) in zip(places(code, count), times, strict=True)
        ],
        plan,
        now=now,
    )
    sessions = _sessions(site_units, rooms)
    if rooms == 1:
        seat(sessions, paper)
    return sessions


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
