"""The end of a change's window: warnings before it, expiry at it (readings 22, 23)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from exam_ops.core import schedule
from exam_ops.core.deadlines.registry import Firing
from exam_ops.core.models import Branch, SiteUnit
from proctors.models import ProctorChange
from proctors.selectors.changes import RELATED
from proctors.services import telling, trace

Status, Window = ProctorChange.Status, ProctorChange.Window
HORIZON = timedelta(days=14)  # further ahead than any warning, moved over a long holiday


def expire(site_units: Iterable[SiteUnit], *, now: datetime) -> list[ProctorChange]:
    """Ends what waits though its window has ended, in the caller's transaction; branch and asker are told."""
    waiting = ProctorChange.objects.filter(
        site_unit__in=list(site_units), status=Status.PENDING, window_until__lte=now
    ).order_by("pk")
    rows = list(waiting.select_for_update(of=("self",), no_key=True).select_related(*RELATED))
    if rows:
        ended = ProctorChange.objects.filter(pk__in=[c.pk for c in rows], status=Status.PENDING)
        ended.update(status=Status.EXPIRED, decided_at=now)
        trace.record("change.expired", rows, actor=None, now=now)
        telling.expired(rows, now=now)
    return rows


def warn(firings: Sequence[Firing], *, now: datetime) -> int:
    """One digest for each branch and instant with everything that waits there; returns how many were written.

    What is listed is looked up anew, not taken from `firings`: the engine may bring a branch's site units
    in several batches, and the first writes for all of them.
    """
    due = {(f.key, f.site_unit.unit.plan_id, f.due_at): f.site_unit.unit.plan for f in firings}
    branches = {f.site_unit.site.branch_id for f in firings}
    waiting = _waiting(branches, {plan.pk for plan in due.values()}, now)
    times = schedule.Timetable()
    told = 0
    for (key, plan_id, due_at), plan in due.items():
        at = plan.laid_time(due_at)
        groups: dict[Branch, list[ProctorChange]] = defaultdict(list)
        for change in waiting[plan_id]:
            if any(d.key == key and d.at == at for d in times.dues_of(change.site_unit, plan)):
                groups[change.site_unit.site.branch].append(change)
        for branch, changes in groups.items():
            mark = f"change:closing:{plan_id}:{branch.pk}:{key}:{at.isoformat()}"
            telling.closing(changes, branch, key=mark, now=now)
            told += 1
    return told


def _waiting(
    branches: Collection[int], plans: Collection[int], now: datetime
) -> dict[int, list[ProctorChange]]:
    """What waits for the branches' approval, by plan."""
    rows = ProctorChange.objects.filter(
        site_unit__site__branch__in=branches,
        site_unit__unit__plan__in=plans,
        site_unit__starts_at__lte=now + HORIZON,
        status=Status.PENDING,
        window=Window.BRANCH_APPROVAL,
        window_until__gt=now,
    ).select_related(*RELATED)
    found: dict[int, list[ProctorChange]] = defaultdict(list)
    for change in rows.order_by("window_until", "requested_at"):
        found[change.site_unit.unit.plan_id].append(change)
    return found
