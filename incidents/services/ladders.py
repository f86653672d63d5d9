"""The ladder of a plan as headquarters sets it: checked, kept as a version of the plan's policy (A2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from exam_ops.core import events, policies
from exam_ops.core.errors import FieldError, Invalid
from exam_ops.core.models import ExamPlan, Membership, PolicyVersion, SiteUnit, User
from exam_ops.rules import ladder
from exam_ops.rules.ladder import Ladder, Level
from exam_ops.rules.ladder_check import faults
from exam_ops.rules.policy import gathered
from exam_ops.rules.text import Text

NO_PEOPLE = Text(
    "这个计划里没有人持有该层级所选的角色，通知将无人收到。请先添加人员，或改选角色。",
    "Nobody in this plan holds the roles chosen for this level, so nobody would be told. Add people, or choose "
    "other roles.",
)
NO_REASON = Text("请填写修改原因。", "Give the reason for the change.")
NOTHING = Text("请至少填写一个级别的阶梯。", "Give the ladder of at least one grade.")


class LadderDoesNotHold(Invalid):
    code = "ladder_does_not_hold"
    title = Text("上报阶梯有误", "The ladder does not hold")
    sentence = Text(
        "上报阶梯未保存。请按提示修改后重新提交。",
        "The ladder was not saved. Correct the places named and send it again.",
    )


def current(plan: ExamPlan) -> dict[int, Ladder]:
    """The ladder of each grade in force for new incidents of the plan."""
    return dict(policies.of(plan).ladder)


@transaction.atomic
def save(
    plan: ExamPlan, rungs: Mapping[Any, Any], *, reason: str, actor: User, now: datetime
) -> PolicyVersion:
    """Keeps ladders as the plan's next policy version; other values of the policy and other grades stay.

    `rungs` are the ladders of some or all grades as `rules.ladder.stored` writes them. Incidents that are open
    keep the ladder they opened with. Raises `LadderDoesNotHold` with every fault: no rungs, a rung without roles
    or with nobody in the plan who holds them, times that do not increase, unknown levels or roles.
    """
    plan = ExamPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    found = [FieldError(f.field, f.code, f.detail) for f in faults(rungs)]
    if not reason.strip():
        found.append(FieldError("reason", "required", NO_REASON))
    if not rungs:
        found.append(FieldError("rungs", "no_rungs", NOTHING))
    if not found:
        found = _without_people(ladder.read(_by_text(rungs)), {int(grade) for grade in rungs}, plan)
    if found:
        raise LadderDoesNotHold(errors=found)
    return _keep(plan, ladder.read(_by_text(rungs), current(plan)), reason, actor, now)


def _by_text(rungs: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(grade): value for grade, value in rungs.items()}


def _keep(
    plan: ExamPlan, ladders: Mapping[int, Ladder], reason: str, actor: User, now: datetime
) -> PolicyVersion:
    before = plan.policies.filter(version=plan.policy_version).first()
    values = gathered(before.values) if before else {}
    last = plan.policies.aggregate(last=Max("version"))["last"] or 0
    version = PolicyVersion.objects.create(
        plan=plan,
        version=last + 1,
        values=values | {"ladder": ladder.stored(ladders)},
        changed_by=actor,
        changed_at=now,
        reason=reason[:200],
    )
    ExamPlan.objects.filter(pk=plan.pk).update(policy_version=version.version)
    events.record(
        "ladder.changed", now=now, actor=actor, plan=plan, version=version.version, reason=reason[:200]
    )
    return version


def _without_people(ladders: Mapping[int, Ladder], grades: set[int], plan: ExamPlan) -> list[FieldError]:
    """Rungs that nobody in the plan's sites, branches or headquarters would answer for."""
    held = _held(plan)
    return [
        FieldError(f"{grade}.rungs.{place}.roles", "no_people", NO_PEOPLE)
        for grade in sorted(grades)
        for place, rung in enumerate(ladders[grade].rungs)
        if not held[rung.level] & set(rung.roles)
    ]


def _held(plan: ExamPlan) -> dict[Level, set[str]]:
    """The roles that active accounts hold at each level of the plan."""
    own = SiteUnit.objects.filter(unit__plan=plan)
    rows = Membership.objects.filter(user__is_active=True)
    at = {
        Level.SITE: rows.filter(site__in=own.values("site")),
        Level.BRANCH: rows.filter(site=None, branch__in=own.values("site__branch")),
        Level.HQ: rows.filter(site=None, branch=None),
    }
    return {level: set(found.values_list("role", flat=True).distinct()) for level, found in at.items()}
