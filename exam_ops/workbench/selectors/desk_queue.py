"""技术支持 queue (A1): which technical incidents stand at whose desk, derived at each look from duty and clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from statistics import median
from typing import Any

from django.db.models import Case, IntegerField, Max, Prefetch, Q, QuerySet, Value, When

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan
from exam_ops.rules.permissions import Role
from exam_ops.workbench.links import url_or_nothing
from incidents.models import Entry, Incident, Report
from incidents.services import duty
from incidents.services.desk import TECHNICAL
from incidents.services.posts import HEADQUARTERS_DESK

SEE = "support.see"
SHOWN = 60
RECENT = timedelta(hours=36)  # holds every plan's day
Status = Incident.Status


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters: `desk` (mine, all), `state` (waiting, taken, own), `type`, `branch` (a code); empty: no matter."""

    desk: str = ""
    state: str = ""
    type: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One incident of the queue; times on the page's clock."""

    incident: Incident
    rooms: list[str]
    opened_at: datetime
    answered_in: timedelta | None
    passes_on_at: datetime | None  # until when the branch's desk has it to itself
    at_headquarters: bool
    caller: str
    url: str

    @property
    def is_waiting(self) -> bool:
        return self.incident.taken_by is None


@dataclass(frozen=True, slots=True)
class Answers:
    """Today's first answers by the plans' clocks."""

    count: int
    median: timedelta | None
    slowest: timedelta | None


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue, oldest untaken first, then what somebody has; with its figures."""

    lines: list[QueueLine]
    waiting: int
    taken: int
    resolved: int
    answers: Answers
    more: int
    has_any: bool


def technical(actor: Actor) -> QuerySet[Incident]:
    """Technical incidents in scope."""
    return access.visible(actor, Incident, SEE).filter(type__in=TECHNICAL)


def keeps_headquarters_desk(actor: Actor) -> bool:
    """Whether the actor is of headquarters' support, whose queue is not everything in sight."""
    return any(grant.role is Role.SUPPORT and grant.is_everywhere for grant in actor.grants)


def plan_of(actor: Actor) -> ExamPlan | None:
    """The one plan that the queue is about, if it is one."""
    rows = technical(actor).exclude(status=Status.RESOLVED)
    plans = list(ExamPlan.objects.filter(pk__in=rows.values("site_unit__unit__plan"))[:2])
    return plans[0] if len(plans) == 1 else None


def mark_of(actor: Actor, *, now: datetime) -> tuple[Any, ...]:
    """What the queue depends on: its timelines' last line, what has passed on by time, and who is on duty (by the minute)."""
    rows = technical(actor)
    last = Entry.objects.filter(incident__in=rows.values("pk")).aggregate(last=Max("pk"))["last"]
    passed = rows.filter(taken_by=None, desk_passes_on_at__lte=now).exclude(status=Status.RESOLVED).count()
    return last, passed, int(now.timestamp()) // 60


def at_headquarters(rows: QuerySet[Incident], *, now: datetime) -> Q:
    """Untaken incidents that headquarters' desk has: not taken at the branch's in time or passed on, or nobody keeps the
    branch's desk now on the plan's clock."""
    untaken = rows.filter(taken_by=None, desk_passes_on_at__gt=now).exclude(status=Status.RESOLVED)
    branches: dict[int, set[int]] = {}
    for plan_id, branch_id in untaken.order_by().values_list(
        "site_unit__unit__plan", "site_unit__site__branch"
    ):
        branches.setdefault(plan_id, set()).add(branch_id)
    found = [Q(desk_passes_on_at=None) | Q(desk_passes_on_at__lte=now)]
    for plan in ExamPlan.objects.filter(pk__in=branches):
        asked = branches[plan.pk]
        empty = asked - duty.staffed_desks(asked, plan_now=plan.plan_time(now))
        found.append(Q(site_unit__unit__plan=plan, site_unit__site__branch__in=empty))
    return Q(taken_by=None) & reduce(or_, found)


