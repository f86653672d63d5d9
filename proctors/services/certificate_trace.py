"""What becomes of a proctor's certificate, written down: the history, the event log, the site that hears of it."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse

from exam_ops.core import events
from exam_ops.core.models import Event, ProctorProfile, User
from exam_ops.rules.escalation import Level
from exam_ops.rules.text import Text
from incidents.services import messages
from incidents.services.deliveries import Organisation
from proctors.models import CertificateCheck

BATCH = 500


def history(
    profile: ProctorProfile, kind: CertificateCheck.Kind, *, by: User | None, now: datetime, **said: object
) -> CertificateCheck:
    """An unsaved entry of the history, with the pictures and the state as they stand on `profile`."""
    return CertificateCheck(
        profile=profile,
        kind=kind,
        at=now,
        by=by,
        revision=profile.revision,
        outcome=profile.status,
        reason=profile.status_reason,
        photo=profile.photo,
        document_photo=profile.document_photo,
        **said,
    )


def write(checks: Iterable[CertificateCheck], *, now: datetime) -> list[CertificateCheck]:
    """Keeps entries of the history, each with its event row, in two statements a batch."""
    kept = CertificateCheck.objects.bulk_create(checks, batch_size=BATCH)
    Event.objects.bulk_create((_event(check, now) for check in kept), batch_size=BATCH)
    return kept


def _event(check: CertificateCheck, now: datetime) -> Event:
    return events.build(
        f"certificate.{check.kind}",
        now=now,
        actor=check.by,
        subject=f"proctor {check.profile_id}",
        outcome=check.outcome,
        revision=check.revision,
        **({"facts": check.facts} if check.facts else {}),
    )


def tell_site(check: CertificateCheck, *, now: datetime) -> None:
    """The site hears that one of its proctors was not certified, and why."""
    profile = check.profile
    place = Organisation(Level.SITE, site_id=profile.site_id)
    messages.tell(
        messages.people_of(place),
        key=f"certificate:{check.pk}",
        event="certificate.refused",
        fields={
            "name": profile.user.name,
            "why": check.reason or Text("须重新核对", "it is to be looked at again"),
        },
        url=reverse("registry-proctor", args=[profile.pk]),
        now=now,
    )
