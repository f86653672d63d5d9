"""Moments of a time unit: T is its scheduled start at that site, E its scheduled end.

All windows are half-open, [from, until). Instants are aware datetimes; whether they are real or plan
instants is the caller's business as long as both sides of a comparison are the same.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from exam_ops.rules.policy import DEFAULT, Policy

BEIJING = ZoneInfo("Asia/Shanghai")

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_EXPRESSION = re.compile(r"^([TE])(?:([+-])(\d+)([smhd]))?$")


class UnreadableMoment(ValueError):
    """A moment such as T-6m, T+32m, E-10s or T could not be read."""


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span [opens, closes)."""

    opens: datetime
    closes: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.opens <= at < self.closes


def moment(expression: str, start: datetime, end: datetime) -> datetime:
    """The instant named by `T-6m`, `T+32m`, `E-10s`, `T` …; raises `UnreadableMoment`."""
    found = _EXPRESSION.match(expression.strip())
    if not found:
        raise UnreadableMoment(expression)
    anchor, sign, amount, unit = found.groups()
    base = start if anchor == "T" else end
    if not sign:
        return base
    offset = timedelta(seconds=int(amount) * _UNITS[unit])
    return base + offset if sign == "+" else base - offset


def entry_window(start: datetime, policy: Policy = DEFAULT) -> Window:
    """When candidates are signed in and entry is requested: T−30 … T+30 (C0, close of entry C17)."""
    return Window(start - policy.entry_opens_before, start + policy.entry_closes_after)


def offset_label(offset: timedelta, anchor: str = "T") -> str:
    """A short label such as `T−30`, `T+15`, `T−48h`, `T−7d` (minutes unless a letter follows)."""
    total = int(offset.total_seconds())
    if total == 0:
        return anchor
    sign, size = ("+", total) if total > 0 else ("−", -total)
    if size % 86400 == 0 and size > 2 * 86400:
        return f"{anchor}{sign}{size // 86400}d"
    if size % 3600 == 0 and size >= 2 * 3600:
        return f"{anchor}{sign}{size // 3600}h"
    return f"{anchor}{sign}{size / 60:g}"
