"""The movable clock of a drill."""

from datetime import timedelta

import pytest

from exam_ops.core import drill
from exam_ops.core.models import DeadlineRecord, ExamPlan, SiteUnit, Sitting
from tests.conftest import moment


def test_a_jump_moves_every_instant(drill_world, at):
    before = drill_world.site_unit.evidence_closes_at
    drill.jump(drill_world.plan, to=moment("T-6m"), now=at.now, actor=None)
    assert SiteUnit.objects.get(pk=drill_world.site_unit.pk).evidence_closes_at == before - timedelta(
        minutes=14
    )
    assert ExamPlan.objects.get(pk=drill_world.plan.pk).plan_time(at.now) == moment("T-6m")


def test_back_is_refused_with_the_way_out(drill_world, at):
    with pytest.raises(drill.BackwardsInTime) as refused:
        drill.jump(drill_world.plan, to=moment("T-30m"), now=at.now, actor=None)
    assert "--reset" in refused.value.detail.zh


def test_a_real_plan_refuses_both(world, at):
    with pytest.raises(drill.NotADrill):
        drill.jump(world.plan, to=moment("T"), now=at.now, actor=None)
    with pytest.raises(drill.NotADrill):
        drill.reset(world.plan, to=moment("T"), now=at.now, actor=None)


def test_just_before_the_next_deadline(drill_world, at):
    plan = drill.jump_to_next(drill_world.plan, now=at.now, actor=None)
    assert plan.plan_time(at.now) == moment("T-5m") - drill.JUST_BEFORE


def test_what_a_jump_passes_is_fired(drill_world, at):
    at.fire()
    drill.jump(drill_world.plan, to=moment("T-4m"), now=at.now, actor=None)
    at.fire()
    row = DeadlineRecord.objects.get(deadline="escalation", site_unit=drill_world.site_unit)
    assert (row.outcome, row.lag_ms) == ("fired", 0)


def test_reset_begins_anew(drill_world, at):
    Sitting.objects.filter(pk=drill_world.sitting.pk).update(entry_status="signed_in")
    drill.jump(drill_world.plan, to=moment("T"), now=at.now, actor=None)
    plan = drill.reset(drill_world.plan, to=moment("T-30m"), now=at.now, actor=None)
    assert plan.plan_time(at.now) == moment("T-30m")
    assert Sitting.objects.get(pk=drill_world.sitting.pk).entry_status == "not_signed_in"
    assert SiteUnit.objects.get(pk=drill_world.site_unit.pk).next_due_at == at.now + timedelta(minutes=25)


def test_what_happened_before_a_jump_keeps_its_time(drill_world, at):
    happened, plan = at.now, drill_world.plan
    plan = drill.jump(plan, to=moment("T-6m"), now=at("T-19m"), actor=None)
    plan = drill.jump(plan, to=moment("T+40m"), now=at("T-18m"), actor=None)
    assert plan.plan_time(happened) == moment("T-20m")
    assert plan.plan_time(moment("T-19m")) == moment("T-6m")
    assert plan.plan_time(at.now) == moment("T+40m")


def test_what_is_laid_follows_every_jump(drill_world, at):
    plan = drill.jump(drill_world.plan, to=moment("E+1m"), now=at.now, actor=None)
    site_unit = SiteUnit.objects.get(pk=drill_world.site_unit.pk)
    assert plan.laid_time(site_unit.evidence_closes_at) == moment("E")
