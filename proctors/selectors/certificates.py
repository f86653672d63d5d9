"""What certificates are asked by: whom a comparison is awaited of, numbers in the form that finds one person, what is missing."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from exam_ops.core.fields import blind_index
from exam_ops.core.models import ProctorProfile
from exam_ops.rules import certification, id_numbers
from exam_ops.rules.certification import Need, Policy, State

COMPARE = "certificate.compare"
RELATED = ("user", "site__branch", "entered_by")
UNPROVEN = Q(status=State.CERTIFIED, source=ProctorProfile.Source.IMPORT)
TO_COMPARE = Q(status__in=certification.OPEN) | UNPROVEN
"""Whom a comparison is awaited of; those that a workbook of an earlier release certified among them."""


def policy() -> Policy:
    """The operator's choice, from the settings."""
    days = settings.CERTIFICATE_DAYS
    return Policy(settings.CERTIFICATE_FOUR_EYES, timedelta(days=days) if days else None)


def index_of(number: str) -> str:
    """The look-up value by which one person's number is found, whichever of its forms was written."""
    return blind_index(id_numbers.upgraded(number))


def indexes_of(number: str) -> list[str]:
    """All look-up values under which this person may stand: an earlier release kept 15 digits as they were."""
    whole = id_numbers.upgraded(number)
    forms = {whole}
    if len(whole) == 18 and whole[6:8] == "19":
        forms.add(whole[:6] + whole[8:17])
    return [blind_index(form) for form in sorted(forms) if form]


def is_sound(number: str, now: datetime) -> bool:
    """Whether the number follows GB 11643: form, birth date, check character."""
    try:
        id_numbers.read(number, today=now.date())
    except id_numbers.IdNumberRefused:
        return False
    return True


def missing(profile: ProctorProfile, *, now: datetime) -> list[Need]:
    """What is not there at all; a picture that a person asked for again stands in `profile.needs`."""
    return certification.needs(
        profile.kind,
        has_number=is_sound(profile.id_no, now),
        has_photo=bool(profile.photo),
        has_document_photo=bool(profile.document_photo),
    )
