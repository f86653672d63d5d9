"""The policy in force for a plan."""

from exam_ops.core.models import ExamPlan, PolicyVersion
from exam_ops.rules.policy import DEFAULT, Policy


def of(plan: ExamPlan) -> Policy:
    """The numbers of `plan`: the contingency plan's own, with headquarters' changes laid over them."""
    if not plan.policy_version:
        return DEFAULT
    return PolicyVersion.objects.get(plan=plan, version=plan.policy_version).as_policy()
