"""Headquarters edits the ladder of a plan: a version with its reason, or every fault with its place."""

import pytest

from exam_ops.core import policies
from exam_ops.core.models import ExamPlan, Membership, PolicyVersion
from exam_ops.rules.ladder import stored
from incidents.services import ladders


@pytest.fixture
def save(world, cast, at):
    def saved(values, reason="省校要求"):
        return ladders.save(world.plan, values, reason=reason, actor=cast.hq, now=at.now)

    return saved


def values(world) -> dict:
    return stored(ladders.current(world.plan))


def plan(world) -> ExamPlan:
    return ExamPlan.objects.get(pk=world.plan.pk)


def test_it_becomes_the_next_version_and_other_values_stay(save, world, cast, at):
    PolicyVersion.objects.create(
        plan=world.plan,
        version=1,
        values={"mass_people": 30, "acknowledge_4": 90},
        changed_by=cast.hq,
        changed_at=at.now,
        reason="x",
    )
    ExamPlan.objects.update(policy_version=1)
    changed = stored(ladders.current(plan(world)))["3"]
    changed["rungs"][1]["within"] = 480
    version = save({"3": changed})
    assert (version.version, version.reason, version.changed_by) == (2, "省校要求", cast.hq)
    policy = policies.of(plan(world))
    assert policy.mass_people == 30
    assert policy.ladder[3].rung("branch").within.total_seconds() == 480
    assert policy.ladder[4].rung("site").acknowledge.total_seconds() == 90


@pytest.mark.parametrize(
    ("break_it", "field", "code"),
    [
        (lambda v: v["4"].update(rungs=[]), "4.rungs", "no_rungs"),
        (lambda v: v["4"]["rungs"][0].update(roles=[]), "4.rungs.0.roles", "no_roles"),
        (lambda v: v["4"]["rungs"][0].update(roles=["nonsense"]), "4.rungs.0.roles", "unknown_role"),
        (lambda v: v["2"]["rungs"][2].update(within=60), "2.rungs.2.within", "not_increasing"),
        (lambda v: v["2"]["rungs"].pop(), "2.rungs", "too_short"),
    ],
)
def test_what_does_not_hold_is_refused_with_its_place_and_nothing_is_kept(save, world, break_it, field, code):
    wrong = values(world)
    break_it(wrong)
    with pytest.raises(ladders.LadderDoesNotHold) as refused:
        save(wrong)
    assert [(e.field, e.code) for e in refused.value.errors] == [(field, code)]
    assert not PolicyVersion.objects.exists()
    assert plan(world).policy_version == 0


def test_a_ladder_with_no_people_in_it_is_refused(save, world):
    Membership.objects.filter(role="hq").delete()
    with pytest.raises(ladders.LadderDoesNotHold) as refused:
        save(values(world))
    assert [(e.field, e.code) for e in refused.value.errors] == [
        ("1.rungs.2.roles", "no_people"),
        ("2.rungs.2.roles", "no_people"),
        ("3.rungs.2.roles", "no_people"),
    ]


def test_people_of_another_plan_or_without_an_account_do_not_count(save, world, cast):
    for name in ("branch", "branch_duty", "other_branch"):
        getattr(cast, name).is_active = False
        getattr(cast, name).save()
    with pytest.raises(ladders.LadderDoesNotHold) as refused:
        save({"3": values(world)["3"]})
    assert [e.field for e in refused.value.errors] == ["3.rungs.1.roles"]


@pytest.mark.parametrize(("given", "reason", "field"), [({}, "x", "rungs"), (None, " ", "reason")])
def test_a_reason_and_something_to_save_are_needed(save, world, given, reason, field):
    with pytest.raises(ladders.LadderDoesNotHold) as refused:
        save(values(world) if given is None else given, reason)
    assert field in [e.field for e in refused.value.errors]
