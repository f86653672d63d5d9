"""The branch's digest: one message a branch at T−5, every ten minutes after, whatever the morning brings (A2, E4)."""

from datetime import timedelta

import pytest

from exam_ops.core import outbox, schedule
from exam_ops.core.models import Branch, ExamRoom, ExamSite, Membership, RoomSession, SiteUnit, User
from exam_ops.rules.ladder import DEFAULT_LADDERS, stored
from incidents.models import Channel, Delivery, DigestLine, EvidenceDuty, Incident, LadderStep, Notification
from incidents.services import acts
from incidents.services.digest import due_at
from tests.world import T


@pytest.fixture(autouse=True)
def _quiet(world, at):
    """What the days before brought about is over."""
    at.fire(), outbox.drain(now=at.now, limit=1000)
    Incident.objects.all().delete()
    Notification.objects.all().delete()


def digests(at, user) -> list[str]:
    outbox.drain(now=at.now)
    rows = Notification.objects.filter(user=user, event="branch.digest").order_by("pk")
    return [row.title["zh"] + row.body["zh"] for row in rows]


def singly(at, user) -> int:
    outbox.drain(now=at.now)
    return Notification.objects.filter(user=user, event__in=["incident.told", "incident.informed"]).count()


@pytest.mark.parametrize("type", ["IDV-03", "IDV-05"])
def test_a_blocked_room_is_one_line_at_t5_and_never_told_singly(opened, world, cast, at, type):
    incident = opened(type, world.room)
    for second in ("T-18m", "T-10m", "T-301s"):
        at(second), at.fire()
    assert digests(at, cast.branch) == []
    at("T-5m"), at.fire(), at.fire()
    found = digests(at, cast.branch)
    assert len(found) == 1
    assert all(said in found[0] for said in (incident.number, "301", "城东考点"))
    at("T+5m"), at.fire()
    assert len(digests(at, cast.branch)) == 1
    assert singly(at, cast.branch) == 0
    assert Incident.objects.get(pk=incident.pk).level == "site"


def test_rooms_of_one_branch_come_together_and_of_another_apart(opened, world, cast, at):
    for room in ("A1/301", "A1/302", "A2/101", "B1/201"):
        opened("IDV-05", world.rooms[room])
    at("T-5m"), at.fire()
    assert [line.count("扫描人脸后无反馈") for line in digests(at, cast.branch)] == [3]
    assert [line.count("扫描人脸后无反馈") for line in digests(at, cast.other_branch)] == [1]


def test_what_is_solved_before_is_not_told(opened, world, cast, at):
    acts.resolve(opened("IDV-05", world.room), cause="a", effect="b", actor=cast.chief, now=at.now)
    at("T-5m"), at.fire()
    assert digests(at, cast.branch) == []


def test_later_ones_wait_for_the_next_message_ten_minutes_at_most(opened, world, cast, at):
    at("T-4m")
    opened("IDV-05", world.room)
    assert DigestLine.objects.count() == 1
    at("T+2m")
    opened("IDV-05", world.rooms["A1/302"])
    at("T+359s"), at.fire()
    assert digests(at, cast.branch) == []
    at("T+6m"), at.fire()
    assert [line.count("扫描人脸后无反馈") for line in digests(at, cast.branch)] == [2]
    at("T+20m"), at.fire()
    assert len(digests(at, cast.branch)) == 1


@pytest.mark.parametrize(
    ("seconds", "due"),
    [(-1801, -1201), (-1800, -300), (-1799, -300), (-301, -300), (-300, 300), (-299, 301), (180, 780)],
)
def test_from_opening_of_entry_a_line_waits_for_t5(seconds, due):
    opens, escalation = T - timedelta(minutes=30), T - timedelta(minutes=5)
    assert due_at(opens, escalation, T + timedelta(seconds=seconds)) == T + timedelta(seconds=due)


