"""The freeze of the App's minimum around real and mock exams, as the site units stand (B1)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from exam_ops.core.models import ExamPlan, SiteUnit, TimeUnit
from exam_ops.core.schedule import Timetable
from exam_ops.rules import freeze as rules
from exam_ops.rules.moments import Window

KINDS = (ExamPlan.Kind.REAL, ExamPlan.Kind.MOCK)
_LOOKED_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hit:
    """A unit with the sites whose freeze holds an instant; its span over those sites, real."""

    unit: TimeUnit
    sites: int
    start: datetime
    end: datetime


def next_free(at: datetime) -> datetime:
    """`at` itself, or the first moment after it around which nobody sits an exam."""
    while True:
        horizon = at + _LOOKED_AHEAD
        found = rules.next_free(at, [window for _, window, _ in _frozen(at, horizon)])
        if found < horizon:
            return found
        at = found  # the day is full: what lies behind its horizon was not looked at


def hits(at: datetime) -> list[Hit]:
    """The units whose freeze holds `at`, by their start."""
    spans: dict[int, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for (unit_id, start, end), window, sites in _frozen(at, at):
        if at in window:
            spans[unit_id].append((start, end, sites))
    units = TimeUnit.objects.filter(pk__in=spans).select_related("plan").in_bulk()
    found = [
        Hit(
            units[pk],
            sum(sites for _, _, sites in rows),
            min(start for start, _, _ in rows),
            max(end for _, end, _ in rows),
        )
        for pk, rows in spans.items()
    ]
    return sorted(found, key=lambda hit: (hit.start, hit.unit.plan.code, hit.unit.code))


def _frozen(since: datetime, until: datetime) -> Iterable[tuple[tuple[int, datetime, datetime], Window, int]]:
    """What is frozen at some time of [since, until]: unit with real start and end, its window, how many sites.

    A nation sits the same unit at the same time, so that sites are counted in the database.
    """
    times = Timetable()
    plans = ExamPlan.objects.filter(kind__in=KINDS, units__site_units__ends_at__gt=since)
    policies = {plan.pk: times.policy_of(plan) for plan in plans.distinct()}
    longest = max((p.app_freeze_before for p in policies.values()), default=timedelta(0))
    rows = SiteUnit.objects.filter(
        unit__plan__in=policies, ends_at__gt=since, starts_at__lte=until + longest
    ).order_by()
    spans = rows.values_list("unit_id", "unit__plan_id", "starts_at", "ends_at")
    for unit_id, plan_id, start, end, sites in spans.annotate(sites=Count("pk")):
        yield (unit_id, start, end), rules.frozen(start, end, policies[plan_id]), sites
