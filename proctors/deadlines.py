"""What rosters do at a unit's deadlines (C9)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from exam_ops.core.deadlines.registry import Firing, on
from exam_ops.core.models import ExamPlan, SiteUnit
from exam_ops.rules.moments import BEIJING
from proctors.services import pressing


@on("roster_reminder")
def remind(firings: Sequence[Firing], now: datetime) -> None:
    """T−7 d, −72 h, −54 h: one digest per site and day."""
    groups: dict[tuple[ExamPlan, date], list[SiteUnit]] = defaultdict(list)
    for firing in firings:
        plan = firing.site_unit.unit.plan
        groups[plan, plan.laid_time(firing.due_at).astimezone(BEIJING).date()].append(firing.site_unit)
    for (plan, day), site_units in groups.items():
        pressing.remind(site_units, plan, day=day, now=now)


@on("roster_locks")
def lock(firings: Sequence[Firing], now: datetime) -> None:
    """T−48 h: what is still short becomes an incident of its site."""
    groups: dict[ExamPlan, list[SiteUnit]] = defaultdict(list)
    for firing in firings:
        groups[firing.site_unit.unit.plan].append(firing.site_unit)
    for plan, site_units in groups.items():
        pressing.lock(site_units, plan, now=now)
