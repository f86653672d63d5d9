"""Climbing by itself: silence, latest times, nobody on duty, reports owed, lost messages; set-wise and once (A2)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core import clock, drill, outbox
from exam_ops.core.models import ExamPlan, ExamSite, Membership, SiteUnit
from exam_ops.rules.ladder import Level, stored
from incidents.models import Channel, Delivery, Entry, Incident, Notification, Shift
from incidents.services import acts, ladder, ladders, opening
from tests.conftest import moment
from tests.world import T


def fresh(incident: Incident) -> Incident:
    return Incident.objects.select_related("site_unit__unit__plan").get(pk=incident.pk)


def told(incident: Incident) -> dict[str, str]:
    return dict(incident.steps.order_by("pk").values_list("level", "why"))


@pytest.fixture(autouse=True)
def _quiet(world, at):
    """What the days before brought about is over."""
    at.fire(), outbox.drain(now=at.now, limit=1000)
    Incident.objects.all().delete()
    Notification.objects.all().delete()


def inbox(at, *users) -> list[str]:
    outbox.drain(now=at.now)
    rows = Notification.objects.filter(user__in=users).order_by("pk")
    return [f"{row.title['zh']} {row.body.get('zh', '')}" for row in rows]


@pytest.fixture
def no_shift(world):
    """`no_shift(site=…)` keeps a shift at the place that day, but none that runs in the morning."""

    def keep(**place):
        level = "site" if "site" in place else "branch"
        Shift.objects.create(
            level=level,
            user=world.cast.chief if level == "site" else world.cast.branch,
            starts_at=T + timedelta(hours=6),
            ends_at=T + timedelta(hours=8),
            **place,
        )

    return keep


def test_silence_climbs_to_the_top_and_tells_it_again(opened, world, at):
    incident = opened("NET")
    for moment_, level in (("T-1081s", "site"), ("T-18m", "branch"), ("T-961s", "branch"), ("T-16m", "hq")):
        at(moment_), at.fire()
        assert fresh(incident).level == level
    for minute in ("T-14m", "T-12m", "T-10m", "T-8m"):
        at(minute), at.fire()
    assert incident.steps.get(level="hq").again == 3
    assert fresh(incident).next_due_at is None
    assert len(inbox(at, world.cast.hq)) == 4


def test_grade_four_stays_at_the_site_which_is_told_once_more(opened, cast, at):
    incident = opened("CLI-02")
    at("T-18m"), at.fire()
    at("T-16m"), at.fire()
    at("T+5m"), at.fire()
    assert (fresh(incident).level, fresh(incident).status, fresh(incident).next_due_at) == (
        "site",
        "open",
        None,
    )
    assert len(inbox(at, cast.chief)) == 2
    assert inbox(at, cast.branch) == []


@pytest.mark.parametrize(
    ("type", "level", "latest"), [("NET", "branch", 600), ("grade2", "branch", 300), ("grade2", "hq", 900)]
)
def test_acknowledged_below_the_level_above_still_learns_of_it_in_time(opened, cast, at, type, level, latest):
    at("T-28m")
    incident = opened("NET")
    if type == "grade2":
        acts.regrade(incident, grade=2, reason="", actor=cast.chief, now=at.now)
    acts.acknowledge(incident, actor=cast.chief, now=at.now)
    opened_at = at.now
    at.now = opened_at + timedelta(seconds=latest - 1)
    at.fire()
    assert level not in told(incident)
    at.now = opened_at + timedelta(seconds=latest)
    at.fire(), at.fire()
    assert told(incident)[level] == "latest"
    row = fresh(incident)
    assert (row.level, row.status, row.acknowledged_by) == ("site", "acknowledged", cast.chief)
    people = {"branch": cast.branch, "hq": cast.hq}
    assert sum("通报" in line for line in inbox(at, people[level])) == 1


def test_grade_one_is_told_to_everybody_at_once_and_headquarters_must_answer(opened, cast, at):
    incident = opened("PLT")
    assert told(incident) == dict.fromkeys(("site", "branch", "hq"), "opened")
    assert incident.level == "hq"
    acts.acknowledge(incident, actor=cast.chief, now=at.now)
    assert fresh(incident).status == "open"
    at("T-19m"), at.fire()
    assert incident.steps.get(level="hq").again == 1
    acts.acknowledge(incident, actor=cast.hq, now=at.now)
    assert fresh(incident).acknowledged_by == cast.hq


def test_grade_one_is_asked_for_a_report_every_thirty_minutes(opened, cast, at):
    incident = opened("PLT")
    acts.acknowledge(incident, actor=cast.hq, now=at.now)
    at("T+599s"), at.fire()
    owed = Notification.objects.filter(event="incident.update_owed")
    outbox.drain(now=at.now)
    assert not owed.exists()
    at("T+10m"), at.fire(), at.fire(), outbox.drain(now=at.now)
    assert set(owed.values_list("user__username", flat=True)) == {"hq", "hq2"}
    at("T+12m"), acts.update(incident, note="逐省恢复", actor=cast.hq, now=at.now)
    at("T+41m"), at.fire(), outbox.drain(now=at.now)
    assert owed.count() == 2
    at("T+42m"), at.fire(), outbox.drain(now=at.now)
    assert owed.count() == 4


def test_a_site_with_nobody_on_duty_passes_on_at_once_and_says_why(opened, world, at, no_shift):
    no_shift(site=world.site)
    incident = opened("NET")
    assert fresh(incident).level == "branch"
    site = incident.steps.get(level="site")
    assert (site.result, site.users, site.nobody["zh"]) == ("nobody", [], "此刻没有排班")
    line = Entry.objects.get(incident=incident, kind="told", data__level="site")
    assert line.data["nobody"]["en"] == "no shift runs at this moment"
    assert "考点无人值守：此刻没有排班" in inbox(at, world.cast.branch)[0]
    assert inbox(at, world.cast.chief) == []


def test_a_single_candidate_where_nobody_is_on_duty_reaches_the_branch_too(opened, world, at, no_shift):
    no_shift(site=world.site)
    incident = opened("IDV-02", world.room, world.sittings["A1/301"][:1])
    at.fire()
    assert fresh(incident).level == "branch"
    assert "考点无人值守" in inbox(at, world.cast.branch)[0]


def test_without_anybody_up_to_the_top_it_stands_overdue_and_is_tried_again(opened, world, at):
    Membership.objects.all().delete()
    incident = opened("NET", actor=world.cast.site_admin)
    assert list(incident.steps.values_list("result", flat=True)) == ["nobody"] * 3
    member = Membership.objects.create(user=world.cast.hq, role="hq")
    at("T-18m"), at.fire()
    assert incident.steps.get(level="hq").users == [member.user_id]


def test_only_the_roles_of_the_rung_are_told(world, cast, opened, at):
    values = stored(ladders.current(world.plan))
    values["4"]["rungs"][0]["roles"] = ["chief"]
    ladders.save(world.plan, {"4": values["4"]}, reason="只通知主考", actor=cast.hq, now=at.now)
    world.site_unit.unit.plan.refresh_from_db()
    assert opened("CLI-02").steps.get().users == [cast.chief.pk]


def test_an_open_incident_keeps_the_ladder_it_opened_with(world, cast, opened, at):
    incident = opened("NET")
    values = stored(ladders.current(world.plan))
    values["3"]["rungs"][0]["acknowledge"] = 1000
    ladders.save(world.plan, values, reason="演练", actor=cast.hq, now=at.now)
    at("T-18m"), at.fire()
    assert fresh(incident).level == "branch"
    assert fresh(incident).policy_version == 0
    world.site_unit.unit.plan.refresh_from_db()
    later = opened("PWR")
    assert later.policy_version == 1
    assert later.next_due_at == at.now + timedelta(minutes=10)


def test_a_sweep_costs_the_same_for_five_incidents_and_for_fifty(world, at):
    costs = []
    for count in (5, 50):
        many_sites(world, count, f"N{count}-")
        at.now += timedelta(minutes=2)
        with CaptureQueriesContext(connection) as seen:
            at.fire()
        costs.append(len(seen))
        assert Incident.objects.filter(level="branch").count() == count
        Incident.objects.all().delete()
    assert costs[0] == costs[1] <= 40, costs


def many_sites(world, count: int, prefix: str) -> list[Incident]:
    """`count` sites of branch A, each with a crowd before its gate."""
    sites = ExamSite.objects.bulk_create(
        ExamSite(code=f"{prefix}{n}", name=f"考点{n}", branch=world.branch) for n in range(count)
    )
    base = world.site_unit
    rows = SiteUnit.objects.bulk_create(
        SiteUnit(
            site=site,
            unit=world.unit,
            **{
                f: getattr(base, f)
                for f in (
                    "start",
                    "end",
                    "starts_at",
                    "entry_opens_at",
                    "entry_closes_at",
                    "evidence_closes_at",
                    "ends_at",
                )
            },
        )
        for site in sites
    )
    Membership.objects.bulk_create(
        Membership(user=world.cast.chief, role="chief", site=site) for site in sites
    )
    return [
        opening.open_or_join(type="ORD", site_unit=row, room_session=None, actor=None, now=clock.now())
        for row in rows
    ]


def test_a_jump_of_the_drill_moves_latest_times_too(world, at):
    ExamPlan.objects.update(kind="drill")
    world.plan.refresh_from_db()
    drill.reset(world.plan, to=moment("T-20m"), now=at.now, actor=None)
    unit = SiteUnit.objects.select_related("unit__plan", "site").get(pk=world.site_unit.pk)
    incident = opening.open_or_join(
        type="NET", site_unit=unit, room_session=None, actor=world.cast.site_admin, now=at.now
    )
    at.now += timedelta(seconds=1)
    acts.acknowledge(incident, actor=world.cast.chief, now=at.now)
    drill.jump(world.plan, to=moment("T-10m") - timedelta(seconds=1), now=at.now, actor=None)
    at.fire()
    assert "branch" not in told(incident)
    at.now += timedelta(seconds=1)
    at.fire()
    assert told(incident)["branch"] == "latest"


def test_a_step_whose_every_sending_was_lost_passes_on(opened, world, at):
    Channel.objects.create(
        name="考点群",
        kind="webhook",
        level="site",
        site=world.site,
        address="https://example.org/x",
        changed_at=at.now,
    )
    incident = opened("NET")
    step = incident.steps.get()
    assert not ladder.undelivered(step, at.now)
    Delivery.objects.filter(step=step).update(status="given_up")
    assert ladder.undelivered(step, at.now)
    assert (fresh(incident).level, incident.steps.get(level="site").result) == ("branch", "undelivered")
    assert "未送达" in inbox(at, world.cast.branch)[0]
    assert ladder.undelivered(step, at.now)
    assert incident.entries.filter(kind="undelivered").count() == 1


def test_read_in_the_portal_it_has_arrived(opened, world, at):
    Channel.objects.create(
        name="考点群",
        kind="webhook",
        level="site",
        site=world.site,
        address="https://example.org/x",
        changed_at=at.now,
    )
    incident = opened("NET")
    outbox.drain(now=at.now)
    Notification.objects.filter(step__incident=incident, user=world.cast.chief).update(read_at=at.now)
    Delivery.objects.update(status="given_up")
    assert not ladder.undelivered(incident.steps.get(), at.now)
    assert fresh(incident).level == "site"


def test_messages_and_sendings_name_their_step(opened, world, at):
    Channel.objects.create(
        name="考点群",
        kind="webhook",
        level="site",
        site=world.site,
        address="https://example.org/x",
        changed_at=at.now,
    )
    step = opened("NET").steps.get()
    outbox.drain(now=at.now)
    assert set(step.notifications.values_list("user__username", flat=True)) == {"chief", "site_admin"}
    assert step.deliveries.get().channel_name == "考点群"
    assert sorted(step.users) == sorted([world.cast.chief.pk, world.cast.site_admin.pk])


@pytest.mark.parametrize(
    ("grade", "plan"),
    [
        (4, [("site", 0), ("site", 120)]),
        (3, [("site", 0), ("branch", 120), ("hq", 240), ("hq", 360), ("hq", 480), ("hq", 600)]),
        (1, [("site", 0), ("branch", 0), ("hq", 0), ("hq", 60), ("hq", 120), ("hq", 180)]),
    ],
)
def test_a_dry_run_shows_who_would_be_told_when_and_writes_nothing(world, at, grade, plan):
    found = ladder.rehearse(site_unit=world.site_unit, grade=grade, now=at.now)
    assert [(p.level, (p.at - at.now).total_seconds()) for p in found] == plan
    assert {u.username for u in found[0].users} == {"chief", "site_admin"}
    assert not Incident.objects.exists()
    assert not Entry.objects.exists()


def test_a_dry_run_shows_where_nobody_is_on_duty(world, at, no_shift):
    no_shift(site=world.site)
    site, branch = ladder.rehearse(site_unit=world.site_unit, grade=3, now=at.now)[:2]
    assert (site.users, site.why_nobody.zh) == ([], "此刻没有排班")
    assert (branch.level, branch.at, branch.because.zh) == (
        Level.BRANCH,
        at.now,
        "下级无人值守：此刻没有排班。",
    )


def test_a_dry_run_names_the_channels_that_hear_of_the_grade(world, at):
    for name, least in (("全部", 4), ("重大", 2)):
        Channel.objects.create(
            name=name,
            kind="email",
            level="site",
            site=world.site,
            address="x@example.org",
            least_grade=least,
            changed_at=at.now,
        )
    heard = {
        g: [c.name for c in ladder.rehearse(site_unit=world.site_unit, grade=g, now=at.now)[0].channels]
        for g in (2, 3)
    }
    assert heard == {2: ["全部", "重大"], 3: ["全部"]}
