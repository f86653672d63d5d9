"""How incidents and evidence are reached from their place, and how they follow a drill."""

from functools import partial

from django.db import transaction

from exam_ops.core import drill, files, write_once
from exam_ops.core.access import Path, register
from exam_ops.core.models import ExamPlan, OutboxMessage
from incidents.models import (
    Channel,
    Contact,
    Decision,
    Delivery,
    DigestLine,
    Entry,
    Evidence,
    EvidenceDuty,
    EvidenceKey,
    EvidenceMark,
    EvidencePackage,
    EvidenceReview,
    Incident,
    LadderStep,
    Notification,
    PackageCheck,
    PackageOrder,
    Shift,
)

register(Incident, Path(site="site_unit__site"))
register(Entry, Path(site="incident__site_unit__site"))
register(Evidence, Path(site="room_session__site_unit__site", room_session="room_session"))
register(EvidenceDuty, Path(site="room_session__site_unit__site", room_session="room_session"))
register(EvidenceReview, Path(site="room_session__site_unit__site", room_session="room_session"))
register(EvidencePackage, Path(site="site_unit__site"))
register(PackageOrder, Path(site="site_unit__site"))
register(Decision, Path(site="targets__site_unit__site"))
register(Shift, Path(site="site", branch="branch"))
register(Contact, Path(branch="branch"))
register(Channel, Path(site="site", branch="branch", own=True))
register(Delivery, Path(site="channel__site", branch="channel__branch", own=True))

write_once.keep(Evidence, once=("withdrawn_at", "withdrawn_by", "withdrawal_reason"), free=("incident",))
write_once.keep(EvidenceMark)
write_once.keep(EvidenceReview, free=("is_current",))
write_once.keep(EvidencePackage)
write_once.keep(EvidenceKey)

drill.shifts(Incident, "site_unit__unit__plan", "next_due_at", "desk_passes_on_at")
drill.shifts(Decision, "plan", "next_due_at")
drill.shifts(LadderStep, "incident__site_unit__unit__plan", "acknowledge_by")
drill.shifts(DigestLine, "plan", "next_due_at")


@drill.on_reset
def forget(plan: ExamPlan) -> None:
    """Everything that a drill brought about is deleted when it begins anew."""
    packages = EvidencePackage.objects.filter(plan=plan)
    written = list(packages.values_list("sha256", flat=True))
    with write_once.forgetting():
        PackageCheck.objects.filter(package__plan=plan).delete()
        packages.delete()
        PackageOrder.objects.filter(plan=plan).delete()
        Evidence.objects.filter(room_session__site_unit__unit__plan=plan).delete()
        EvidenceReview.objects.filter(room_session__site_unit__unit__plan=plan).delete()
    EvidenceDuty.objects.filter(room_session__site_unit__unit__plan=plan).delete()
    Decision.objects.filter(plan=plan).delete()
    Incident.objects.filter(site_unit__unit__plan=plan).delete()
    DigestLine.objects.filter(plan=plan).delete()
    Notification.objects.filter(plan=plan).delete()
    Delivery.objects.filter(plan=plan).delete()
    OutboxMessage.objects.filter(payload__plan=plan.pk).delete()  # their keys may come again
    for sha256 in written:
        transaction.on_commit(partial(files.remove, sha256))
