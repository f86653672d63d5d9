"""Showing a whole ID number: for a purpose, to whom it concerns, written down, and not many an hour (E9)."""

from datetime import datetime, timedelta

from django.db import transaction

from exam_ops.core import access, events, named_locks
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, TooMany, reason_in
from exam_ops.core.models import ProctorProfile
from exam_ops.rules.certification import REVEALS_AN_HOUR, Purpose
from exam_ops.rules.text import Text
from proctors.models import NumberReveal

ACTION = "registry.reveal"
HOUR = timedelta(hours=1)
_PURPOSE = Text("请选择用途。", "Choose the purpose.")
_WORDS = Text("请写明具体事由，会记录在案。", "Say for what exactly; it goes on record.")


@transaction.atomic
def reveal(profile_id: int, *, purpose: str, words: str, actor: Actor, now: datetime) -> str:
    """The whole number; raises `NotFound`, `NotAllowed`, `Invalid` without purpose and words, `TooMany`."""
    profile = access.get(actor, ProctorProfile, ACTION, pk=profile_id)
    if purpose not in set(Purpose):
        raise Invalid(errors=[FieldError("purpose", "required", _PURPOSE)])
    try:
        said = reason_in(words, _WORDS, longest=200)
    except Invalid:
        raise Invalid(errors=[FieldError("words", "required", _WORDS)]) from None
    _require_few(actor, now)
    NumberReveal.objects.create(profile=profile, by=actor.user, at=now, purpose=purpose, words=said)
    events.record(
        "id_number.revealed",
        now=now,
        actor=actor.user,
        subject=f"proctor {profile.pk}",
        purpose=purpose,
        site=profile.site_id,
        roles=actor.roles,
    )
    return profile.id_no


def _require_few(actor: Actor, now: datetime) -> None:
    """At most `REVEALS_AN_HOUR` within any hour; two at once count each other."""
    named_locks.hold(f"reveals {actor.user.pk}")
    latest = list(
        NumberReveal.objects.filter(by=actor.user, at__gt=now - HOUR)
        .order_by("-at")
        .values_list("at", flat=True)[:REVEALS_AN_HOUR]
    )
    if len(latest) == REVEALS_AN_HOUR:
        raise TooMany(retry_after=int((latest[-1] + HOUR - now).total_seconds()) + 1)
