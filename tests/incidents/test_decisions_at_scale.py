"""A decision for many sites costs as many statements as one for a few (A4)."""

import re
import uuid
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from client_support.models import ClientLogin, ClientSession
from exam_ops.core import schedule
from exam_ops.core.models import (
    Candidate,
    ExamRoom,
    ExamSite,
    RoomSession,
    RosterRow,
    SiteUnit,
    Sitting,
    User,
)
from exam_ops.rules.decisions import Kind, Wish
from incidents.models import Decision
from incidents.services import decisions
from incidents.services.decision_preview import Scope
from tests.conftest import moment
from verification.models import EntryRequest

TABLES = re.compile(r'^[A-Z]+|(?:FROM|INTO|UPDATE) "\w+"')
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Nation:
    """Many sites of one branch with a room, a proctor and two candidates each: one absent, one at a paper."""

    sites: list[ExamSite]


def build(world, count: int, prefix: str) -> Nation:
    def many(model, rows):
        return model.objects.bulk_create(rows, batch_size=500)

    sites = many(
        ExamSite, [ExamSite(code=f"{prefix}{n}", name=f"考点{n}", branch=world.branch) for n in range(count)]
    )
    rooms = many(ExamRoom, [ExamRoom(site=s, room_no="1", seats=30) for s in sites])
    site_units = schedule.create(
        [
            SiteUnit(
                site=s, unit=world.unit, start=world.unit.start, end=world.unit.end, paper_minutes=[60, 90]
            )
            for s in sites
        ],
        world.plan,
        now=moment("T-9d"),
    )
    sessions = many(
        RoomSession,
        [
            RoomSession(site_unit=su, room=r, registered=2, absent=1)
            for su, r in zip(site_units, rooms, strict=True)
        ],
    )
    proctors = many(User, [User(username=f"{prefix}p{n}", name=f"监考{n}") for n in range(count)])
    many(RosterRow, [RosterRow(room_session=s, proctor=p) for s, p in zip(sessions, proctors, strict=True)])
    people = many(
        Candidate,
        [Candidate(student_no=f"{prefix}{n}", name=f"考生{n}") for n in range(2 * count)],
    )
    sittings = many(
        Sitting,
        [
            Sitting(
                candidate=person,
                paper=world.papers[1],
                site_unit=sessions[n // 2].site_unit,
                room_session=sessions[n // 2],
                seat_no=str(n % 2),
                ticket_no=f"{prefix}{n}",
                entry_status="absent" if n % 2 else "signed_in",
            )
            for n, person in enumerate(people)
        ],
    )
    _requests([s for s in sittings if s.entry_status == "absent"][::2], proctors[0])
    _papers([s for s in sittings if s.entry_status == "signed_in"])
    return Nation(sites)


def _requests(sittings, requester) -> None:
    EntryRequest.objects.bulk_create(
        EntryRequest(
            id=uuid.uuid4(),
            sitting=s,
            room_session=s.room_session,
            site_unit=s.site_unit,
            requester=requester,
            reason="face_check_failed",
            documents_checked=True,
            status="expired",
            requested_at=moment("T"),
            decided_at=moment("T+30m"),
        )
        for s in sittings
    )


def _papers(sittings) -> None:
    logins = ClientLogin.objects.bulk_create(
        ClientLogin(
            id=uuid.uuid4(),
            sitting=s,
            machine_id="M",
            client_version="1.2.2-0",
            os="Windows 10",
            seen_ip="203.0.113.9",
            fingerprint="x",
            status="admitted",
            created_at=moment("T"),
        )
        for s in sittings
    )
    ClientSession.objects.bulk_create(
        ClientSession(
            id=uuid.uuid4(),
            sitting=login.sitting,
            login=login,
            machine_id="M",
            token_hash=login.pk.hex,
            export_key="k",
            opened_at=moment("T"),
            last_seen_at=moment("T"),
            submitted_at=moment("T+60m"),
            forced=True,
        )
        for login in logins
    )


def decide(world, nation: Nation, at) -> tuple[Decision, list[str]]:
    """Delays all its sites at T+62 min by 90 minutes; the tables that each of its statements touched."""
    scope = Scope(world.plan, [world.unit.pk], sites=[s.pk for s in nation.sites])
    with CaptureQueriesContext(connection) as spent:
        decision = decisions.propose(
            Wish(Kind.DELAY, minutes=90), scope, reason="平台故障", actor=world.cast.hq, now=at.now
        )
    return decision, [" ".join(re.findall(TABLES, q["sql"])) for q in spent]


def test_four_site_units_and_forty_take_the_same_statements(world, at):
    first, small, large = build(world, 1, "F"), build(world, 4, "S"), build(world, 40, "L")
    at("T+60m")
    at.fire()
    at("T+62m")
    decide(world, first, at)  # what is read once and kept
    _, few = decide(world, small, at)
    decision, many = decide(world, large, at)
    assert many == few
    assert decision.outcome["moved"] == 40
    counts = {row["label"]["zh"]: row["count"] for row in decision.outcome["reopened"]}
    assert counts == {"缺考改回未签到": 40, "过期的入场审批重新待审": 20, "强制交卷恢复作答": 40}
