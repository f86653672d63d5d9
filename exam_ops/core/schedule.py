"""The instants of site units: laid when a unit is created, moved or jumped, always with their deadlines."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from exam_ops.core import policies
from exam_ops.core.models import DeadlineRecord, ExamPlan, SiteUnit
from exam_ops.rules.deadlines import Due, due_times
from exam_ops.rules.moments import entry_window
from exam_ops.rules.policy import Policy

INSTANTS = ("starts_at", "entry_opens_at", "entry_closes_at", "evidence_closes_at", "ends_at")


def dues_of(site_unit: SiteUnit, plan: ExamPlan) -> list[Due]:
    """Every deadline of the site unit in plan time."""
    return Timetable().dues_of(site_unit, plan)


class Timetable:
    """The deadlines of many site units: a nation sits the same unit, so most are worked out once."""

    def __init__(self) -> None:
        self._policies: dict[int, Policy] = {}
        self._dues: dict[tuple[Any, ...], list[Due]] = {}

    def policy_of(self, plan: ExamPlan) -> Policy:
        """The policy in force, read once."""
        if plan.pk not in self._policies:
            self._policies[plan.pk] = policies.of(plan)
        return self._policies[plan.pk]

    def dues_of(self, site_unit: SiteUnit, plan: ExamPlan) -> list[Due]:
        """Every deadline of the site unit in plan time; not to be changed by the caller."""
        stopped = plan.laid_time(site_unit.stopped_at) if site_unit.stopped_at else None
        times = (site_unit.start, site_unit.end, site_unit.added_time, site_unit.evidence_end, stopped)
        key = (plan.pk, *times, *site_unit.paper_minutes)
        if key not in self._dues:
            start, end, added, evidence_end, _ = times
            self._dues[key] = due_times(
                start,
                end,
                paper_minutes=site_unit.paper_minutes,
                policy=self.policy_of(plan),
                added=added,
                evidence_end=evidence_end,
                stopped=stopped,
                mock=plan.kind == ExamPlan.Kind.MOCK,
            )
        return self._dues[key]


def lay_instants(site_unit: SiteUnit, plan: ExamPlan, policy: Policy) -> None:
    """Sets the real instants of an unsaved or locked site unit from its plan times and the plan's offset.

    A stop closes entry and ends the unit at its own instant; evidence goes on to its end (A4).
    """
    window = entry_window(site_unit.start, policy)
    site_unit.starts_at = plan.real_time(site_unit.start)
    site_unit.entry_opens_at = plan.real_time(window.opens)
    site_unit.entry_closes_at = plan.real_time(window.closes)
    site_unit.evidence_closes_at = plan.real_time(site_unit.evidence_until)
    site_unit.ends_at = plan.real_time(site_unit.end)
    if (stopped := site_unit.stopped_at) is not None:
        site_unit.entry_closes_at = min(site_unit.entry_closes_at, stopped)
        site_unit.ends_at = min(site_unit.ends_at, stopped)


def lay(site_units: Iterable[SiteUnit], plan: ExamPlan, *, now: datetime) -> None:
    """Lays instants and the next due instant of site units, not yet saved."""
    times = Timetable()
    for site_unit in site_units:
        lay_instants(site_unit, plan, times.policy_of(plan))
        ahead = next((d for d in times.dues_of(site_unit, plan) if plan.real_time(d.at) > now), None)
        site_unit.next_due_at = plan.real_time(ahead.at) if ahead else None


def record_skipped(site_units: Iterable[SiteUnit], plan: ExamPlan, *, now: datetime) -> None:
    """Records deadlines that were past when their time was laid: they send nothing and show as checks."""
    times = Timetable()
    DeadlineRecord.objects.bulk_create(
        [
            DeadlineRecord(
                site_unit=site_unit,
                deadline=due.key,
                generation=site_unit.generation,
                due_at=plan.real_time(due.at),
                outcome=DeadlineRecord.Outcome.SKIPPED,
                fired_at=now,
            )
            for site_unit in site_units
            for due in times.dues_of(site_unit, plan)
            if plan.real_time(due.at) <= now
        ],
        batch_size=500,
    )


def create(site_units: Sequence[SiteUnit], plan: ExamPlan, *, now: datetime) -> list[SiteUnit]:
    """Saves new site units with their instants and deadlines."""
    lay(site_units, plan, now=now)
    saved = SiteUnit.objects.bulk_create(site_units, batch_size=500)
    record_skipped(saved, plan, now=now)
    return saved


def hold(site_unit_ids: Iterable[int]) -> None:
    """A share lock on site units: a jump or a decision waits for the guarded write that holds it.

    On SQLite the write lock of the transaction is enough.
    """
    ids = sorted(set(site_unit_ids))
    if ids and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM core_siteunit WHERE id = ANY(%s) ORDER BY id FOR SHARE", [ids])
