"""工作台: the day of each role, its figures, its list, its drill-down; polled without drawing twice (E1)."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from exam_ops.core import events
from exam_ops.core.models import ExamPlan, RoomSession, SiteUnit, Sitting, TimeUnit
from incidents.models import EvidenceDuty
from incidents.services import opening
from tests import world as worlds
from tests.conftest import moment
from verification.models import EntryRequest


def home(browser, **query) -> str:
    answer = browser.get("/", query)
    assert answer.status_code == 200
    return answer.text


def ask_for_entry(world, at, room="A1/301", seat=0):
    sitting = world.sittings[room][seat]
    RoomSession.objects.filter(pk=sitting.room_session_id).update(pending=1)
    return EntryRequest.objects.create(
        id=uuid.uuid4(),
        sitting=sitting,
        site_unit=sitting.site_unit,
        room_session=sitting.room_session,
        requester=world.cast.proctor,
        documents_checked=True,
        reason="other",
        requested_at=at.now,
    )


def report(world, at, type="IDV-03", site="A1", **more):
    return opening.open_or_join(
        type=type, site_unit=world.site_units[site], room_session=None, actor=None, now=at.now, **more
    )


def test_the_clock_of_the_present_unit_stands_on_top(cast, page):
    text = home(page(cast.chief))
    assert "data-examclock" in text
    assert "距逐级上报 15:00" in text


def test_the_units_of_the_day_are_listed_with_their_next_deadline(cast, page):
    text = home(page(cast.chief))
    assert "第1单元" in text
    assert "?unit=U2" in text
    assert "逐级上报" in text


@pytest.mark.parametrize(
    ("moment", "words"),
    [("T-31m", "08:00</span> 开始入场"), ("T-5m", "08:30</span> 开考"), ("T", "08:45</span> 未到达转应急")],
)
def test_the_start_is_one_of_the_moments(moment, words, cast, page, at):
    at(moment)
    assert words in home(page(cast.chief))


def test_another_unit_may_be_chosen(cast, page):
    assert ">10:30–12:00<" in home(page(cast.chief), unit="U2").split("</h1>")[0]


def test_after_the_last_unit_the_day_still_shows(cast, page, at):
    at("E+5h")
    assert "第2单元" in home(page(cast.chief))


def test_a_site_sees_its_rooms(cast, page):
    text = home(page(cast.site_admin))
    assert "301考场" in text
    assert "城西考点" not in text


def test_a_branch_sees_its_sites_and_no_other(cast, page):
    text = home(page(cast.branch))
    assert "城东考点" in text
    assert "城西考点" in text
    assert "云岭考点" not in text


def test_headquarters_sees_the_branches(cast, page):
    text = home(page(cast.hq))
    assert "东海分部" in text
    assert "云岭分部" in text
    assert "城东考点" not in text


def test_the_place_in_trouble_comes_first(world, cast, page, at):
    report(world, at, site="B1")
    text = home(page(cast.hq))
    assert text.index("云岭分部") < text.index("东海分部")


def test_a_room_whose_proctors_are_unchecked_is_named_from_ten_minutes_before(world, cast, page, at):
    at("T-11m")
    assert "监考未核验" not in home(page(cast.chief))
    at("T-10m")
    assert "监考未核验" in home(page(cast.chief))
    assert "有问题的考场" in home(page(cast.branch))
    RoomSession.objects.update(proctors_checked=1)
    assert "监考未核验" not in home(page(cast.chief))


def test_figures_are_summed_over_the_scope(world, cast, page):
    RoomSession.objects.filter(pk=world.rooms["A1/301"].pk).update(signed_in=4)
    RoomSession.objects.filter(pk=world.rooms["A2/101"].pk).update(signed_in=2)
    assert figure(home(page(cast.branch)), "signed_in") == "6"
    assert figure(home(page(cast.chief)), "signed_in") == "4"


def figure(text: str, key: str) -> str:
    return text.split(f'id="count-{key}"')[1].split("<b>")[1].split("</b>")[0]


def test_the_chief_is_told_of_waiting_requests(world, cast, page, at):
    ask_for_entry(world, at)
    assert "入场申请待审批" in home(page(cast.chief))


def test_a_request_that_only_the_chief_decides_is_not_on_the_administrators_list(world, cast, page, at):
    ask_for_entry(world, at)
    assert "入场申请待审批" not in home(page(cast.site_admin))


def test_a_request_is_no_work_any_more_when_entry_is_closed(world, cast, page, at):
    ask_for_entry(world, at)
    at("T+30m")
    assert "入场申请待审批" not in home(page(cast.chief))


def test_the_administrator_is_told_of_short_rosters_ahead(cast, page, at):
    at("T-3d")
    assert "考场未配足已认证监考" in home(page(cast.site_admin))


def test_support_is_told_of_technical_incidents_alone(world, cast, page, at):
    report(world, at, type="IDV-06")
    assert "技术事件待应答" not in home(page(cast.support))
    report(world, at, type="IDV-03")
    assert "技术事件待应答" in home(page(cast.support))


def test_evidence_owed_is_told_until_it_closes(world, cast, page, at):
    EvidenceDuty.objects.create(room_session=world.room, sitting=world.sitting, cause="C3", opened_at=at.now)
    assert "应急材料待提交" in home(page(cast.site_admin))
    assert "应急材料待提交" in home(page(cast.proctor))
    assert "应急材料待提交" not in home(page(cast.next_room))
    at("E")
    assert "应急材料待提交" not in home(page(cast.site_admin))


def test_an_empty_list_says_so(cast, page):
    assert "没有待办" in home(page(cast.inspector))


def test_a_proctor_sees_the_own_rooms_alone(cast, page):
    text = home(page(cast.proctor))
    assert "301考场" in text
    assert "302考场" not in text
    assert "second" in text  # who stands beside


def test_a_candidate_sees_the_own_seat(world, cast, page):
    text = home(page(cast.candidate))
    assert world.sitting.ticket_no in text
    assert "01 号" in text
    assert "08:00 开始，09:00 停止" in text
    assert world.sittings["A1/301"][1].ticket_no not in text


@pytest.mark.parametrize(
    ("moment", "words"), [("T-31m", "距开始入场"), ("T-30m", "距开考"), ("T", "距停止入场")]
)
def test_a_candidate_is_told_the_next_that_matters(moment, words, cast, page, at):
    at(moment)
    assert words in home(page(cast.candidate))


def test_a_candidate_is_not_shown_the_staffs_deadlines(cast, page):
    assert "逐级上报" not in home(page(cast.candidate))


def test_the_tile_says_what_to_expect_while_entry_is_open(cast, page, at):
    assert "此刻通常" in home(page(cast.chief))
    at("T+30m")
    assert "此刻通常" not in home(page(cast.chief))


def test_a_candidate_without_a_room_is_told_so(world, cast, page):
    Sitting.objects.filter(pk=world.sitting.pk).update(room_session=None, seat_no="")
    assert "尚未编排" in home(page(cast.candidate))


def test_a_centre_sees_its_candidates(cast, page):
    text = home(page(cast.centre_officer))
    assert "本学习中心的考生" in text
    assert "城东考点" in text


def test_nobody_without_a_role_is_told_what_to_do(cast, page):
    assert "还没有与您有关的考试" in home(page(cast.nobody))


@pytest.fixture
def drill_beside(world, at):
    """A drill of the same site whose unit began before the real one's."""
    plan = ExamPlan.objects.create(
        code="D1", name="演练计划", kind="drill", starts_on=world.plan.starts_on, ends_on=world.plan.ends_on
    )
    start = moment("T-60m")
    unit = TimeUnit.objects.create(plan=plan, code="D", name="演练单元", start=start, end=moment("E"))
    worlds.schedule.create(
        [SiteUnit(site=world.site, unit=unit, start=unit.start, end=unit.end)], plan, now=moment("T-9d")
    )
    return plan


