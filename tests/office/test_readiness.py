"""考前准备: red and green of proctors, sites and branches before the mock exam; the list; reminders (B4, B6, B8)."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from client_support.models import MachineReport, PublicAddress
from exam_ops.core import outbox
from exam_ops.core.access import actor_for
from exam_ops.core.models import Device, ProctorProfile, RosterRow, User
from exam_ops.office.models import ReadinessTick
from exam_ops.office.selectors import readiness
from exam_ops.office.selectors.readiness_sheets import Asked, sheet_of
from exam_ops.rules.readiness import Lack, Light
from incidents.models import Notification
from tests import world as worlds
from tests.conftest import moment

PAGE = "/readiness/"


@pytest.fixture
def mock(db, at):
    """The small world as a mock exam, ten days before."""
    at.now = moment("T-10d")
    return worlds.build(kind="mock", now=at.now)


def signs_in(user, at, **phone):
    """A phone of `user` that signed in now."""
    facts = {"platform": "android", "app_version": "4.0.0", "os_version": "13", "form_factor": "phone"}
    Device.objects.create(user=user, **{"device_id": user.username, "seen_at": at.now} | facts | phone)


def lacks(world, user):
    dates = readiness.dates_of(world.plan)
    found = readiness.standings(world.plan, dates, site=world.site.pk)
    return next(row for row in found if row.user == user.pk).lacks


def test_a_certified_proctor_with_a_phone_of_today_is_ready(mock, at):
    signs_in(mock.cast.proctor, at)
    assert lacks(mock, mock.cast.proctor) == ()


@pytest.mark.parametrize(
    ("phone", "lack"),
    [
        ({"app_version": "3.9.9"}, Lack.APP_TOO_OLD),
        ({"os_version": "7.1"}, Lack.PHONE_UNFIT),
        ({"form_factor": "tablet"}, Lack.PHONE_UNFIT),
    ],
)
def test_what_is_wrong_with_the_last_phone_is_named(mock, at, phone, lack):
    signs_in(mock.cast.proctor, at, **phone)
    assert lacks(mock, mock.cast.proctor) == (lack,)


def test_of_several_phones_the_last_one_counts(mock, at):
    proctor = mock.cast.proctor
    signs_in(proctor, at)
    Device.objects.create(
        user=proctor,
        device_id="older",
        platform="android",
        app_version="3.0",
        seen_at=at.now - timedelta(days=1),
    )
    assert lacks(mock, proctor) == ()


def test_nobody_without_a_phone_or_a_certificate_is_ready(mock):
    ProctorProfile.objects.filter(user=mock.cast.proctor).update(status="pending")
    assert lacks(mock, mock.cast.proctor) == (Lack.NOT_CERTIFIED, Lack.NO_PHONE)


def test_a_sign_in_of_long_ago_is_not_recent(mock, at):
    at.now = moment("T-15d")
    signs_in(mock.cast.proctor, at)
    assert lacks(mock, mock.cast.proctor) == (Lack.NOT_RECENT,)


def test_each_level_leads_to_the_one_below(mock, page):
    nation = page(mock.cast.hq).get(PAGE).text
    assert "东海分部" in nation
    assert "云岭分部" in nation
    branch = page(mock.cast.hq).get(PAGE, {"plan": "P1", "branch": "A"}).text
    assert "城东考点" in branch
    assert "云岭考点" not in branch
    site = page(mock.cast.hq).get(PAGE, {"plan": "P1", "site": "A1"}).text
    assert "next_room" in site
    assert "sibling_proctor" not in site


def test_a_site_sees_its_own_people_and_no_other_place(mock, page):
    browser = page(mock.cast.site_admin)
    assert "手机未检查" in browser.get(PAGE).text
    assert browser.get(PAGE, {"plan": "P1", "site": "A2"}).status_code == 404
    assert browser.get(PAGE, {"plan": "P1", "branch": "B"}).status_code == 404


def test_counts_are_filters_and_search_narrows(mock, page, at):
    signs_in(mock.cast.proctor, at)
    browser = page(mock.cast.site_admin)
    red = browser.get(PAGE, {"light": "red"}).text
    assert ">second</span>" in red
    assert ">next_room</span>" in red
    assert 'fw-normal">proctor<' not in red
    assert 'fw-normal">second<' not in browser.get(PAGE, {"q": "next"}).text
    assert "没有符合条件的" in browser.get(PAGE, {"q": "nobody of that name"}).text


def test_a_site_without_an_address_is_red_and_machines_only_warn(mock, page, at):
    report = {"os": "Windows 7", "client_version": "1.2.1-0", "problems": ["memory_too_small"]}
    MachineReport.objects.create(
        id="0d5b8c5e-3f7a-4b52-9f0e-2c1d3e4f5a6b",
        site=mock.site,
        machine_id="PC-1",
        seen_ip="203.0.113.9",
        at=at.now,
        **report,
    )
    text = page(mock.cast.site_admin).get(PAGE).text
    assert "已登记 0 个" in text
    assert "1 / 1 台客户端过旧" in text
    assert "内存不足" in text
    PublicAddress.objects.create(site=mock.site, network="203.0.113.0/28", registered_at=at.now)
    assert "已登记 1 个" in page(mock.cast.site_admin).get(PAGE).text


def test_the_lines_width_is_measured_against_the_seats_in_use(mock, page):
    type(mock.site).objects.filter(pk=mock.site.pk).update(uplink_mbps=1, downlink_mbps=500)
    assert "12 个机位须上行" in page(mock.cast.site_admin).get(PAGE).text


def test_a_point_is_ticked_by_name_and_taken_back(mock, page):
    browser, point = page(mock.cast.site_admin), {"plan": "P1", "site": "A1", "item": "stands"}
    browser.post(f"{PAGE}ticks/", point | {"done": "1"})
    browser.post(f"{PAGE}ticks/", point | {"done": "1"})
    assert ReadinessTick.objects.get().by == mock.cast.site_admin
    assert "取消确认" in browser.get(PAGE).text
    browser.post(f"{PAGE}ticks/", point | {"done": "0"})
    assert ReadinessTick.objects.get().undone_by == mock.cast.site_admin


def test_what_facts_decide_nobody_ticks(mock, page):
    page(mock.cast.site_admin).post(
        f"{PAGE}ticks/", {"plan": "P1", "site": "A1", "item": "certified", "done": "1"}
    )
    assert not ReadinessTick.objects.exists()


@pytest.mark.parametrize(
    ("query", "first"), [({}, "东海分部"), ({"branch": "A"}, "城东考点"), ({"site": "A1"}, "second")]
)
def test_every_level_goes_out_as_a_workbook(mock, page, at, query, first):
    signs_in(mock.cast.proctor, at)
    signs_in(mock.cast.next_room, at)
    answer = page(mock.cast.hq).get(f"{PAGE}list.xlsx", {"plan": "P1"} | query)
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[1][0] == first


def told(user, at, event="readiness.site"):
    outbox.drain(now=at.now)
    return Notification.objects.filter(user=user, event=event).order_by("pk")


def test_seven_days_before_site_branch_and_proctors_hear_what_is_lacking(mock, at):
    signs_in(mock.cast.proctor, at)
    at("T-7d")
    at.fire()
    assert "second：手机未检查" in told(mock.cast.site_admin, at).get().body["zh"]
    assert "城东考点：2 人" in told(mock.cast.branch, at).get().body["zh"]
    assert "安装最新版并登录一次" in told(mock.cast.second, at, "readiness.own").get().body["zh"]
    assert not told(mock.cast.proctor, at, "readiness.own").exists()


def test_the_engine_reminds_three_times_and_of_the_first_unit_alone(mock, at):
    for when in ("T-7d", "T-3d", "T-24h", "T-22h"):
        at(when)
        at.fire()
    assert told(mock.cast.site_admin, at).count() == 3


def test_a_real_exam_sends_no_such_reminder(world, at):
    at("T-7d")
    at.fire()
    assert not told(world.cast.site_admin, at).exists()


def test_a_site_that_is_ready_hears_nothing(mock, at):
    at("T-8d")
    for name in ("proctor", "second", "next_room"):
        signs_in(getattr(mock.cast, name), at)
    at("T-7d")
    at.fire()
    assert not told(mock.cast.site_admin, at).exists()


@pytest.mark.parametrize(("minutes", "times"), [(59, 1), (60, 2)])
def test_by_hand_a_site_is_reminded_once_an_hour(mock, page, at, minutes, times):
    browser = page(mock.cast.branch)
    for _ in range(2):
        answer = browser.post(f"{PAGE}reminders/", {"plan": "P1", "site": "A1"}, follow=True)
        at.now += timedelta(minutes=minutes)
    assert ("一小时" in answer.text or "每小时至多一次" in answer.text) is (times == 1)
    assert told(mock.cast.site_admin, at).count() == times


def test_once_the_first_unit_has_begun_nobody_is_reminded(mock, page, at):
    at("T")
    answer = page(mock.cast.branch).post(f"{PAGE}reminders/", {"plan": "P1", "site": "A1"}, follow=True)
    assert "首个单元已开考" in answer.text


def test_a_nation_costs_as_many_statements_as_a_site(mock, at, django_assert_max_num_queries):
    for n in range(20):
        worlds.proctor(f"more{n}", mock.site, certified=n % 2 == 0)
    both = User.objects.get(username="more0")
    signs_in(both, at)
    signs_in(both, at, device_id="new", form_factor="tablet", seen_at=at.now + timedelta(seconds=1))
    actor = actor_for(mock.cast.hq, now=at.now)
    scope = readiness.sites_of(actor, mock.plan)
    sites = list(scope.select_related("branch"))
    dates = readiness.dates_of(mock.plan)
    asked = Asked(mock.plan, dates, scope, sites, "branch", None, None, "", "", "")
    with django_assert_max_num_queries(4):
        sheet = sheet_of(asked, now=at.now)
    assert sheet.figures.lights[Light.YELLOW] == 20
    assert sheet.figures.lacks[Lack.PHONE_UNFIT] == 1, (
        "of two phones the one that signed in last counts, once"
    )
    with django_assert_max_num_queries(14):
        sheet_of(Asked(mock.plan, dates, scope, sites, "site", None, None, "", "", ""), now=at.now)
    assert User.objects.count() > 20
    assert RosterRow.objects.exists()


def test_without_a_plan_the_page_says_what_to_do(db, page):
    assert "还没有考试计划" in page(worlds.member("hq", "hq")).get(PAGE).text
