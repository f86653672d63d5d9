"""A small world for tests: two branches, three sites, one plan with two units, and the cast of people.

Nobody here exists: names are made up and ID numbers carry an area code that was never given out.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from exam_ops.core import schedule
from exam_ops.core.fields import blind_index
from exam_ops.core.models import (
    Branch,
    Candidate,
    ExamPlan,
    ExamRoom,
    ExamSite,
    LearningCentre,
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

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)  # 08:30 in Beijing
E = T + timedelta(minutes=90)


@dataclass
class World:
    """Everything the tests ask for by name; `own` things stand at site A1."""

    plan: ExamPlan
    unit: TimeUnit
    later_unit: TimeUnit
    branch: Branch
    other_branch: Branch
    site: ExamSite
    sibling: ExamSite
    foreign: ExamSite
    centre: LearningCentre
    papers: list[Paper]
    site_units: dict[str, SiteUnit]  # by site code, first unit
    rooms: dict[str, RoomSession]  # "A1/301" → room session of the first unit
    sittings: dict[str, list[Sitting]]  # the same keys
    cast: SimpleNamespace = field(default_factory=SimpleNamespace)

    @property
    def site_unit(self) -> SiteUnit:
        return self.site_units["A1"]

    @property
    def room(self) -> RoomSession:
        return self.rooms["A1/301"]

    @property
    def sitting(self) -> Sitting:
        return self.sittings["A1/301"][0]


ROOMS = {"A1": ("301", "302"), "A2": ("101",), "B1": ("201",)}
PEOPLE_PER_ROOM = 6


def build(kind: str = ExamPlan.Kind.REAL, now: datetime = T - timedelta(days=9)) -> World:
    """Builds the world as it stood at `now`, before any deadline of its units."""
    east, west = Branch.objects.bulk_create(
        [Branch(code="A", name="东海分部"), Branch(code="B", name="云岭分部")]
    )
    sites = {
        "A1": ExamSite(code="A1", name="城东考点", branch=east, address="示例市示例路 18 号"),
        "A2": ExamSite(code="A2", name="城西考点", branch=east),
        "B1": ExamSite(code="B1", name="云岭考点", branch=west),
    }
    ExamSite.objects.bulk_create(sites.values())
    centre = LearningCentre.objects.create(code="C1", name="城东学习中心", branch=east)
    sites["A1"].centres.add(centre)
    plan = ExamPlan.objects.create(
        code="P1", name="2025秋-网考", kind=kind, starts_on=date(2025, 12, 5), ends_on=date(2025, 12, 7)
    )
    unit = TimeUnit.objects.create(plan=plan, code="U1", name="第1单元", start=T, end=E)
    later = TimeUnit.objects.create(
        plan=plan, code="U2", name="第2单元", start=T + timedelta(hours=2), end=E + timedelta(hours=2)
    )
    papers = Paper.objects.bulk_create(
        [
            Paper(plan=plan, number="1357", name="示例课程一", minutes=90),
            Paper(plan=plan, number="2149", name="示例课程二", minutes=60),
        ]
    )
    rooms = {
        f"{code}/{no}": ExamRoom(site=sites[code], room_no=no, place=f"{no[0]}楼", seats=30)
        for code, numbers in ROOMS.items()
        for no in numbers
    }
    ExamRoom.objects.bulk_create(rooms.values())
    site_units = schedule.create(
        [
            SiteUnit(site=site, unit=u, start=u.start, end=u.end, paper_minutes=[60, 90])
            for u in (unit, later)
            for site in sites.values()
        ],
        plan,
        now=now,
    )
    sessions = RoomSession.objects.bulk_create(
        RoomSession(site_unit=su, room=room, registered=PEOPLE_PER_ROOM if su.unit_id == unit.pk else 0)
        for su in site_units
        for room in rooms.values()
        if room.site_id == su.site_id
    )
    first = {
        f"{s.site_unit.site.code}/{s.room.room_no}": s for s in sessions if s.site_unit.unit_id == unit.pk
    }
    world = World(
        plan=plan,
        unit=unit,
        later_unit=later,
        branch=east,
        other_branch=west,
        site=sites["A1"],
        sibling=sites["A2"],
        foreign=sites["B1"],
        centre=centre,
        papers=papers,
        site_units={su.site.code: su for su in site_units if su.unit_id == unit.pk},
        rooms=first,
        sittings=_seat(first, papers, centre),
    )
    world.cast = _cast(world)
    return world


def _seat(
    sessions: dict[str, RoomSession], papers: list[Paper], centre: LearningCentre
) -> dict[str, list[Sitting]]:
    seated: dict[str, list[Sitting]] = {}
    for block, (key, session) in enumerate(sessions.items(), start=1):
        people = Candidate.objects.bulk_create(
            Candidate(
                student_no=f"25{block:03d}00100{seat:03d}",
                name=f"考生{block}{seat:02d}",
                id_no=f"99900119990101{block}{seat:02d}X",
                id_no_index=blind_index(f"99900119990101{block}{seat:02d}X"),
                centre=centre,
            )
            for seat in range(1, PEOPLE_PER_ROOM + 1)
        )
        seated[key] = Sitting.objects.bulk_create(
            Sitting(
                candidate=person,
                paper=papers[0],
                site_unit=session.site_unit,
                room_session=session,
                seat_no=f"{seat:02d}",
                ticket_no=f"T{block}{seat:02d}",
            )
            for seat, person in enumerate(people, start=1)
        )
    return seated


def member(username: str, role: Role, name: str = "", **scope) -> User:
    """An account with one role."""
    user = User.objects.create(username=username, name=name or username)
    Membership.objects.create(user=user, role=role, **scope)
    return user


def proctor(
    username: str, site: ExamSite, *sessions: RoomSession, certified: bool = True, position: str = "lead"
) -> User:
    """A proctor of a site, rostered for `sessions`."""
    user = member(username, Role.PROCTOR, site=site)
    ProctorProfile.objects.create(
        user=user,
        site=site,
        status="certified" if certified else "pending",
        source="person" if certified else "",
    )
    RosterRow.objects.bulk_create(
        RosterRow(room_session=s, proctor=user, position=position) for s in sessions
    )
    return user


def _cast(w: World) -> SimpleNamespace:
    """Everybody by name, in a statement a table: the world is built for thousands of tests."""
    grants = {
        "hq": Membership(role=Role.HQ),
        "hq2": Membership(role=Role.HQ),
        "branch": Membership(role=Role.BRANCH, branch=w.branch, rights=["integrity"]),
        "branch_duty": Membership(role=Role.BRANCH, branch=w.branch, rights=["duty"]),
        "other_branch": Membership(role=Role.BRANCH, branch=w.other_branch, rights=["integrity", "duty"]),
        "site_admin": Membership(role=Role.SITE, site=w.site),
        "chief": Membership(role=Role.CHIEF, site=w.site),
        "centre_officer": Membership(role=Role.CENTRE, centre=w.centre),
        "support": Membership(role=Role.SUPPORT),
        "inspector": Membership(role=Role.INSPECTOR, site=w.site),
        "candidate": Membership(role=Role.CANDIDATE, candidate=w.sitting.candidate),
        "sibling_chief": Membership(role=Role.CHIEF, site=w.sibling),
        "sibling_admin": Membership(role=Role.SITE, site=w.sibling),
        "stranger": Membership(role=Role.CHIEF, site=w.foreign),
    }
    rosters = {
        "proctor": (w.site, "A1/301", "lead"),
        "second": (w.site, "A1/301", "second"),
        "next_room": (w.site, "A1/302", "lead"),
        "sibling_proctor": (w.sibling, "A2/101", "lead"),
        "foreign_proctor": (w.foreign, "B1/201", "lead"),
    }
    grants |= {name: Membership(role=Role.PROCTOR, site=row[0]) for name, row in rosters.items()}
    people = {name: User(username=name, name=name) for name in (*grants, "nobody")}
    User.objects.bulk_create(people.values())
    for name, grant in grants.items():
        grant.user = people[name]
    Membership.objects.bulk_create(grants.values())
    ProctorProfile.objects.bulk_create(
        ProctorProfile(user=people[name], site=site, status="certified", source="person")
        for name, (site, _, _) in rosters.items()
    )
    RosterRow.objects.bulk_create(
        RosterRow(room_session=w.rooms[room], proctor=people[name], position=position)
        for name, (_, room, position) in rosters.items()
    )
    return SimpleNamespace(**people)
