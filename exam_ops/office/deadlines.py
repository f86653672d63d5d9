"""What the office does at a unit's deadlines: reminders before a mock exam (B8)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from exam_ops.core.deadlines.registry import Firing, on
from exam_ops.core.models import ExamPlan, SiteUnit
from exam_ops.office.services import readiness, readiness_news


@on("readiness_reminder")
def remind(firings: Sequence[Firing], now: datetime) -> None:
    """T−7 d, −72 h, −24 h of the unit with which a mock exam begins at a site."""
    groups: dict[tuple[ExamPlan, str], list[SiteUnit]] = defaultdict(list)
    for firing in firings:
        if firing.site_unit.starts_at <= now:  # a worker that was away all that time
            continue
        groups[firing.site_unit.unit.plan, firing.key].append(firing.site_unit)
    for (plan, key), site_units in groups.items():
        first = readiness.first_units(plan, site_units)
        readiness_news.remind(plan, [s.site_id for s in first], mark=key, now=now)
