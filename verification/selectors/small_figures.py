"""The small figures of the boards: one row of `SMALL` puts a figure on the board of a site and on all above it.

A row names the facts it counts as rows of a table with their way to the site unit and to the room. Each costs a
board one statement; facts that are few among many need a partial index for the nation's sake.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exam_ops.core.models import Sitting
from verification.models import PhotoCheck
from verification.selectors.not_arrived import NOT_ARRIVED
from verification.selectors.review import pressing


class Counted(Protocol):
    """How many there are, by a look-up of the site unit (`pk`, `unit`, `site__branch`) or by room session."""

    def by(self, site_units: Any, place: str) -> dict[Hashable, int]: ...

    def by_room(self, site_unit_id: int) -> dict[int, int]: ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Facts that are rows of a table: each counts as one."""

    rows: Callable[[], QuerySet[Any]]
    site_unit: str = "site_unit"
    room: str = "room_session"

    def by(self, site_units: Any, place: str) -> dict[Hashable, int]:
        """`site_units` are primary keys, as a query."""
        rows = self.rows().filter(**{f"{self.site_unit}__in": site_units}).order_by()
        return dict(rows.values_list(f"{self.site_unit}__{place}").annotate(Count("pk")))

    def by_room(self, site_unit_id: int) -> dict[int, int]:
        rows = self.rows().filter(**{self.site_unit: site_unit_id, f"{self.room}__isnull": False}).order_by()
        return dict(rows.values_list(self.room).annotate(Count("pk")))


@dataclass(frozen=True, slots=True)
class Small:
    """One figure: `key` is its name in addresses (`?show=…`), `tone` its colour (a state of the design system).

    `seat` tells of one candidate's facts whether the figure means them; without it the figure leads to rooms.
    """

    key: str
    label: Promise | str
    tone: str
    counted: Counted
    seat: Callable[[Any], bool] | None = None
    always: bool = False  # shown while it is 0, too


SMALL: tuple[Small, ...] = (
    Small("gap", _("已采集未到达"), "gap", NOT_ARRIVED, always=True),
    Small(
        "held_over",
        _("留考"),
        "info",
        Rows(lambda: Sitting.objects.filter(held_over=True)),
        seat=lambda seat: seat.held_over,
    ),
    Small(
        "manual_check",
        _("人工核验"),
        "info",
        Rows(lambda: Sitting.objects.filter(manual_check=True)),
        seat=lambda seat: seat.manual_check,
    ),
    Small(
        "roomless",
        _("未编排考场"),
        "pending",
        Rows(lambda: Sitting.objects.filter(room_session=None)),
        seat=lambda seat: not seat.has_room,
    ),
    Small("review", _("待核查"), "pending", Rows(pressing, "room_session__site_unit")),
    Small("photo_doubt", _("照片存疑"), "pending", Rows(lambda: PhotoCheck.objects.filter(doubted=True))),
)
BY_KEY = {figure.key: figure for figure in SMALL if figure.key != "gap"}
