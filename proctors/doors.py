"""How proctor changes are reached from their place, and how they follow a drill."""

from exam_ops.core import drill, write_once
from exam_ops.core.access import Path, register
from exam_ops.core.models import ExamPlan
from proctors.models import CertificateCheck, NumberReveal, ProctorChange, Recusal, RosterPress
from proctors.services import placing

register(ProctorChange, Path(site="site_unit__site"))
register(Recusal, Path(site="site"))

write_once.keep(CertificateCheck)
write_once.keep(NumberReveal)

drill.shifts(ProctorChange, "site_unit__unit__plan", "window_until")
drill.shifts(RosterPress, "plan", "pressed_at")


@drill.after_reset
def forget(plan: ExamPlan) -> None:
    """A drill's changes are its results: rosters stand again as they stood before them."""
    placing.undo_all(plan)
    ProctorChange.objects.filter(site_unit__unit__plan=plan).delete()
    RosterPress.objects.filter(plan=plan).delete()
