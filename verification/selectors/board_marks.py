"""What a live board depends on, in one indexed look-up: a poll that finds it unchanged is answered with 304."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from exam_ops.core import access, watched
from exam_ops.core.access import Actor
from exam_ops.core.models import RoomSession, SiteUnit

TIMES = ("entry_opens_at", "starts_at", "entry_closes_at", "ends_at")
FACTS = ("generation", "unit__plan__clock_offset", *TIMES)
QUIET = timedelta(hours=1)  # nothing is said anew by itself


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


def changes_at(mark: Mapping[str, Any], now: datetime) -> datetime:
    """When a board with this mark says something else by itself: with the minute while ages count, else at a time."""
    if mark["minute"] is not None:
        return datetime.fromtimestamp((mark["minute"] + 1) * 60, tz=now.tzinfo)
    return min((mark[at] for at in TIMES if mark[at] > now), default=now + QUIET)


@watched.register("site_unit")
def _site_units(pks: Sequence[Any], now: datetime) -> Iterable[QuerySet[Any]]:
    """The same of many site units at once, for polls that ask whether anything has changed."""
    rows = SiteUnit.objects.filter(pk__in=pks)
    yield watched.fact(rows, "site_unit", "pk", *FACTS)
    rooms = RoomSession.objects.filter(site_unit__in=pks).values("site_unit")
    sums = rooms.annotate(revisions=Sum("revision"), size=Count("pk"))
    yield watched.fact(sums, "site_unit", "site_unit", "revisions", "size")


@watched.register("room_session")
def _room_sessions(pks: Sequence[Any], now: datetime) -> Iterable[QuerySet[Any]]:
    rows = RoomSession.objects.filter(pk__in=pks)
    yield watched.fact(rows, "room_session", "pk", "revision", *(f"site_unit__{name}" for name in FACTS))
