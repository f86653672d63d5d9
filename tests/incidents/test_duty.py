"""Who is on duty at a place, or why nobody is (A1, A2, D10)."""

from datetime import timedelta

import pytest

from exam_ops.core.models import ExamPlan, Membership, SiteUnit, User
from incidents.models import Shift
from incidents.services import duty
from tests.world import T


def who(world, at, level="site", site="A1"):
    return duty.on_duty(level, world.site_units[site], now=at.now)


def test_a_place_that_keeps_no_shifts_has_everybody_on_duty(world, cast, at):
    found = who(world, at)
    assert found == duty.OnDuty([cast.site_admin.pk, cast.chief.pk])


@pytest.mark.parametrize(
    ("when", "on"), [("T-3601s", False), ("T-3600s", True), ("T+3599s", True), ("T+3600s", False)]
)
def test_a_shift_runs_from_its_start_until_just_before_its_end(when, on, world, cast, at, shift):
    shift(cast.chief)
    at(when)
    assert who(world, at).users == ([cast.chief.pk] if on else [])


def test_only_who_is_on_shift_is_on_duty(world, cast, at, shift):
    shift(cast.chief)
    assert who(world, at) == duty.OnDuty([cast.chief.pk])


def test_in_a_gap_nobody_is_and_the_answer_says_why(world, cast, at, shift):
    shift(cast.chief, "T-2h", "T-1h")
    assert who(world, at) == duty.OnDuty([], duty.GAP)


def test_another_day_s_shifts_leave_this_day_to_everybody(world, cast, at, shift):
    shift(cast.chief, "T-2d", "T-1d")
    assert len(who(world, at).users) == 2


def test_a_shift_over_midnight_counts_for_both_days(world, cast, at, shift):
    shift(cast.chief, "T-12h", "T-8h")  # 20:30 the evening before, until 00:30
    assert who(world, at) == duty.OnDuty([], duty.GAP)


def test_an_inactive_account_on_shift_is_nobody(world, cast, at, shift):
    shift(cast.chief)
    User.objects.filter(pk=cast.chief.pk).update(is_active=False)
    assert who(world, at) == duty.OnDuty([], duty.SHIFT_WITHOUT_ACCOUNT)


def test_somebody_who_left_the_place_is_not_on_duty_there(world, cast, at, shift):
    shift(cast.chief), shift(cast.site_admin)
    Membership.objects.filter(user=cast.chief).delete()
    assert who(world, at) == duty.OnDuty([cast.site_admin.pk])


def test_a_place_without_any_account_has_nobody(world, at):
    Membership.objects.filter(site=world.foreign, role__in=["chief", "site_admin"]).delete()
    assert who(world, at, site="B1") == duty.OnDuty([], duty.NO_ACCOUNT)


def test_another_site_s_shifts_do_not_count(world, cast, at, shift):
    shift(cast.chief, "T-2h", "T-1h", site=world.sibling)
    assert len(who(world, at).users) == 2


def test_branch_and_headquarters_have_their_own(world, cast, at, shift):
    shift(cast.branch_duty, level="branch", branch=world.branch)
    shift(cast.hq2, level="hq", site=None)
    assert who(world, at, "branch").users == [cast.branch_duty.pk]
    assert who(world, at, "hq").users == [cast.hq2.pk]
    assert who(world, at, "branch", "B1").users == [cast.other_branch.pk]


def test_a_drill_reads_shifts_on_its_own_clock(drill_world, at):
    world, plan = drill_world, drill_world.plan
    chief = world.cast.chief
    Shift.objects.create(
        level="site", site=world.site, user=chief, starts_at=T, ends_at=T + timedelta(hours=1)
    )
    ExamPlan.objects.filter(pk=plan.pk).update(clock_offset=timedelta(hours=5))
    site_unit = SiteUnit.objects.select_related("unit__plan", "site").get(pk=world.site_unit.pk)
    at.now = T - timedelta(hours=5)
    assert duty.on_duty("site", site_unit, now=at.now).users == [chief.pk]


def test_a_branch_s_desk_is_not_headquarters(world, cast, at, shift):
    local = User.objects.create(username="local", name="local")
    Membership.objects.create(user=local, role="support", branch=world.branch)
    assert duty.on_support(world.branch, plan_now=at.now).users == [local.pk]
    assert duty.on_support(None, plan_now=at.now).users == [cast.support.pk]
    assert duty.on_support(world.other_branch, plan_now=at.now) == duty.OnDuty([], duty.NO_ACCOUNT)
