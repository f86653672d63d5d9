"""How what the office keeps follows a drill."""

from exam_ops.core import drill
from exam_ops.core.models import ExamPlan
from exam_ops.office.models import TicketCase


@drill.on_reset
def forget(plan: ExamPlan) -> None:
    """Ticket cases of a drill are deleted when it begins anew; its printings are events and go with them."""
    TicketCase.objects.filter(sitting__site_unit__unit__plan=plan).delete()
