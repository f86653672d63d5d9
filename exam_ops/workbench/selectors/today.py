"""The day of a person: the plan that is nearest, its units of the day, and their figures place by place (E1)."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, IntegerField, Max, Min, Q, QuerySet, Sum, When

from exam_ops.core import access, policies
from exam_ops.core.access import Actor
from exam_ops.core.models import Branch, Event, ExamPlan, RoomSession, RosterRow, SiteUnit, Sitting
from exam_ops.rules.deadlines import due_times
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.policy import Policy
from exam_ops.rules.text import Text
from exam_ops.workbench.links import url_or_nothing
from incidents.models import Incident
from verification.selectors.entry import Stats, stats_of
from verification.selectors.figures import Figures, figures, in_trouble
from verification.selectors.site_board import UNCHECKED_BEFORE

SEE = "sign_in.see"
LOOK_BACK = timedelta(hours=18)  # the longest that a unit may run
FIRST_OF_THE_DAY = "entry_opens"
START, NOTHING = Text("开考", "Start"), Text("", "")


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit of the day, over the sites in scope."""

    pk: int
    code: str
    name: str
    start: datetime
    end: datetime
    sites: int
    branches: int
    state: str  # ahead, open, running, over
    next_at: datetime | None  # the next moment from the opening of entry on: the start, or a deadline
    next_label: Text


@dataclass(frozen=True, slots=True)
class Today:
    """What the workbench is about: one plan, one day, one unit of it."""

    plan: ExamPlan
    day: date
    is_today: bool
    units: list[UnitLine]
    unit: UnitLine
    site_unit: SiteUnit  # whose clock is shown
    rows: QuerySet[SiteUnit]  # the day, in scope

    @property
    def unit_rows(self) -> QuerySet[SiteUnit]:
        return self.rows.filter(unit=self.unit.pk)


@dataclass(frozen=True, slots=True)
class Line:
    """A branch, a site or a room in the unit, with its figures."""

    name: str
    place: str
    url: str
    stats: Stats
    rooms: int
    troubled: int
    incidents: int
    grade: int | None  # the worst open incident's
    locked_out: bool = False  # the rest says what troubles one room
    unchecked: bool = False
    failed: int = 0
    refused: int = 0

    @property
    def tone(self) -> str:
        if self.incidents or self.locked_out:
            return "trouble"
        return "watch" if self.stats.pending or self.troubled else ""

    @property
    def rank(self) -> tuple[int, ...]:
        return (self.grade or 9, -self.locked_out, -self.incidents, -self.stats.pending, -self.troubled)


def scope_of(actor: Actor) -> QuerySet[SiteUnit]:
    """Site units that are the actor's day: all in the office's scope, else where they proctor, sit or answer for."""
    if actor.may(SEE):
        return access.visible(actor, SiteUnit, SEE)
    own = Q(pk__in=own_roster(actor).values("room_session__site_unit"))
    own |= Q(pk__in=own_sittings(actor).values("site_unit"))
    if centres := [g.centre_id for g in actor.grants if g.centre_id]:
        own |= Q(site__centres__in=centres)
    return SiteUnit.objects.filter(pk__in=SiteUnit.objects.filter(own).values("pk"))


def own_roster(actor: Actor) -> QuerySet[RosterRow]:
    return access.visible(actor, RosterRow).filter(proctor=actor.user)


def own_sittings(actor: Actor) -> QuerySet[Sitting]:
    """A candidate's own sittings."""
    own = [g.candidate_id for g in actor.grants if g.candidate_id]
    return access.visible(actor, Sitting).filter(candidate__in=own) if own else Sitting.objects.none()


