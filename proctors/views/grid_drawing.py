"""How the grid of a roster is drawn: its columns with what may be done in each, its cells, its people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from exam_ops.core.access import Actor
from exam_ops.core.errors import NotAllowed
from exam_ops.core.models import ExamPlan, ExamSite, RoomSession, SiteUnit
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.policy import Policy
from exam_ops.rules.proctor_changes import ChangeWindow, change_window, holds_until
from exam_ops.rules.text import Text
from proctors import words
from proctors.selectors import grid_cells
from proctors.selectors.grid_cells import Cell, Place
from proctors.services import askers

APPLY, COLLECT, CLOSED = "apply", "collect", "closed"
MARKS: dict[str, tuple[Any, str]] = {
    "": ("", ""),
    "empty": (_("空缺"), "trouble"),
    "uncertified": (_("未认证"), "watch"),
    "twice": (_("同时段冲突"), "trouble"),
    "recused": (_("须回避"), "trouble"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """What may be done with a roster now, in words, and until when (plan time; None: for good)."""

    label: Any
    sentence: Any
    tone: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A unit of the grid; `gesture`: what filling a place does here (at once, into a request, nothing), and why not."""

    site_unit: SiteUnit
    window: Window
    gesture: str
    why_not: Text | str
    short: int = 0

    @property
    def may(self) -> bool:
        return self.gesture != CLOSED


@dataclass(frozen=True, slots=True)
class Slot:
    """A place as its button shows it; keys are texts, which a template writes without formatting them as numbers."""

    place: Place
    key: str
    mark: Any
    tone: str

    @property
    def who(self) -> str:
        """Key of who stands there, or nothing."""
        return str(self.place.proctor or "")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A cell with its two slots, and whether they may be touched."""

    cell: Cell
    slots: tuple[Slot, ...]
    may: bool

    @property
    def key(self) -> str:
        return str(self.cell.session.pk)

    @property
    def unit(self) -> str:
        return str(self.cell.session.site_unit_id)

    @property
    def room(self) -> str:
        return str(self.cell.session.room_id)


def window_of(site_unit: SiteUnit, plan: ExamPlan, policy: Policy, now: datetime) -> Window:
    """What may be done with the roster of a site unit at `now`."""
    at = plan.plan_time(now)
    found = change_window(start=site_unit.start, now=at, policy=policy)
    closed = found is ChangeWindow.CLOSED
    until = None if closed else holds_until(found, start=site_unit.start, policy=policy).at
    label, sentence, tone = words.WINDOWS[found]
    return Window(label, sentence, tone, until)


def column(
    actor: Actor, site_unit: SiteUnit, plan: ExamPlan, policy: Policy, *, now: datetime, short: int = 0
) -> Column:
    """The head of a unit: its window, and what the actor's gesture does there."""
    gesture, why_not = gesture_of(actor, site_unit, policy, now)
    return Column(site_unit, window_of(site_unit, plan, policy, now), gesture, why_not, short)


def gesture_of(actor: Actor, site_unit: SiteUnit, policy: Policy, now: datetime) -> tuple[str, Text | str]:
    """Free: at once; else a request with its reason (also where the duty officer carries it out at once)."""
    session = RoomSession(site_unit=site_unit)
    try:
        _asker, window = askers.asker_window(actor, session, now=now, policy=policy)
    except NotAllowed as refusal:
        return CLOSED, refusal.detail if actor.may(askers.ACTION) else ""
    if window is ChangeWindow.CLOSED:
        return CLOSED, askers.closed(session, now).detail
    return (APPLY if window is ChangeWindow.FREE else COLLECT), ""


def draw(cell: Cell, *, may: bool) -> Drawn:
    return Drawn(cell, tuple(_slot(cell.session.pk, place) for place in cell.places), may)


def _slot(session: int, place: Place) -> Slot:
    mark, tone = MARKS[place.state]
    return Slot(place, f"s{session}{place.position[0]}", mark, tone)


def grid(
    site: ExamSite,
    plan: ExamPlan,
    site_units: Sequence[SiteUnit],
    chosen: SiteUnit | None,
    *,
    policy: Policy,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Everything the page shows of a site's roster in a plan; `site_units` in order of time."""
    sessions = grid_cells.sessions_of(site_units)
    cells = grid_cells.cells(sessions, needed=policy.proctors_per_room, now=now)
    short = Counter(s.site_unit_id for s in sessions if cells[s.pk].is_short)
    columns = [column(actor, s, plan, policy, now=now, short=short[s.pk]) for s in site_units]
    people = grid_cells.people(site, plan, load=grid_cells.load_in(cells))
    return {
        "columns": columns,
        "days": days(columns),
        "lines": lines(sessions, cells, columns, chosen),
        "people": people,
        "full_load": max(len(columns), 1),
        "short": short.total(),
        "full": len(cells) - short.total(),
        "may": any(each.may for each in columns),
        "reasons": words.REASONS,
        "chosen": chosen,
    }


def days(columns: Iterable[Column]) -> list[tuple[date, int]]:
    """Each day of the grid (Beijing) with how many columns it has, in order."""
    return list(Counter(each.site_unit.start.astimezone(BEIJING).date() for each in columns).items())


def lines(
    sessions: Sequence[RoomSession],
    cells: Mapping[int, Cell],
    columns: Sequence[Column],
    chosen: SiteUnit | None,
) -> list[dict[str, Any]]:
    """A row for each room: its cell in every column, None where the room is not used in that unit."""
    found: dict[int, dict[int, Cell]] = {}
    rooms = {}
    for session in sessions:
        rooms[session.room_id] = session.room
        found.setdefault(session.room_id, {})[session.site_unit_id] = cells[session.pk]
    return [
        {"room": room, "cells": [_at(found[pk], each, chosen) for each in columns]}
        for pk, room in rooms.items()
    ]


def _at(row: Mapping[int, Cell], column: Column, chosen: SiteUnit | None) -> dict[str, Any]:
    cell = row.get(column.site_unit.pk)
    is_chosen = chosen is not None and column.site_unit.pk == chosen.pk
    return {"drawn": draw(cell, may=column.may) if cell else None, "chosen": is_chosen, "column": column}
