"""事件日志: the events in scope, newest first, a page at a time by their keys."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import Event
from exam_ops.workbench.words import GROUPS

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the log is narrowed to; codes, empty for all. `before` and `after` are keys of events."""

    plan: str = ""
    unit: str = ""
    site: str = ""
    group: str = ""
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """One page: events newest first, and the keys from which the neighbours go on (None: nothing there)."""

    events: list[Event]
    older: int | None
    newer: int | None


def page(actor: Actor, chosen: Chosen) -> LogPage:
    """The page of the log that `chosen` asks for; each page costs the same however deep it lies."""
    rows = _rows(actor, chosen)
    if chosen.after is not None:
        found = list(rows.filter(pk__gt=chosen.after).order_by("pk")[: PER_PAGE + 1])
        more_newer = len(found) > PER_PAGE
        events = found[:PER_PAGE][::-1]
        return LogPage(events, _last(events), events[0].pk if more_newer else None)
    if chosen.before is not None:
        rows = rows.filter(pk__lt=chosen.before)
    found = list(rows.order_by("-pk")[: PER_PAGE + 1])
    events = found[:PER_PAGE]
    newer = events[0].pk if chosen.before is not None and events else None
    return LogPage(events, _last(events) if len(found) > PER_PAGE else None, newer)


def _rows(actor: Actor, chosen: Chosen) -> QuerySet[Event]:
    rows = access.visible(actor, Event, "event.see").select_related(
        "actor", "plan", "site_unit__site", "site_unit__unit", "room_session__room", "sitting__candidate"
    )
    narrowed: dict[str, Any] = {
        "plan__code": chosen.plan,
        "site_unit__unit__code": chosen.unit,
        "site_unit__site__code": chosen.site,
    }
    rows = rows.filter(**{lookup: value for lookup, value in narrowed.items() if value})
    return rows.filter(kind__startswith=f"{chosen.group}.") if chosen.group in GROUPS else rows


def _last(events: list[Event]) -> int | None:
    return events[-1].pk if events else None
