"""What the pages of 考试计划 show, inside the actor's scope."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from exam_ops.core import policies
from exam_ops.core.access import Actor, visible
from exam_ops.core.examclock import exam_clock
from exam_ops.core.models import ExamPlan, ExamSite, RoomSession, RosterRow, SiteUnit, Sitting, TimeUnit
from exam_ops.rules.deadlines import Anchor, Due, Sent, due_times, next_due
from exam_ops.rules.text import Text

EARLIER = Text("日间提前", "by day")
PAPERS_END = Text("{label}（{minutes} 分钟的试卷）", "{label} ({minutes}-minute papers)")


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One plan of the list with its figures."""

    plan: ExamPlan
    first: datetime | None
    last: datetime | None
    units: int
    sites: int
    sittings: int


def plans(actor: Actor, *, kind: str = "", words: str = "") -> QuerySet[ExamPlan]:
    """Plans that the actor may see, the latest first."""
    found = visible(actor, ExamPlan, "plan.see").order_by("-starts_on", "-pk")
    if kind in ExamPlan.Kind.values:
        found = found.filter(kind=kind)
    return found.filter(Q(code__icontains=words) | Q(name__icontains=words)) if words else found


def plan_lines(actor: Actor, shown: Iterable[ExamPlan]) -> list[PlanLine]:
    """The plans of one page of the list, with three queries for all of them."""
    every = list(shown)
    units = _by_plan(TimeUnit.objects.filter(plan__in=every), "plan", n=Count("pk"))
    site_units = visible(actor, SiteUnit, "plan.see").filter(unit__plan__in=every)
    sites = _by_plan(site_units, "unit__plan", n=Count("site", distinct=True))
    sittings = _sittings_by_plan(actor, every)
    spans = dict(_spans(every))
    return [
        PlanLine(
            plan=plan,
            first=spans.get(plan.pk, (None, None))[0],
            last=spans.get(plan.pk, (None, None))[1],
            units=units.get(plan.pk, 0),
            sites=sites.get(plan.pk, 0),
            sittings=sittings.get(plan.pk, 0),
        )
        for plan in every
    ]


def _by_plan(rows: QuerySet, path: str, **figure: Any) -> dict[int, int]:
    return dict(rows.order_by().values_list(path).annotate(**figure))


def _spans(every: list[ExamPlan]) -> Iterable[tuple[int, tuple[datetime, datetime]]]:
    spans: dict[int, tuple[datetime, datetime]] = {}
    for plan_id, start, end in TimeUnit.objects.filter(plan__in=every).values_list("plan", "start", "end"):
        first, last = spans.get(plan_id, (start, end))
        spans[plan_id] = (min(first, start), max(last, end))
    return spans.items()


def _sittings_by_plan(actor: Actor, every: list[ExamPlan]) -> dict[int, int]:
    """Registered by the counters of rooms, and those who have none."""
    sessions = visible(actor, RoomSession, "plan.see").filter(site_unit__unit__plan__in=every)
    seated = _by_plan(sessions, "site_unit__unit__plan", n=Sum("registered"))
    loose = visible(actor, Sitting, "plan.see").filter(site_unit__unit__plan__in=every, room_session=None)
    waiting = _by_plan(loose, "site_unit__unit__plan", n=Count("pk"))
    return {plan.pk: seated.get(plan.pk, 0) + waiting.get(plan.pk, 0) for plan in every}


@dataclass(frozen=True, slots=True)
class DueLine:
    """One deadline of a unit as people read it."""

    at: datetime
    short: Text | str  # T−5, E−15
    label: Text
    clause: str
    hard: bool
    state: str  # past, next, ahead


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit with every deadline of the table, in plan time."""

    unit: TimeUnit
    state: str  # over, running, ahead
    dues: list[DueLine]
    paper_minutes: list[int]
    sites: int
    rooms: int
    sittings: int
    is_current: bool = False  # the running one, else the next

    @property
    def passed(self) -> int:
        """How many deadlines the plan's clock has passed."""
        return sum(due.state == "past" for due in self.dues)

    @property
    def next_due(self) -> DueLine | None:
        return next((due for due in self.dues if due.state == "next"), None)