def test_grade_four_is_never_told_to_the_branch(opened, cast, at):
    opened("CLI-02")
    for second in ("T-15m", "T-5m", "T", "T+20m"):
        at(second), at.fire()
    assert (digests(at, cast.branch), singly(at, cast.branch)) == ([], 0)


def test_a_room_that_grows_into_more_is_told_singly(opened, world, cast, at):
    incident = opened("IDV-03", world.room)
    acts.declare_major(incident, note="", actor=cast.site_admin, now=at.now)
    at("T-5m"), at.fire()
    assert digests(at, cast.branch) == []
    assert singly(at, cast.branch) == 1


def test_channels_of_the_branch_hear_the_digest_too(opened, world, at):
    Channel.objects.create(
        name="分部群",
        kind="webhook",
        level="branch",
        branch=world.branch,
        address="https://example.org/b",
        changed_at=at.now,
    )
    opened("IDV-05", world.room)
    at("T-5m"), at.fire()
    assert list(Delivery.objects.values_list("channel_name", "event")) == [("分部群", "branch.digest")]


def test_a_national_morning_is_one_message_a_branch(world, at):
    nation(world, at, branches=20, rooms=20)
    at("T-5m")
    swept = at.fire()
    assert swept.failed == 0
    assert DigestLine.objects.exclude(told_at=None).count() == 400
    while outbox.drain(now=at.now, limit=1000):
        pass
    told = Notification.objects.filter(event="branch.digest")
    assert (told.count(), Notification.objects.exclude(pk__in=told).count()) == (20, 0)
    assert set(told.values_list("title__zh", flat=True)) == {"2025秋-网考 应急摘要：20 项"}
    assert LadderStep.objects.filter(level="branch").count() == EvidenceDuty.objects.count() == 400
    at("T-299s"), at.fire(), outbox.drain(now=at.now)
    assert Notification.objects.count() == 20


def nation(world, at, *, branches: int, rooms: int) -> None:
    """Every branch has one officer and 25 sites of two rooms, each room blocked and reported (C7), its chief at work."""
    at_branches = Branch.objects.bulk_create(Branch(code=f"N{n}", name=f"分部{n}") for n in range(branches))
    officers = User.objects.bulk_create(
        User(username=f"officer{n}", name=f"officer{n}") for n in range(branches)
    )
    Membership.objects.bulk_create(
        Membership(user=user, role="branch_officer", branch=branch)
        for user, branch in zip(officers, at_branches, strict=True)
    )
    sites = ExamSite.objects.bulk_create(
        ExamSite(code=f"{b.code}-{n}", name=f"{b.name}考点{n}", branch=b)
        for b in at_branches
        for n in range(rooms // 2)
    )
    units = schedule.create(
        [SiteUnit(site=s, unit=world.unit, start=world.unit.start, end=world.unit.end) for s in sites],
        world.plan,
        now=at.now,
    )
    SiteUnit.objects.exclude(pk__in=[u.pk for u in units]).update(next_due_at=None)
    halls = ExamRoom.objects.bulk_create(
        ExamRoom(site=s, room_no=no, seats=30) for s in sites for no in ("101", "102")
    )
    unit_of = {u.site_id: u for u in units}
    sessions = RoomSession.objects.bulk_create(
        RoomSession(site_unit=unit_of[h.site_id], room=h) for h in halls
    )
    incidents = Incident.objects.bulk_create(
        Incident(
            number=f"N-{n}",
            type="IDV-05",
            grade=4,
            status="acknowledged",
            site_unit=session.site_unit,
            opened_at=at.now,
            ladder=stored(DEFAULT_LADDERS),
        )
        for n, session in enumerate(sessions)
    )
    LadderStep.objects.bulk_create(
        LadderStep(incident=i, level="site", told_at=at.now, acknowledge_by=at.now, result="told")
        for i in incidents
    )
    link = Incident.room_sessions.through
    link.objects.bulk_create(
        link(incident=i, roomsession=s) for i, s in zip(incidents, sessions, strict=True)
    )