def queue(actor: Actor, about: ExamPlan | None, chosen: Chosen, *, now: datetime) -> Queue:
    """The actor's queue under the chosen filters."""
    visible = technical(actor)
    unsolved = visible.exclude(status=Status.RESOLVED)
    passed = at_headquarters(unsolved, now=now)
    mine = _at_my_desk(actor, unsolved, passed) if chosen.desk != "all" else unsolved
    rows = _filtered(actor, mine, chosen)
    order = Case(When(taken_by=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    shown = _with_facts(rows).order_by(order, "opened_at", "pk")[:SHOWN]
    standing_there = set(unsolved.filter(passed).values_list("pk", flat=True))
    headquarters = set(HEADQUARTERS_DESK.members().values_list("user_id", flat=True))
    total, waiting = mine.count(), mine.filter(taken_by=None).count()
    recent = list(
        visible.filter(opened_at__gt=now - RECENT)
        .select_related("site_unit__unit__plan")
        .defer("ladder")
        .order_by()[:2000]
    )
    lines = [
        _line(row, about, now, row.pk in standing_there or row.taken_by_id in headquarters) for row in shown
    ]
    return Queue(
        lines=lines,
        waiting=waiting,
        taken=total - waiting,
        resolved=sum(1 for row in recent if row.status == Status.RESOLVED and _is_today(row, now)),
        answers=answers_of(row for row in recent if _is_today(row, now)),
        more=max(rows.count() - len(lines), 0),
        has_any=unsolved.exists(),
    )


def waiting(actor: Actor, *, now: datetime) -> int:
    """How many untaken incidents the actor's desk has."""
    unsolved = technical(actor).exclude(status=Status.RESOLVED)
    return _at_my_desk(actor, unsolved, at_headquarters(unsolved, now=now)).filter(taken_by=None).count()


def in_hand(actor: Actor, about: ExamPlan | None, *, now: datetime) -> list[QueueLine]:
    """What the actor has taken and not resolved, oldest first."""
    rows = technical(actor).exclude(status=Status.RESOLVED).filter(taken_by=actor.user)
    found = _with_facts(rows).order_by("opened_at", "pk")
    there = keeps_headquarters_desk(actor)
    return [_line(row, about, now, there or _is_past(row, now)) for row in found]


def _is_past(row: Incident, now: datetime) -> bool:
    return row.desk_passes_on_at is None or row.desk_passes_on_at <= now


def _with_facts(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    reports = Prefetch("reports", Report.objects.order_by("-received_at"))
    return rows.select_related(
        "site_unit__site__branch", "site_unit__unit__plan", "opened_by", "taken_by"
    ).prefetch_related("room_sessions__room", reports)


def _at_my_desk(actor: Actor, rows: QuerySet[Incident], passed: Q) -> QuerySet[Incident]:
    """Headquarters' support has what passed on to it and what it took; everybody else all in sight."""
    if not keeps_headquarters_desk(actor):
        return rows
    return rows.filter(passed | Q(taken_by__in=HEADQUARTERS_DESK.members().values("user")))


def _filtered(actor: Actor, rows: QuerySet[Incident], chosen: Chosen) -> QuerySet[Incident]:
    states = {
        "waiting": Q(taken_by=None),
        "taken": Q(taken_by__isnull=False),
        "own": Q(taken_by=actor.user),
    }
    rows = rows.filter(states.get(chosen.state, Q()))
    if chosen.type in TECHNICAL:
        rows = rows.filter(type=chosen.type)
    return rows.filter(site_unit__site__branch__code=chosen.branch) if chosen.branch else rows


def _is_today(row: Incident, now: datetime) -> bool:
    plan = row.site_unit.unit.plan
    return duty.day_of(plan.plan_time(row.opened_at)) == duty.day_of(plan.plan_time(now))


def first_answer(row: Incident) -> timedelta | None:
    """From opening to the desk's first act, as the plan's clock showed both."""
    plan = row.site_unit.unit.plan
    return plan.plan_time(row.taken_at) - plan.plan_time(row.opened_at) if row.taken_at else None


def answers_of(rows: Iterable[Incident]) -> Answers:
    """Median and slowest of the first answers."""
    spans = [span for row in rows if (span := first_answer(row)) is not None]
    middle = timedelta(seconds=median(span.total_seconds() for span in spans)) if spans else None
    return Answers(len(spans), middle, max(spans, default=None))


def _line(row: Any, about: ExamPlan | None, now: datetime, at_headquarters: bool) -> QueueLine:
    plan = row.site_unit.unit.plan
    shift = (about.clock_offset if about else timedelta(0)) - plan.clock_offset
    waits = row.taken_by is None and not at_headquarters and row.desk_passes_on_at
    return QueueLine(
        incident=row,
        rooms=[session.room.room_no for session in row.room_sessions.all()],
        opened_at=plan.plan_time(row.opened_at) + shift,
        answered_in=first_answer(row),
        passes_on_at=plan.laid_time(row.desk_passes_on_at) + shift if waits else None,
        at_headquarters=at_headquarters,
        caller=next((report.caller for report in row.reports.all() if report.caller), ""),
        url=url_or_nothing("incident-detail", row.pk),
    )