def nearest_of(actor: Actor, *, now: datetime, plan: str = "") -> SiteUnit | None:
    """The site unit in scope that runs at `now` or comes next, else the last that was; None when there is none.

    What runs in earnest goes before a drill; `plan` (a code) narrows the choice.
    """
    scope = scope_of(actor)
    rows = (scope.filter(unit__plan__code=plan) if plan else scope).select_related("unit__plan", "site")
    real_first = Case(
        When(~Q(unit__plan__kind=ExamPlan.Kind.DRILL), entry_opens_at__lte=now, then=0),
        default=1,
        output_field=IntegerField(),
    )
    ahead = rows.filter(starts_at__gt=now - LOOK_BACK, ends_at__gt=now).order_by(
        real_first, "starts_at", "pk"
    )
    return ahead.first() or rows.order_by("-starts_at", "pk").first()


def other_plans(actor: Actor, today: Today, *, now: datetime) -> list[ExamPlan]:
    """Further plans with a unit in scope that runs now or begins within a day."""
    near = scope_of(actor).filter(
        starts_at__gt=now - LOOK_BACK, starts_at__lt=now + timedelta(days=1), ends_at__gt=now
    )
    rows = ExamPlan.objects.filter(pk__in=near.order_by().values("unit__plan")).exclude(pk=today.plan.pk)
    return list(rows.order_by("kind", "code"))


def today_of(actor: Actor, nearest: SiteUnit, *, now: datetime, unit: str = "") -> Today:
    """The day of the nearest site unit and its running or next unit; `unit` (a code) chooses another."""
    plan = nearest.unit.plan
    day = nearest.start.astimezone(BEIJING).date()
    midnight = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    rows = scope_of(actor).filter(
        unit__plan=plan, unit__start__gte=midnight, unit__start__lt=midnight + timedelta(days=1)
    )
    units = _units(rows, plan, now)
    chosen = next((u for u in units if u.code == unit), None) or _present(units)
    shown = rows.filter(unit=chosen.pk).select_related("site", "unit__plan").order_by("start", "pk").first()
    is_today = plan.plan_time(now).astimezone(BEIJING).date() == day
    return Today(plan, day, is_today, units, chosen, shown or nearest, rows)


def _units(rows: QuerySet[SiteUnit], plan: ExamPlan, now: datetime) -> list[UnitLine]:
    policy = policies.of(plan)
    found = (
        rows.order_by()
        .values("unit", "unit__code", "unit__name")
        .annotate(
            first=Min("start"),
            last=Max("end"),
            opens=Min("entry_opens_at"),
            sites=Count("pk"),
            branches=Count("site__branch", distinct=True),
        )
        .order_by("first", "unit__code")
    )
    return [_unit(row, plan, policy, now) for row in found]


def _unit(row: Mapping[str, Any], plan: ExamPlan, policy: Policy, now: datetime) -> UnitLine:
    at = plan.plan_time(now)
    dues = due_times(row["first"], row["last"], policy=policy)
    of_the_day = dues[[due.key for due in dues].index(FIRST_OF_THE_DAY) :]
    moments = [(due.at, due.deadline.label) for due in of_the_day if due.at <= row["last"]]
    ahead = min(
        (found for found in [(row["first"], START), *moments] if found[0] > at),
        key=lambda found: found[0],
        default=None,
    )
    return UnitLine(
        pk=row["unit"],
        code=row["unit__code"],
        name=row["unit__name"] or row["unit__code"],
        start=row["first"],
        end=row["last"],
        sites=row["sites"],
        branches=row["branches"],
        state=_state(row, at, now),
        next_at=ahead[0] if ahead else None,
        next_label=ahead[1] if ahead else NOTHING,
    )


def _state(row: Mapping[str, Any], at: datetime, now: datetime) -> str:
    if at >= row["last"]:
        return "over"
    if at >= row["first"]:
        return "running"
    return "open" if now >= row["opens"] else "ahead"


def _present(units: list[UnitLine]) -> UnitLine:
    return next((unit for unit in units if unit.state != "over"), units[-1])


