"""How the facts of the door are reached from their place, and what a drill forgets when it begins anew."""

from exam_ops.core import drill
from exam_ops.core.access import Path, register
from exam_ops.core.models import ExamPlan, Sitting
from verification.models import (
    AppRelease,
    DeviceAdmission,
    EntryRequest,
    PhoneTally,
    PhotoHint,
    PostExamCheck,
    PostExamHold,
    PostExamRun,
    Presence,
    ProctorSignIn,
    SignIn,
    Supervision,
)

register(AppRelease, Path(everyone=True))
register(DeviceAdmission, Path(site="site_unit__site"))
register(SignIn, Path(site="room_session__site_unit__site", room_session="room_session"))
register(ProctorSignIn, Path(site="room_session__site_unit__site", room_session="room_session"))
register(EntryRequest, Path(site="site_unit__site", room_session="room_session"))
register(PhotoHint, Path(site="photo__site_unit__site", room_session="photo__room_session"))
register(PostExamCheck, Path(site="site_unit__site"))

drill.shifts(PostExamRun, "site_unit__unit__plan", "next_due_at")


@drill.on_reset
def forget(plan: ExamPlan) -> None:
    """A drill's sign-ins, proctors' checks and requests are its results."""
    for checked in (PostExamCheck, PostExamRun):
        checked._default_manager.filter(site_unit__unit__plan=plan).delete()
    Presence.objects.filter(sitting__site_unit__unit__plan=plan).delete()
    PostExamHold.objects.filter(sitting__site_unit__unit__plan=plan).delete()
    Supervision.objects.filter(sitting__site_unit__unit__plan=plan).delete()
    EntryRequest.objects.filter(site_unit__unit__plan=plan).delete()
    Sitting.objects.filter(site_unit__unit__plan=plan, manual_check=True).update(manual_check=False)
    DeviceAdmission.objects.filter(site_unit__unit__plan=plan).delete()
    SignIn.objects.filter(sitting__site_unit__unit__plan=plan).delete()
    SignIn.objects.filter(sitting=None, room_session__site_unit__unit__plan=plan).delete()
    for model in (ProctorSignIn, PhoneTally):
        model._default_manager.filter(room_session__site_unit__unit__plan=plan).delete()
