"""How the figures of 编排检查 are drawn: a bar for each place and unit, counts that are filters, heads of columns."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import ExamPlan, TimeUnit
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.policy import Policy
from exam_ops.rules.proctor_changes import ChangeWindow, change_window, holds_until
from proctors import words
from proctors.models import RosterPress
from proctors.roster_query import RosterQuery
from proctors.selectors.roster_check import Figures, Line

STATES: dict[str, tuple[Any, str]] = {
    "none": (_("没有已认证监考"), "trouble"),
    "short": (_("未配足"), "watch"),
    "clash": (_("监考时间冲突"), "trouble"),
    "waiting": (_("变更待审批"), "info"),
    "full": (_("已配足"), "good"),
}
DRAWN = ("full", "short", "none")  # they add up to the rooms


def drawer() -> Callable[[Figures], str]:
    """Draws what stands in a cell, once for all cells of a page that look alike: most do."""
    template = get_template("proctors/_check_figures.html")
    return cache(lambda of: template.render({"figures": of, "tone": tone(of), "bar": bar(of)}))


def line(
    found: Line,
    units: Sequence[TimeUnit],
    query: RosterQuery,
    *,
    draw: Callable[[Figures], str],
    by_branch: bool,
    pressed: RosterPress | None,
    again: Callable[[RosterPress], bool],
) -> dict[str, Any]:
    """One site or branch as a row of the table."""
    total = found.total
    site = reverse("roster", query={"plan": query.plan, "site": found.code})
    return {
        "line": found,
        "url": query.address(branch=found.code) if by_branch else site,
        "tone": tone(total),
        "total": total,
        "cells": [
            cell(found, unit, found.cells.get(unit.pk), query, draw=draw, by_branch=by_branch)
            for unit in units
        ],
        "pressed": pressed,
        "may_again": pressed is None or again(pressed),
        "is_short": total.full < total.rooms,
    }


def cell(
    found: Line,
    unit: TimeUnit,
    figures: Figures | None,
    query: RosterQuery,
    *,
    draw: Callable[[Figures], str],
    by_branch: bool,
) -> dict[str, Any]:
    """One place in one unit; a place that has no room in it is empty."""
    if figures is None:
        return {"unit": unit}
    site = reverse("roster", query={"plan": query.plan, "unit": unit.code, "site": found.code})
    return {
        "unit": unit,
        "figures": figures,
        "label": f"{unit} {unit.start.astimezone(BEIJING):%m-%d %H:%M}",
        "drawn": partial(draw, figures),  # not before the page is: an unchanged poll draws nothing
        "url": query.address(branch=found.code, unit=unit.code) if by_branch else site,
    }


def tone(figures: Figures) -> str:
    """Red where nobody is certified or somebody stands twice, yellow where one is missing."""
    if figures.none or figures.clash:
        return "trouble"
    return "watch" if figures.is_red else "good"


def bar(figures: Figures) -> list[dict[str, Any]]:
    """The parts of a bar, in percent of the rooms."""
    parts, at = [], 0.0
    for state in DRAWN:
        value = getattr(figures, state)
        width = 100 * value / figures.rooms if figures.rooms else 0
        if value:
            label, part_tone = STATES[state]
            parts.append({"label": label, "value": value, "at": at, "width": width, "tone": part_tone})
        at += width
    return parts


def total(lines: Iterable[Line]) -> Figures:
    """All lines together."""
    return sum((each.total for each in lines), Figures())


def counts(lines: Sequence[Line], query: RosterQuery) -> list[dict[str, Any]]:
    """Rooms by state over all lines; each narrows the lines to those that have some."""
    figures = total(lines)
    return [
        {
            "key": state,
            "label": label,
            "value": (value := getattr(figures, state)),
            "tone": state_tone if value else "",
            "url": query.address(state="" if state == query.state else state),
            "active": state == query.state,
        }
        for state, (label, state_tone) in STATES.items()
    ]


def columns(
    units: Sequence[TimeUnit], plan: ExamPlan, policy: Policy, query: RosterQuery, now: datetime
) -> list[dict[str, Any]]:
    """Each unit with what may still be done with its rosters, and until when (plan time)."""
    at, found = plan.plan_time(now), []
    for unit in units:
        window = change_window(start=unit.start, now=at, policy=policy)
        label, _sentence, window_tone = words.WINDOWS[window]
        closed = window is ChangeWindow.CLOSED
        found.append(
            {
                "unit": unit,
                "label": label,
                "tone": window_tone,
                "until": None if closed else holds_until(window, start=unit.start, policy=policy).at,
                "url": query.address(unit="" if unit.code == query.unit else unit.code),
                "active": unit.code == query.unit,
            }
        )
    return found
