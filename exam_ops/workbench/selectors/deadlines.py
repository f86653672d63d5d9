"""期限总览: every deadline of a plan's day over the site units in scope, with what became of it.

Site units that share their times are one group, so a nation costs as many statements as a site. What is
due is worked out from the table of deadlines, what was done is read from the engine's records: a deadline
that has come and stands in no record is "due", whether a worker is alive or not.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from exam_ops.core import policies, schedule
from exam_ops.core.models import DeadlineRecord, ExamPlan, SiteUnit, TimeUnit
from exam_ops.rules.deadlines import TABLE, Deadline, Due
from exam_ops.rules.moments import BEIJING

DAY = timedelta(days=1)
SENT_EARLIER = 4 * DAY  # the most by which a message is moved into a working day
STATES = ("failed", "due", "late", "ahead", "fired", "skipped")
SHAPE = ("unit", "start", "end", "evidence_end", "stopped_at", "paper_minutes")
FIRES_ONCE = tuple(row.key for row in TABLE if not row.repeats)


@dataclass(slots=True)
class Line:
    """One deadline at one instant (plan time): its units, and its site units by state."""

    key: str
    at: datetime
    deadline: Deadline
    short: str
    units: dict[int, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    lag: timedelta | None = None  # the longest of those carried out

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def minutes(self) -> str:
        """The length of the paper that a forced submission is for; empty for every other deadline."""
        return self.key.partition("+")[2]

    @property
    def is_past(self) -> bool:
        return not self.counts["ahead"]

    @property
    def tone(self) -> str:
        if self.counts["failed"]:
            return "trouble"
        return "watch" if self.counts["due"] or self.counts["late"] else ""


def bounds(day: date) -> tuple[datetime, datetime]:
    """The Beijing day `[midnight, midnight)`."""
    begins = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    return begins, begins + DAY


def near(rows: QuerySet[SiteUnit], plan: ExamPlan, day: date) -> QuerySet[SiteUnit]:
    """Of `rows` the plan's site units that may have a deadline on the day."""
    offsets = policies.of(plan).deadline_offsets
    reach = [offsets.get(row.key, row.offset) for row in TABLE]
    begins, ends = bounds(day)
    since = begins - max(reach)
    return rows.filter(
        Q(end__gte=since) | Q(evidence_end__gte=since),
        unit__plan=plan,
        start__lt=ends - min(reach) + SENT_EARLIER,
    )


def lines(rows: QuerySet[SiteUnit], plan: ExamPlan, day: date, *, now: datetime) -> list[Line]:
    """The deadlines of `rows` on the day in order of time; a fixed number of statements."""
    rows = near(rows, plan, day)
    groups = list(rows.order_by().values(*SHAPE).annotate(n=Count("pk")))
    units = {unit.pk: unit for unit in TimeUnit.objects.filter(plan=plan)}
    done = _done(rows)
    found: dict[tuple[datetime, str], Line] = {}
    times, (begins, ends) = schedule.Timetable(), bounds(day)
    for group in groups:
        unit = units[group["unit"]]
        for due in _dues(times, group, unit, plan):
            if begins <= due.at < ends:
                line = found.setdefault((due.at, due.key), Line(due.key, due.at, due.deadline, due.short))
                line.units[unit.pk] = str(unit)
                _count(line, group, done.get((_shape(group), due.key), {}), is_past=_past(due, plan, now))
    return sorted(found.values(), key=lambda line: (line.at, _rank(line.key)))


def _past(due: Due, plan: ExamPlan, now: datetime) -> bool:
    return plan.real_time(due.at) <= now


def _rank(key: str) -> int:
    """The table's own order decides ties."""
    return [row.key for row in TABLE].index(key.partition("+")[0])


def _dues(
    times: schedule.Timetable, group: Mapping[str, Any], unit: TimeUnit, plan: ExamPlan
) -> Sequence[Due]:
    """The deadlines of site units that share their times; the times alone matter, so no row is loaded."""
    alike = SiteUnit(unit=unit, **{name: group[name] for name in SHAPE if name != "unit"})
    return times.dues_of(alike, plan)


def _shape(row: Mapping[str, Any], prefix: str = "") -> Hashable:
    values = [row[f"{prefix}{name}"] for name in SHAPE]
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)