def unit_lines(actor: Actor, plan: ExamPlan, *, now: datetime) -> list[UnitLine]:
    """The plan's units in order of time; the figures are those of the actor's scope."""
    at, policy = plan.plan_time(now), policies.of(plan)
    sessions = visible(actor, RoomSession, "plan.see").filter(site_unit__unit__plan=plan)
    rooms = _by_plan(sessions, "site_unit__unit", n=Count("pk"))
    seated = _by_plan(sessions, "site_unit__unit", n=Sum("registered"))
    loose = visible(actor, Sitting, "plan.see").filter(site_unit__unit__plan=plan, room_session=None)
    waiting = _by_plan(loose, "site_unit__unit", n=Count("pk"))
    sites, minutes = _site_units_of(actor, plan)
    units = list(plan.units.all())
    current = next((unit for unit in units if at < unit.end), None)
    lines = []
    for unit in units:
        lengths = sorted(minutes.get(unit.pk, ()))
        is_mock = plan.kind == ExamPlan.Kind.MOCK
        dues = due_times(unit.start, unit.end, paper_minutes=lengths, policy=policy, mock=is_mock)
        lines.append(
            UnitLine(
                unit=unit,
                state="over" if at >= unit.end else "running" if at >= unit.start else "ahead",
                dues=_due_lines(unit, dues, at),
                paper_minutes=lengths,
                sites=sites.get(unit.pk, 0),
                rooms=rooms.get(unit.pk, 0),
                sittings=seated.get(unit.pk, 0) + waiting.get(unit.pk, 0),
                is_current=unit is current,
            )
        )
    return lines


def _due_lines(unit: TimeUnit, dues: list[Due], at: datetime) -> list[DueLine]:
    ahead = next_due(dues, after=at)
    lines = []
    for due in dues:
        state = "past" if due.at <= at else "next" if due is ahead else "ahead"
        short, label = _words(unit, due)
        lines.append(DueLine(due.at, short, label, due.deadline.clause, due.deadline.hard, state))
    return lines


def _words(unit: TimeUnit, due: Due) -> tuple[Text | str, Text]:
    """`T−5` and its label; a reminder that is sent by day, and a paper's own end, say so."""
    row = due.deadline
    if row.anchor is Anchor.PAPER_END and due.at < unit.end:
        minutes = int((due.at - unit.start).total_seconds() // 60)
        return f"T+{minutes}", PAPERS_END.format(label=row.label, minutes=minutes)
    if row.sent is Sent.EVE:
        return EARLIER, row.label
    if row.sent is Sent.BY_DAY and due.at - unit.start != row.offset:
        return EARLIER, row.label
    return due.short, row.label


def _site_units_of(actor: Actor, plan: ExamPlan) -> tuple[dict[int, int], dict[int, set[int]]]:
    """Number of sites and lengths of papers by unit."""
    sites: dict[int, int] = {}
    minutes: dict[int, set[int]] = {}
    rows = visible(actor, SiteUnit, "plan.see").filter(unit__plan=plan).values_list("unit", "paper_minutes")
    for unit_id, lengths in rows:
        sites[unit_id] = sites.get(unit_id, 0) + 1
        minutes.setdefault(unit_id, set()).update(lengths)
    return sites, minutes


def clock_of(plan: ExamPlan, lines: list[UnitLine], *, now: datetime) -> dict[str, Any] | None:
    """The exam clock of the running or next unit, as planned; None when all are over."""
    line = next((line for line in lines if line.is_current), None)
    if line is None:
        return None
    unit = line.unit
    stand_in = SiteUnit(unit=unit, start=unit.start, end=unit.end, paper_minutes=line.paper_minutes)
    return exam_clock(stand_in, plan, now)


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One site of a plan with its figures over all units."""

    site: ExamSite
    rooms: int
    sittings: int
    proctors: int


def sites_of(actor: Actor, plan: ExamPlan) -> QuerySet[ExamSite]:
    """Sites of the plan inside the actor's scope, by code."""
    site_units = visible(actor, SiteUnit, "plan.see").filter(unit__plan=plan)
    return ExamSite.objects.filter(pk__in=site_units.values("site")).select_related("branch").order_by("code")


def site_lines(actor: Actor, plan: ExamPlan, shown: Iterable[ExamSite]) -> list[SiteLine]:
    """The sites of one page of the list."""
    every = list(shown)
    sessions = visible(actor, RoomSession, "plan.see").filter(
        site_unit__unit__plan=plan, site_unit__site__in=every
    )
    rooms = _by_plan(sessions, "site_unit__site", n=Count("room", distinct=True))
    seated = _by_plan(sessions, "site_unit__site", n=Sum("registered"))
    loose = visible(actor, Sitting, "plan.see").filter(
        site_unit__unit__plan=plan, site_unit__site__in=every, room_session=None
    )
    waiting = _by_plan(loose, "site_unit__site", n=Count("pk"))
    roster = RosterRow.objects.filter(room_session__in=sessions)
    proctors = _by_plan(roster, "room_session__site_unit__site", n=Count("proctor", distinct=True))
    return [
        SiteLine(
            site=site,
            rooms=rooms.get(site.pk, 0),
            sittings=seated.get(site.pk, 0) + waiting.get(site.pk, 0),
            proctors=proctors.get(site.pk, 0),
        )
        for site in every
    ]
