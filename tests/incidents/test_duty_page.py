"""The duty roster's page: each post keeps its own, gaps stand in red, the last shift of a running unit warns (D10)."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse

from exam_ops.core.models import Event, ExamPlan, SiteUnit
from incidents.models import Shift
from incidents.services import shifts
from incidents.services.posts import Post
from tests.conftest import moment


def sent(user, starts="2025-12-06T08:00", ends="2025-12-06T12:00", post="site:A1", **more):
    return {"post": post, "user": user.pk, "starts_at": starts, "ends_at": ends} | more


def roster(browser, post="site:A1", **query) -> str:
    return browser.get(reverse("duty-roster"), {"post": post, **query}).text


def add(browser, *args, **kwargs):
    return browser.post(reverse("duty-shift-add"), sent(*args, **kwargs))


def test_a_site_puts_its_people_on_duty(world, cast, page):
    browser = page(cast.site_admin)
    assert add(browser, cast.chief).status_code == 302
    row = Shift.objects.get()
    assert (row.level, row.site, row.user, row.starts_at) == ("site", world.site, cast.chief, moment("T-30m"))
    assert "08:00–12:00" in roster(browser)
    assert Event.objects.get(kind="shift.added").actor == cast.site_admin


def test_shifts_may_overlap(cast, page):
    browser = page(cast.site_admin)
    add(browser, cast.chief), add(browser, cast.site_admin)
    assert Shift.objects.count() == 2


@pytest.mark.parametrize("ends", ["2025-12-06T08:00", "2025-12-06T07:59"])
def test_a_shift_that_ends_before_it_starts_is_refused_beside_the_field(ends, cast, page):
    answer = add(page(cast.site_admin), cast.chief, ends=ends)
    assert answer.status_code == 422
    assert "结束时间须晚于开始时间" in answer.text
    assert ends in answer.text  # what was typed stays
    assert not Shift.objects.exists()


def test_a_person_without_a_role_there_is_refused(cast, page):
    answer = add(page(cast.site_admin), cast.sibling_chief)
    assert answer.status_code == 422
    assert "此人在该岗位没有可用的角色" in answer.text


def test_the_service_refuses_them_too(world, cast, at):
    post = Post("site", site=world.site)
    times = {"starts_at": moment("T"), "ends_at": moment("E")}
    with pytest.raises(shifts.NoRoleThere):
        shifts.add(post, user=cast.hq, **times, actor=cast.site_admin, now=at.now)


@pytest.mark.parametrize(
    ("who", "post", "keeps"),
    [
        ("site_admin", "site:A1", True),
        ("branch", "site:A1", False),
        ("branch", "branch:A", True),
        ("branch", "support:A", True),
        ("hq", "branch:A", False),
        ("hq", "hq", True),
        ("hq", "support", True),
        ("hq", "support:A", True),
        ("chief", "site:A1", False),
        ("support", "support", False),
    ],
)
def test_each_post_is_kept_by_its_own(who, post, keeps, cast, page):
    assert ('id="add"' in roster(page(getattr(cast, who)), post)) is keeps


@pytest.mark.parametrize("post", ["site:A2", "site:B1", "hq", "support", "branch:B", "nonsense", "site:"])
def test_what_is_out_of_sight_is_not_found(post, cast, page):
    assert page(cast.site_admin).get(reverse("duty-roster"), {"post": post}).status_code == 404


def test_a_person_s_own_post_opens_by_itself(cast, page):
    assert "城东考点" in page(cast.site_admin).get(reverse("duty-roster")).text
    assert "东海分部" in page(cast.branch).get(reverse("duty-roster")).text


def test_headquarters_reaches_the_sites_of_a_chosen_branch(cast, page):
    text = roster(page(cast.hq), "branch:A")
    assert "site:A1" in text
    assert "site:B1" not in text


def test_a_shift_is_changed(cast, page, shift):
    row = shift(cast.chief)
    url = reverse("duty-shift", args=[row.pk])
    page(cast.site_admin).post(url, sent(cast.site_admin, ends="2025-12-06T20:00"))
    row.refresh_from_db()
    assert (row.user, row.ends_at) == (cast.site_admin, moment("T+690m"))


def test_a_refused_change_keeps_what_was_typed(cast, page, shift):
    row = shift(cast.chief)
    url = reverse("duty-shift", args=[row.pk])
    answer = page(cast.site_admin).post(url, sent(cast.chief, ends="2025-12-05T20:00"))
    assert answer.status_code == 422
    assert "2025-12-05T20:00" in answer.text


def delete(browser, row, **more):
    return browser.post(reverse("duty-shift-delete", args=[row.pk]), more)


def test_a_shift_is_deleted(cast, page, shift):
    assert delete(page(cast.site_admin), shift(cast.chief, "T+1d", "T+2d")).status_code == 302
    assert not Shift.objects.exists()


@pytest.mark.parametrize(
    ("when", "warned"), [("T-1801s", False), ("T-1800s", True), ("E-1s", True), ("E", False)]
)
def test_the_last_shift_of_a_running_unit_warns_first(when, warned, world, cast, page, at, shift):
    world.later_unit.delete()
    row = shift(cast.chief, "T-2h", "T+100m")
    at(when)
    answer = delete(page(cast.site_admin), row)
    assert (answer.status_code == 409) is warned
    assert Shift.objects.exists() is warned
    if warned:
        assert "第1单元 正在进行" in answer.text
        delete(page(cast.site_admin), row, confirmed=1)
        assert not Shift.objects.exists()


def test_the_warning_says_what_follows(world, cast, at, shift):
    row = shift(cast.chief)
    post = Post("site", site=world.site)
    assert "全体人员" in str(shifts.warning_of(row, post, now=at.now).detail)
    shift(cast.site_admin, "T+2h", "T+3h")
    assert "无人值班" in str(shifts.warning_of(row, post, now=at.now).detail)


def test_another_who_is_on_shift_spares_the_warning(cast, page, shift):
    row = shift(cast.chief)
    shift(cast.site_admin)
    assert delete(page(cast.site_admin), row).status_code == 302


def copy(browser, week):
    return browser.post(reverse("duty-copy"), {"post": "site:A1", "week": week}, follow=True)


def test_last_week_is_copied_once(cast, page, shift):
    shift(cast.chief, "T-7d", "T-6d")
    browser = page(cast.site_admin)
    copy(browser, "2025-12-06"), copy(browser, "2025-12-01")
    assert Shift.objects.filter(starts_at=moment("T"), ends_at=moment("T+1d")).count() == 1
    assert Shift.objects.count() == 2


def test_whoever_left_is_not_copied_and_named(cast, page, shift):
    shift(cast.sibling_chief, "T-7d", "T-6d")
    assert "sibling_chief" in copy(page(cast.site_admin), "2025-12-06").text
    assert Shift.objects.count() == 1


def test_gaps_during_units_are_named_with_the_unit(cast, page, at, shift):
    at("T-1d")
    shift(cast.chief, "T-1h", "T+30m")
    text = roster(page(cast.site_admin))
    assert "12-06 09:00–10:00" in text  # from the end of the shift to the end of the first unit
    assert "第1单元 期间无人值班" in text
    assert "12-06 10:00–12:00" in text  # the second unit, from its opening


def test_a_day_without_any_shift_has_no_gap(cast, page):
    assert "期间无人值班" not in roster(page(cast.site_admin))


def test_a_post_without_accounts_is_one_gap(world, cast, page):
    assert "期间无人值班" in roster(page(cast.hq), "support:B")


def test_who_is_on_duty_now_or_why_nobody(cast, page, at, shift):
    browser = page(cast.site_admin)
    assert "今天没有排班" in roster(browser)
    shift(cast.chief, "T-1h", "T")
    assert "今天没有排班" not in roster(browser)
    at("T")
    assert "此刻没有排班" in roster(browser)


def test_a_drill_s_roster_is_read_on_its_clock(drill_world, page, at):
    plan = drill_world.plan
    ExamPlan.objects.filter(pk=plan.pk).update(clock_offset=timedelta(days=30))
    SiteUnit.objects.all().update(ends_at=F("ends_at") - timedelta(days=30))
    at.now = moment("T-10m") - timedelta(days=30)
    Shift.objects.create(
        level="site", site=drill_world.site, user=drill_world.cast.chief,
        starts_at=moment("T-1h"), ends_at=moment("T+1h"),
    )  # fmt: skip
    text = roster(page(drill_world.cast.site_admin))
    assert "当班" in text
    assert "2025-12-01 – 12-07" in text
