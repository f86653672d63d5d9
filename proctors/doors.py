"""How rosters follow a drill."""

from exam_ops.core import drill
from exam_ops.core.models import ExamPlan, OutboxMessage
from proctors.services.pressing import KEY


@drill.on_reset
def forget(plan: ExamPlan) -> None:
    """The digests of a drill that begins anew may be sent again."""
    OutboxMessage.objects.filter(kind="inbox", key__startswith=KEY.format(plan=plan.pk)).delete()
