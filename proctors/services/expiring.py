"""The end of a change's window: warnings before it, expiry at it, and what new times open again (readings 22, 23)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from exam_ops.core import policies, schedule
from exam_ops.core.deadlines.registry import Firing
from exam_ops.core.models import Branch, SiteUnit, User
from exam_ops.rules.proctor_changes import ChangeWindow, holds_until
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


def ends_under(change: ProctorChange, site_unit: SiteUnit) -> datetime:
    """Where the window of `change` ends under the times of `site_unit`, as a real instant."""
    policy = policies.of(site_unit.unit.plan)
    return holds_until(ChangeWindow(change.window), start=site_unit.starts_at, policy=policy).at


def count_expiring(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """How many changes that wait now would expire under new times, by site unit."""
    found = _under(site_units, Status.PENDING)
    return Counter(site_unit.pk for change, site_unit in found if ends_under(change, site_unit) <= now)


def follow(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """Lays the windows of what waits under new times; what they have passed expires at once."""
    for change, site_unit in _under(site_units, Status.PENDING):
        until = ends_under(change, site_unit)
        ProctorChange.objects.filter(pk=change.pk, status=Status.PENDING).update(window_until=until)
    return Counter(change.site_unit_id for change in expire(site_units, now=now))


def count_reopening(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """How many expired changes may be decided again under new times, by site unit."""
    return Counter(site_unit.pk for _, site_unit, _ in _reopening(site_units, now))


def reopen(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """What expired under the old time waits again where the new one is ahead (A4)."""
    done = []
    for change, _, until in _reopening(site_units, now):
        rows = ProctorChange.objects.filter(pk=change.pk, status=Status.EXPIRED)
        if rows.update(status=Status.PENDING, decided_at=None, window_until=until):
            done.append(change)
    trace.record("change.reopened", done, actor=actor, now=now)
    return Counter(change.site_unit_id for change in done)


def _reopening(
    site_units: Sequence[SiteUnit], now: datetime
) -> list[tuple[ProctorChange, SiteUnit, datetime]]:
    """The last change of each place, if it expired and nobody has asked for that place or person since."""
    later = ProctorChange.objects.filter(site_unit__in=[s.pk for s in site_units]).exclude(
        status=Status.EXPIRED
    )
    taken = set(later.values_list("room_session", "position", "requested_at"))
    found: dict[tuple[int, str], tuple[ProctorChange, SiteUnit, datetime]] = {}
    for change, site_unit in _under(site_units, Status.EXPIRED):
        until = ends_under(change, site_unit)
        since = any(
            (room, position) == (change.room_session_id, change.position) and at >= change.requested_at
            for room, position, at in taken
        )
        if until > now and not since:
            found[change.room_session_id, change.position] = (change, site_unit, until)
    return list(found.values())


def _under(site_units: Sequence[SiteUnit], status: str) -> list[tuple[ProctorChange, SiteUnit]]:
    """The changes of a status with their site unit as it stands under the times given, the oldest first."""
    laid = {s.pk: s for s in site_units}
    rows = ProctorChange.objects.filter(site_unit__in=list(laid), status=status).select_related(*RELATED)
    return [(change, laid[change.site_unit_id]) for change in rows.order_by("requested_at", "pk")]