def _done(rows: QuerySet[SiteUnit]) -> dict[tuple[Hashable, str], dict[str, tuple[int, int | None]]]:
    """(times, deadline) → outcome → (site units, longest lag in ms), of the generation that holds."""
    found: dict[tuple[Hashable, str], dict[str, tuple[int, int | None]]] = {}
    for records in (_of_now(), _of_earlier()):
        counted = (
            records.filter(site_unit__in=rows.order_by().values("pk"))
            .order_by()
            .values("deadline", "outcome", *(f"site_unit__{name}" for name in SHAPE))
            .annotate(n=Count("site_unit", distinct=True), lag=Max("lag_ms"))
        )
        for row in counted:
            outcomes = found.setdefault((_shape(row, "site_unit__"), row["deadline"]), {})
            n, lag = outcomes.get(row["outcome"], (0, None))
            outcomes[row["outcome"]] = (n + row["n"], max(lag or 0, row["lag"] or 0) or lag or row["lag"])
    return found


def _of_now() -> QuerySet[DeadlineRecord]:
    return DeadlineRecord.objects.filter(generation=F("site_unit__generation"))


def _of_earlier() -> QuerySet[DeadlineRecord]:
    """What was done before a move and is not done again; only site units that were moved have any."""
    again = DeadlineRecord.objects.filter(
        site_unit=OuterRef("site_unit"), deadline=OuterRef("deadline"), generation__gt=OuterRef("generation")
    )
    return DeadlineRecord.objects.filter(
        ~Exists(again), site_unit__generation__gt=F("generation"), deadline__in=FIRES_ONCE
    )


def _count(
    line: Line, group: Mapping[str, Any], done: Mapping[str, tuple[int, int | None]], *, is_past: bool
) -> None:
    rest = group["n"]
    for outcome, (n, lag) in done.items():
        line.counts[outcome] += n
        rest -= n
        if lag is not None:
            line.lag = max(line.lag or timedelta(0), timedelta(milliseconds=lag))
    line.counts["due" if is_past else "ahead"] += max(rest, 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a deadline at one site unit; times are plan times."""

    site_unit: SiteUnit
    state: str
    fired_at: datetime | None
    lag: timedelta | None
    error: str


def site_units_at(
    rows: QuerySet[SiteUnit], plan: ExamPlan, key: str, at: datetime, *, now: datetime, state: str = ""
) -> QuerySet[SiteUnit]:
    """The site units of `rows` whose deadline `key` falls on the plan time `at`, with their record's key."""
    is_paper = "+" in key
    columns = SHAPE if is_paper else SHAPE[:-1]
    near_rows = near(rows, plan, at.astimezone(BEIJING).date())
    units = {unit.pk: unit for unit in TimeUnit.objects.filter(plan=plan)}
    times = schedule.Timetable()
    same = Q(pk__in=[])
    for group in near_rows.order_by().values(*columns).distinct():
        whole = {"paper_minutes": []} | group
        if any(d.key == key and d.at == at for d in _dues(times, whole, units[group["unit"]], plan)):
            same |= Q(**{n if group[n] is not None else f"{n}__isnull": _or_null(group[n]) for n in columns})
    record = DeadlineRecord.objects.filter(site_unit=OuterRef("pk"), deadline=key)
    if key not in FIRES_ONCE:
        record = record.filter(generation=OuterRef("generation"))
    found = near_rows.filter(same).annotate(
        record=Subquery(record.order_by("-generation").values("pk")[:1]),
        outcome=Subquery(record.order_by("-generation").values("outcome")[:1]),
    )
    if state in ("due", "ahead"):
        is_past = plan.real_time(at) <= now
        return found.filter(record=None) if is_past == (state == "due") else found.none()
    return found.filter(outcome=state) if state in STATES else found


def _or_null(value: Any) -> Any:
    return True if value is None else value


def standings(
    site_units: Iterable[SiteUnit], plan: ExamPlan, at: datetime, *, now: datetime
) -> list[Standing]:
    """What became of the deadline at each of a page of site units."""
    site_units = list(site_units)
    records = DeadlineRecord.objects.in_bulk([s.record for s in site_units if s.record])  # type: ignore[attr-defined]
    unrecorded = "due" if plan.real_time(at) <= now else "ahead"
    return [
        _standing(s, records.get(s.record), plan, unrecorded)  # type: ignore[attr-defined]
        for s in site_units
    ]


def _standing(
    site_unit: SiteUnit, record: DeadlineRecord | None, plan: ExamPlan, unrecorded: str
) -> Standing:
    if record is None:
        return Standing(site_unit, unrecorded, None, None, "")
    return Standing(
        site_unit,
        record.outcome,
        plan.plan_time(record.fired_at) if record.fired_at and record.outcome != "skipped" else None,
        timedelta(milliseconds=record.lag_ms) if record.lag_ms is not None else None,
        record.error,
    )
