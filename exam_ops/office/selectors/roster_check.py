"""编排检查 as rows of a table: each site and unit, with the rooms that lack certified proctors (C9)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from exam_ops.core.access import Actor
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.policy import Policy
from exam_ops.rules.text import Text
from proctors.roster_query import RosterQuery
from proctors.selectors import roster_check
from proctors.selectors.roster_check import Asked

HEADERS = (
    Text("分部", "Branch"),
    Text("考点代码", "Site code"),
    Text("考点", "Site"),
    Text("时间单元", "Unit"),
    Text("开考", "Start"),
    Text("考场", "Rooms"),
    Text("已配足", "Full"),
    Text("未配足", "Short"),
    Text("没有已认证监考", "Nobody certified"),
    Text("监考时间冲突", "In two rooms at once"),
    Text("变更待审批", "Changes that wait"),
    Text("未配足的考场（已认证人数）", "Rooms that are short (number certified)"),
)


def listed(
    actor: Actor, asked: Asked, query: RosterQuery, *, policy: Policy, now: datetime
) -> Iterator[tuple[Any, ...]]:
    """One row a site and unit, narrowed and ordered as on the page."""
    needed = policy.proctors_per_room
    lines = query.chosen(roster_check.lines(actor, asked, needed=needed, now=now))
    short = _short(actor, asked, needed)
    for line in lines:
        for unit in asked.units:
            if (figures := line.cells.get(unit.pk)) is None:
                continue
            yield (
                line.branch,
                line.code,
                line.name,
                str(unit),
                unit.start.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M"),
                figures.rooms,
                figures.full,
                figures.short,
                figures.none,
                figures.clash,
                figures.waiting,
                "、".join(short[line.pk, unit.pk]),
            )


def _short(actor: Actor, asked: Asked, needed: int) -> dict[tuple[int, int], list[str]]:
    rows = roster_check.with_certified(roster_check.rooms_of(actor, asked)).filter(certified__lt=needed)
    names = rows.order_by("room__room_no").values_list(
        "site_unit__site", "site_unit__unit", "room__room_no", "certified"
    )
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for site, unit, room, certified in names:
        found[site, unit].append(f"{room}（{certified}/{needed}）")
    return found
