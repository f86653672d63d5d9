"""App 版本: per platform what is in force, what comes, what was (B1)."""

from dataclasses import dataclass
from datetime import datetime

from exam_ops.rules.versions import APP_MINIMUM, PLATFORM_NAMES
from verification.models import AppRelease
from verification.selectors import freeze
from verification.selectors.freeze import Hit
from verification.selectors.releases import Table

PAST = 40  # lines of the history


@dataclass(frozen=True, slots=True)
class Ahead:
    """A release that does not hold yet."""

    row: AppRelease

    @property
    def hits(self) -> list[Hit]:
        """The units for whose end it waits; none for one that holds as entered."""
        return freeze.hits(self.row.effective_from) if self.row.held_until else []

    @property
    def holds_from(self) -> datetime:
        return self.row.holds_from


@dataclass(frozen=True, slots=True)
class Line:
    """One platform."""

    code: str
    name: str
    in_force: AppRelease | None
    ahead: list[Ahead]


@dataclass(frozen=True, slots=True)
class Past:
    """One line of the history: `in_force`, `ahead`, `replaced` or `withdrawn`."""

    row: AppRelease
    name: str
    state: str


def lines(*, now: datetime) -> list[Line]:
    """Every platform with what is in force and what is ahead, soonest first."""
    table = Table.at(now)
    coming = AppRelease.objects.coming(now).select_related("entered_by", "word_by")
    ahead = [Ahead(row) for row in sorted(coming, key=lambda row: (row.holds_from, row.effective_from))]
    return [
        Line(code, PLATFORM_NAMES[code], table.in_force(code), [a for a in ahead if a.row.platform == code])
        for code in APP_MINIMUM
    ]


def history(*, now: datetime) -> list[Past]:
    """The last lines of the table, newest first, with what became of each."""
    table = Table.at(now)
    in_force = {found.pk for code in APP_MINIMUM if (found := table.in_force(code))}
    rows = AppRelease.objects.select_related("entered_by", "word_by", "withdrawn_by")
    return [
        Past(row, PLATFORM_NAMES.get(row.platform, row.platform), _state(row, in_force, now))
        for row in rows.order_by("-effective_from", "platform")[:PAST]
    ]


def _state(row: AppRelease, in_force: set[int], now: datetime) -> str:
    if row.withdrawn_at:
        return "withdrawn"
    if row.pk in in_force:
        return "in_force"
    return "ahead" if row.holds_from > now else "replaced"
