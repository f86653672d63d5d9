"""Checks that people must look at: what could not be applied, and two phones that signed one candidate."""

from django.db.models import Exists, OuterRef, QuerySet

from exam_ops.core.access import Actor, visible
from verification.models import Outcome, SignIn

RELATED = ("sitting__candidate", "room_session__room", "room_session__site_unit__unit__plan", "proctor")


def to_review(actor: Actor) -> QuerySet[SignIn]:
    """Rejected facts in the actor's scope, newest first; what can't be placed is seen by headquarters and support."""
    rows = visible(actor, SignIn, "sign_in.see").filter(status=SignIn.Status.REJECTED)
    return rows.select_related(*RELATED).order_by("-received_at", "pk")


def conflicts(actor: Actor) -> QuerySet[SignIn]:
    """Passes that came second from another phone than the one that signed the candidate in."""
    other_phone = SignIn.objects.filter(sitting=OuterRef("sitting"), effective=True).exclude(
        device_id=OuterRef("device_id")
    )
    rows = visible(actor, SignIn, "sign_in.see").filter(
        Exists(other_phone), status=SignIn.Status.CREATED, outcome=Outcome.PASSED, effective=False
    )
    return rows.select_related(*RELATED).order_by("-received_at", "pk")
