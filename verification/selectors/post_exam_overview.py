"""考后核验 of many sites: how far each is, what was found, what is late (C16). Five statements for a nation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import Count, F, QuerySet, Sum

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, RoomSession, SiteUnit, Sitting, TimeUnit
from exam_ops.rules import post_exam
from exam_ops.rules.post_exam import State
from verification.models import PostExamCheck, PostExamRun
from verification.selectors.post_exam import LET_IN

SEE = "post_exam.see"
_FIRST = (State.OVERDUE, State.OPEN, State.DONE, State.AHEAD)


@dataclass(frozen=True, slots=True)
class Site:
    """One site in one unit, by the key of its site unit; `due_at` is plan time."""

    pk: int
    total: int
    checked: int
    findings: int
    settled: int
    state: State
    due_at: datetime

    @property
    def open_findings(self) -> int:
        return self.findings - self.settled


def plans_of(actor: Actor) -> QuerySet[ExamPlan]:
    """Plans with units at a site in the actor's scope, the latest first."""
    seen = access.visible(actor, SiteUnit, SEE).values("unit__plan")
    return ExamPlan.objects.filter(pk__in=seen).order_by("-starts_on", "code")


def units_of(actor: Actor, plan: ExamPlan) -> list[TimeUnit]:
    """The plan's units at sites in scope, in order of time."""
    seen = access.visible(actor, SiteUnit, SEE).filter(unit__plan=plan).values("unit")
    return list(TimeUnit.objects.filter(pk__in=seen).order_by("start", "code"))


def site_units_of(actor: Actor, plan: ExamPlan) -> QuerySet[SiteUnit]:
    """Site units of the plan in scope."""
    return access.visible(actor, SiteUnit, SEE).filter(unit__plan=plan)


def last_ended(site_units: QuerySet[SiteUnit], *, now: datetime) -> int | None:
    """The unit that ended last; None when none has."""
    ended = site_units.filter(ends_at__lte=now).order_by("-ends_at", "-unit")
    return ended.values_list("unit", flat=True).first()


def sites(site_units: QuerySet[SiteUnit], plan: ExamPlan, *, now: datetime) -> list[Site]:
    """How far each of a plan's is: what is late first, then by findings that wait, then by code."""
    chosen = site_units.order_by().values("pk")
    let_in = dict(
        RoomSession.objects.filter(site_unit__in=chosen)
        .order_by()
        .values_list("site_unit")
        .annotate(n=Sum(F("signed_in") + F("approved")))
    )
    roomless = dict(
        Sitting.objects.filter(site_unit__in=chosen, room_session=None, entry_status__in=LET_IN)
        .order_by()
        .values_list("site_unit")
        .annotate(n=Count("pk"))
    )
    runs = PostExamRun.objects.filter(site_unit__in=chosen)
    figures = {pk: row for pk, *row in runs.values_list("pk", "checked", "findings", "settled")}
    plan_now, due = plan.plan_time(now), cache(post_exam.due_at)
    found = []
    for pk, start, end, ends_at in site_units.order_by("site__code", "start").values_list(
        "pk", "start", "end", "ends_at"
    ):
        total = let_in.get(pk, 0) + roomless.get(pk, 0)
        checked, doubted, settled = figures.get(pk, (0, 0, 0))
        state = State.AHEAD
        if now >= ends_at:  # a stop ended it before its time
            state = post_exam.state(start=start, end=end, now=max(plan_now, end), done=checked, total=total)
        # somebody who was checked may have left the list since
        found.append(Site(pk, max(total, checked), checked, doubted, settled, state, due(start)))
    return sorted(found, key=lambda site: (_FIRST.index(site.state), -site.open_findings))


def loaded(found: Sequence[Site]) -> list[tuple[Site, SiteUnit]]:
    """Each with its site unit: for as many as a page shows."""
    rows = SiteUnit.objects.select_related("site", "unit__plan").in_bulk([site.pk for site in found])
    return [(site, rows[site.pk]) for site in found if site.pk in rows]


def state_of(site_unit: SiteUnit, checked: int, total: int, now: datetime) -> State:
    """How the check of one site unit stands at the real instant `now`."""
    if now < site_unit.ends_at:
        return State.AHEAD
    plan_now = max(site_unit.unit.plan.plan_time(now), site_unit.end)  # stopped: it ended before its time
    return post_exam.state(start=site_unit.start, end=site_unit.end, now=plan_now, done=checked, total=total)


def findings(
    actor: Actor, plan: ExamPlan, *, unit: str = "", site: str = "", show: str = ""
) -> QuerySet[PostExamCheck]:
    """Verdicts in force that are findings, those that wait for the branch first."""
    rows = access.visible(actor, PostExamCheck, SEE).filter(
        site_unit__unit__plan=plan, withdrawn_at=None, result__in=[r.value for r in post_exam.FINDINGS]
    )
    if unit:
        rows = rows.filter(site_unit__unit__code=unit)
    if site:
        rows = rows.filter(site_unit__site__code=site)
    if show in ("open", "settled"):
        rows = rows.filter(settled_at__isnull=show == "open")
    return rows.select_related(
        "sitting__candidate", "site_unit__site", "site_unit__unit__plan", "room_session__room",
        "by", "seen_by", "settled_by", "sign_in",
    ).defer("sitting__candidate__id_no").order_by(F("settled_at").desc(nulls_first=True), "-at", "-pk")  # fmt: skip


def totals(found: Iterable[Site]) -> dict[str, int]:
    """Figures over many sites."""
    sums = dict.fromkeys(("sites", "total", "checked", "findings", "settled", "overdue", "done"), 0)
    for site in found:
        sums["sites"] += 1
        for name in ("total", "checked", "findings", "settled"):
            sums[name] += getattr(site, name)
        sums["overdue"] += site.state is State.OVERDUE
        sums["done"] += site.state is State.DONE
    return sums
