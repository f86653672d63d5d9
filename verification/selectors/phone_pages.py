"""What the phone pages show (E6): a proctor's rooms of now, the chief's queue over all sites and units."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum

from exam_ops.core.access import Actor, visible
from exam_ops.core.errors import OutOfScope, Sought
from exam_ops.core.models import RoomSession, RosterRow, SiteUnit
from verification.models import EntryRequest
from verification.selectors.requests import RELATED, with_effective_status
from verification.selectors.rooms import duties_of

AHEAD = timedelta(hours=12)  # a room that opens later than this is not today's
MOST_SHOWN = 60  # requests of a chief's queue; the oldest come first, so none is passed over
ASK, DECIDE = "entry.request", "entry.decide"


def rooms_of_now(actor: Actor, *, now: datetime) -> list[RoomSession]:
    """The proctor's own room sessions between opening of entry and end, else those that open next within 12 h."""
    coming = duties_of(actor, now=now).filter(site_unit__ends_at__gt=now)
    rooms = list(
        coming.filter(site_unit__entry_opens_at__lte=now + AHEAD).order_by("site_unit__entry_opens_at", "pk")
    )
    open_now = [room for room in rooms if room.site_unit.entry_opens_at <= now]
    return open_now or [r for r in rooms if r.site_unit.entry_opens_at == rooms[0].site_unit.entry_opens_at]


def missing_duty(actor: Actor, *, now: datetime) -> OutOfScope | None:
    """What keeps a proctor without a room from having one (C11): plan or unit; None where nothing is sat now."""
    here = visible(actor, SiteUnit, ASK).filter(ends_at__gt=now, entry_opens_at__lte=now + AHEAD)
    nearest = here.select_related("unit__plan").order_by("starts_at", "pk").first()
    if nearest is None:
        return None
    own = RosterRow.objects.filter(
        proctor=actor.user, room_session__site_unit__unit__plan_id=nearest.unit.plan_id
    )
    sought = Sought(plan=nearest.unit.plan.code, unit=nearest.unit.code)
    return OutOfScope("unit" if own.exists() else "plan", sought)


def deciding_now(actor: Actor, *, now: datetime) -> QuerySet[SiteUnit]:
    """The site units of the chief's own sites between opening of entry and end."""
    rows = visible(actor, SiteUnit, DECIDE).filter(entry_opens_at__lte=now, ends_at__gt=now)
    return rows.select_related("unit__plan", "site").order_by("starts_at", "pk")


def queue_mark(actor: Actor, *, now: datetime) -> list[tuple[Any, ...]]:
    """What the chief's queue depends on, in one indexed look-up."""
    rows = (
        deciding_now(actor, now=now).select_related(None).annotate(revisions=Sum("room_sessions__revision"))
    )
    found = rows.values_list(
        "pk", "revisions", "generation", "entry_closes_at", "unit__plan__clock_offset", "unit__plan__kind"
    )
    return [(*row, now >= row[3]) for row in found]


def waiting_for(actor: Actor, site_units: Iterable[SiteUnit], *, now: datetime) -> QuerySet[EntryRequest]:
    """The requests that may still be decided, the oldest first."""
    rows = visible(actor, EntryRequest, DECIDE).filter(
        site_unit__in=list(site_units),
        status=EntryRequest.Status.PENDING,
        site_unit__entry_closes_at__gt=now,
    )
    return rows.select_related(*RELATED).order_by("requested_at", "pk")


def one_of_queue(actor: Actor, id: UUID, *, now: datetime) -> EntryRequest | None:
    """One request of the chief's sites, whatever became of it; None where it is not theirs to see."""
    rows = with_effective_status(visible(actor, EntryRequest, DECIDE), now=now)
    return rows.filter(pk=id).select_related(*RELATED).first()


def last_requests(session: RoomSession, *, now: datetime) -> dict[int, EntryRequest]:
    """Sitting → the last request of those in the room, with `effective`."""
    rows = EntryRequest.objects.filter(room_session=session).select_related("decided_by", "requester")
    found = {row.sitting_id: row for row in with_effective_status(rows, now=now).order_by("attempt")}
    for row in found.values():
        row.room_session = session
    return found
