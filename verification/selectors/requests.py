"""Entry requests as lists need them: the chief's queue, filters, what has expired though no worker has said so."""

from datetime import datetime

from django.db.models import Case, CharField, F, QuerySet, Value, When

from exam_ops.core.access import Actor, visible
from exam_ops.rules.permissions import OFFICE
from verification.models import EntryRequest

Status = EntryRequest.Status
RELATED = (
    "sitting__candidate",
    "site_unit__unit__plan",
    "site_unit__site",
    "room_session__room",
    "requester",
    "decided_by",
    "incident",
)


def requests(
    actor: Actor, *, now: datetime, plan: str = "", unit: str = "", room: str = "", status: str = ""
) -> QuerySet[EntryRequest]:
    """The requests in the actor's scope (a proctor's: of the own rooms), newest first, filtered by codes.

    Each carries `effective`, its status at `now`: from close of entry on an undecided one has expired.
    """
    rows = with_effective_status(visible(actor, EntryRequest, "entry.see"), now=now)
    if not actor.has(*OFFICE):
        rows = rows.filter(room_session__roster__proctor=actor.user)
    filters = {
        "site_unit__unit__plan__code": plan,
        "site_unit__unit__code": unit,
        "room_session__room__room_no": room,
        "effective": status,
    }
    rows = rows.filter(**{lookup: value for lookup, value in filters.items() if value})
    return rows.select_related(*RELATED).order_by("-requested_at", "pk")


def with_effective_status(rows: QuerySet[EntryRequest], *, now: datetime) -> QuerySet[EntryRequest]:
    """Annotates `effective`."""
    expired = When(
        status=Status.PENDING, site_unit__entry_closes_at__lte=now, then=Value(Status.EXPIRED.value)
    )
    return rows.annotate(effective=Case(expired, default=F("status"), output_field=CharField()))