def mark_of(actor: Actor, nearest: SiteUnit, *, now: datetime) -> tuple[Any, ...]:
    """What the day's figures depend on, in one look-up: whatever moves them writes an event."""
    minute = int(now.timestamp()) // 60
    if any(grant.is_everywhere for grant in actor.grants):
        return (minute, *Event.objects.aggregate(Max("pk")).values())
    rows = scope_of(actor).filter(
        unit__plan=nearest.unit.plan_id,
        starts_at__gt=nearest.starts_at - LOOK_BACK,
        starts_at__lt=nearest.starts_at + LOOK_BACK,
    )
    return (minute, *rows.aggregate(Max("events__pk"), Min("starts_at"), Sum("generation")).values())


def unit_figures(today: Today, *, now: datetime) -> dict[Hashable, Figures]:
    """Figures of each unit of the day."""
    return figures(today.rows, "unit", now=now)


def lines_of(today: Today, *, now: datetime) -> tuple[str, list[Line]]:
    """The level below the actor's scope (branch, site or room) and its lines in the unit, trouble first."""
    if today.unit.branches > 1:
        level, lines = "branch", _branches(today, now)
    elif today.unit.sites > 1:
        level, lines = "site", _sites(today, now)
    else:
        level, lines = "room", _rooms(today, now)
    return level, sorted(lines, key=lambda line: line.rank)


def _branches(today: Today, now: datetime) -> Iterable[Line]:
    found = figures(today.unit_rows, "site__branch", now=now)
    open_ones = _incidents(today, "site_unit__site__branch")
    for branch in Branch.objects.filter(pk__in=[str(pk) for pk in found]).order_by("code"):
        url = url_or_nothing("sign-in-branch", today.plan.code, today.unit.code, branch.code)
        yield _line(branch.name, url, found[branch.pk], open_ones.get(branch.pk))


def _sites(today: Today, now: datetime) -> Iterable[Line]:
    found = figures(today.unit_rows, "pk", now=now)
    open_ones = _incidents(today, "site_unit")
    for site_unit in today.unit_rows.select_related("site").order_by("site__code"):
        url = url_or_nothing("sign-in-board", site_unit.pk)
        yield _line(site_unit.site.name, url, found.get(site_unit.pk, Figures()), open_ones.get(site_unit.pk))


def _rooms(today: Today, now: datetime) -> Iterable[Line]:
    sessions = list(
        RoomSession.objects.filter(site_unit__in=today.unit_rows.values("pk"))
        .select_related("room", "site_unit")
        .order_by("room__room_no")
    )
    stats = stats_of(sessions, now=now)
    troubled = set(
        RoomSession.objects.filter(in_trouble(now), pk__in=[s.pk for s in sessions]).values_list(
            "pk", flat=True
        )
    )
    for session in sessions:
        is_troubled = session.pk in troubled
        yield Line(
            name=session.room.room_no,
            place=session.room.place,
            url=url_or_nothing("sign-in-room", session.pk),
            stats=stats[session.pk],
            rooms=1,
            troubled=int(is_troubled),
            incidents=session.open_incidents,
            grade=None,
            locked_out=session.app_locked_out,
            unchecked=is_troubled and session.proctors_checked == 0 and now >= _checked_by(session),
            failed=session.failed_only,
            refused=session.refused_logins,
        )


def _checked_by(session: RoomSession) -> datetime:
    """When a room's first proctor should have been face-checked."""
    return session.site_unit.starts_at - UNCHECKED_BEFORE


def _line(name: str, url: str, found: Figures, open_ones: tuple[int, int] | None) -> Line:
    size, worst = open_ones or (0, None)
    return Line(name, "", url, found.stats, found.rooms, found.troubled, size, worst)


def _incidents(today: Today, by: str) -> dict[int, tuple[int, int]]:
    """Place → (unsolved incidents, the worst grade)."""
    rows = (
        Incident.objects.filter(site_unit__in=today.unit_rows.order_by().values("pk"))
        .exclude(status=Incident.Status.RESOLVED)
        .order_by()
    )
    return {
        place: (size, worst)
        for place, size, worst in rows.values_list(by).annotate(Count("pk"), Min("grade"))
    }
