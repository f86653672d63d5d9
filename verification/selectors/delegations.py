"""Who lent a chief's powers to whom, when and why (C3)."""

from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import Delegation

SEE = "delegation.see"


class State(StrEnum):
    AHEAD = "ahead"
    IN_FORCE = "in_force"
    OVER = "over"
    REVOKED = "revoked"


def state_of(row: Delegation, *, now: datetime) -> State:
    """How a delegation stands at `now`."""
    if row.revoked_at is not None:
        return State.REVOKED
    if now >= row.valid_until:
        return State.OVER
    return State.IN_FORCE if now >= row.valid_from else State.AHEAD


def delegations(actor: Actor, *, site: str = "") -> QuerySet[Delegation]:
    """Those in the actor's scope, the latest first; of one site by its code."""
    rows = access.visible(actor, Delegation, SEE)
    if site:
        rows = rows.filter(site__code=site)
    return rows.select_related("site__branch", "deputy", "granted_by", "revoked_by").order_by(
        "-granted_at", "-pk"
    )


def standing(site_id: int, *, now: datetime) -> QuerySet[Delegation]:
    """Of one site, those in force or ahead."""
    rows = Delegation.objects.filter(site=site_id, revoked_at=None, valid_until__gt=now)
    return rows.select_related("deputy", "granted_by").order_by("valid_from", "pk")
