"""What a live board depends on, in one indexed look-up: a poll that finds it unchanged is answered with 304."""

from datetime import datetime
from typing import Any

from django.db.models import F, Sum

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import RoomSession, SiteUnit

TIMES = ("entry_opens_at", "starts_at", "entry_closes_at", "ends_at")


def site_mark(actor: Actor, action: str, pk: int, *, now: datetime) -> dict[str, Any] | None:
    """What a site's board depends on, in one indexed look-up; None when the actor may not see it.

    Beside the rooms' revisions the latest event of the site unit: a late photo, a further failed attempt
    and a name added to an incident move no counter.
    """
    rows = access.visible(actor, SiteUnit, action).filter(pk=pk)
    return _mark(rows.annotate(revisions=Sum("room_sessions__revision")), "", now)


def room_mark(actor: Actor, action: str, pk: int, *, now: datetime) -> dict[str, Any] | None:
    """The same of one room session."""
    rows = access.visible(actor, RoomSession, action).filter(pk=pk)
    return _mark(rows.annotate(revisions=F("revision")), "site_unit__", now)


def own_room_mark(actor: Actor, action: str, pk: int, *, now: datetime) -> dict[str, Any] | None:
    """The same of a room session on the actor's own roster."""
    rows = access.visible(actor, RoomSession, action).filter(pk=pk, roster__proctor=actor.user)
    return _mark(rows.annotate(revisions=F("revision")), "site_unit__", now)


def _mark(rows: Any, to_site_unit: str, now: datetime) -> dict[str, Any] | None:
    names = {"offset": "unit__plan__clock_offset", "generation": "generation", **{at: at for at in TIMES}}
    found = (
        rows.order_by().values_list("revisions", *(to_site_unit + name for name in names.values())).first()
    )
    if found is None:
        return None
    mark = dict(zip(("revisions", *names), found, strict=True))
    live = mark["entry_opens_at"] <= now < mark["ends_at"]
    mark["minute"] = int(now.timestamp() // 60) if live else None  # ages and what is usual move on
    mark["closed"] = now >= mark["entry_closes_at"]
    return mark