def test_what_runs_in_earnest_goes_before_a_drill(drill_beside, cast, page):
    text = home(page(cast.chief))
    assert "第1单元" in text.split("</h1>")[0]
    assert "?plan=D1" in text


def test_the_other_plan_may_be_chosen(drill_beside, cast, page):
    assert "演练单元" in home(page(cast.chief), plan="D1").split("</h1>")[0]


def test_a_drill_shows_its_bar_and_its_own_clock(drill_world, page):
    text = home(page(drill_world.cast.hq))
    assert "drillbar" in text
    assert reverse("drill-jump", args=["P1"]) in text


def poll(browser, etag=""):
    headers = {"HX-Request": "true"} | ({"If-None-Match": etag} if etag else {})
    return browser.get("/", headers=headers)


def test_a_poll_gets_the_fragment_alone(cast, page):
    answer = poll(page(cast.chief))
    assert "<html" not in answer.text
    assert 'id="home"' in answer.text
    assert answer["Vary"].count("HX-Request") == 1


@pytest.mark.parametrize("who", ["chief", "branch", "hq"])
def test_a_poll_is_answered_briefly_while_nothing_changed(who, world, cast, page, at):
    browser = page(getattr(cast, who))
    first = poll(browser)
    assert poll(browser, first["ETag"]).status_code == 304
    events.record("sign_in.passed", now=at.now, actor=None, site_unit=world.site_unit)
    assert poll(browser, first["ETag"]).status_code == 200


def test_a_poll_carries_the_clock_of_the_drill(drill_world, page, at):
    drill_world.plan.clock_offset = timedelta(hours=1)
    drill_world.plan.save()
    answer = poll(page(drill_world.cast.hq))
    assert answer["X-Clock-Now"] == (at.now + timedelta(hours=1)).isoformat()
    again = poll(page(drill_world.cast.hq), answer["ETag"])
    assert again.status_code == 304
    assert again["X-Clock-Now"] == answer["X-Clock-Now"]


@pytest.mark.parametrize(
    ("who", "queries"),
    [
        ("hq", 40),
        ("branch", 40),
        ("site_admin", 40),
        ("chief", 40),
        ("proctor", 30),
        ("candidate", 25),
        ("support", 40),
    ],
)
def test_a_page_costs_a_fixed_number_of_queries(
    who, queries, world, cast, page, at, django_assert_max_num_queries
):
    for n in range(6):
        site = worlds.ExamSite.objects.create(code=f"X{n}", name=f"X{n}", branch=world.branch)
        room = worlds.ExamRoom.objects.create(site=site, room_no="1")
        [site_unit] = worlds.schedule.create(
            [worlds.SiteUnit(site=site, unit=world.unit, start=world.unit.start, end=world.unit.end)],
            world.plan,
            now=moment("T-9d"),
        )
        RoomSession.objects.create(site_unit=site_unit, room=room)
    browser = page(getattr(cast, who))
    with django_assert_max_num_queries(queries):
        home(browser)


def test_a_quiet_poll_costs_two_looks(cast, page, django_assert_max_num_queries):
    browser = page(cast.chief)
    etag = poll(browser)["ETag"]
    with django_assert_max_num_queries(6):  # session, account, memberships, delegations, nearest unit, mark
        assert poll(browser, etag).status_code == 304
