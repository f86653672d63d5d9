"""What rosters and their changes do at a unit's deadlines (C8, C9)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from exam_ops.core.deadlines.registry import Firing, on
from exam_ops.core.models import ExamPlan, SiteUnit
from exam_ops.rules.moments import BEIJING
from proctors.services import expiring, pressing


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


@on("change_warning")
def warn(firings: Sequence[Firing], now: datetime) -> None:
    """T−3 h, T−2.5 h, and the afternoon before an early unit: the branch hears what still waits (reading 23)."""
    expiring.warn(firings, now=now)


@on("change_requests_close")
def close_requests(firings: Sequence[Firing], now: datetime) -> None:
    """T−2 h: what nobody decided expires. A decision refuses itself from this instant on, worker or not."""
    expiring.expire([firing.site_unit for firing in firings], now=now)


@on("panorama_photo")
def close_emergencies(firings: Sequence[Firing], now: datetime) -> None:
    """Close of entry: an emergency replacement that nobody granted expires too (reading 24)."""
    expiring.expire([firing.site_unit for firing in firings], now=now)
