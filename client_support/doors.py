"""How the models of the exam client are reached from their place (see `exam_ops.core.access`)."""

from client_support.models import (
    Answer,
    ClientLogin,
    ClientSession,
    MachineReport,
    OfflinePackage,
    PublicAddress,
    RefusedLogin,
)
from exam_ops.core import drill
from exam_ops.core.access import Path, register
from exam_ops.core.models import ExamPlan

register(PublicAddress, Path(site="site"))
register(MachineReport, Path(site="site"))
register(RefusedLogin, Path(site="site"))
register(ClientLogin, Path(site="sitting__site_unit__site", room_session="sitting__room_session"))
register(ClientSession, Path(site="sitting__site_unit__site", room_session="sitting__room_session"))
register(OfflinePackage, Path(site="session__sitting__site_unit__site"))

drill.shifts(ClientLogin, "sitting__site_unit__unit__plan", "authorised_until")


@drill.on_reset
def forget(plan: ExamPlan) -> None:
    """A drill that begins anew knows no logins and no answers; sessions, events and packages go with the logins."""
    of_plan = {"sitting__site_unit__unit__plan": plan}
    ClientLogin.objects.filter(**of_plan).delete()
    RefusedLogin.objects.filter(**of_plan).delete()
    Answer.objects.filter(**of_plan).delete()
