"""The movable clock of a drill (B7): forward by jumps, back only by a reset that deletes the drill's results.

A jump shifts every real instant of the plan in one transaction under the plan's row lock; guarded writes
hold a share lock on their site unit, so that a jump waits for them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F, Min

from exam_ops.core import events, schedule
from exam_ops.core.errors import Invalid, Refusal
from exam_ops.core.models import (
    DeadlineRecord,
    Effect,
    Event,
    ExamPlan,
    RoomSession,
    RosterRow,
    SiteUnit,
    Sitting,
    StoredAnswer,
    TimeUnit,
    User,
)
from exam_ops.rules.deadlines import Due
from exam_ops.rules.entry import Entry
from exam_ops.rules.moments import BEIJING, UnreadableMoment, moment
from exam_ops.rules.text import Text

JUST_BEFORE = timedelta(seconds=10)

_shifted: list[tuple[type[models.Model], str, tuple[str, ...]]] = []
_resets: list[Callable[[ExamPlan], None]] = []
_returns: list[Callable[[ExamPlan], None]] = []


class NotADrill(Refusal):
    code, status = "not_a_drill", 409
    title = Text("不是演练计划", "Not a drill")
    sentence = Text(
        "{plan} 是正式或模拟考试，时钟不可调整。只有演练计划可以。",
        "{plan} is a real or mock exam; its clock can't be moved. Only a drill's can.",
    )


class BackwardsInTime(Refusal):
    code, status = "backwards_in_time", 409
    title = Text("演练时钟只能向前", "A drill's clock moves forward only")
    sentence = Text(
        "演练时钟已到 {plan_now}，不能退回 {target}。如需重来，请用 --reset：演练结果将被删除，从头开始。",
        "The drill stands at {plan_now} and can't go back to {target}. "
        "Use --reset to begin anew: the drill's results are deleted.",
    )


class UnknownMoment(Invalid):
    sentence = Text(
        "读不懂时刻“{expression}”。请写成 T-6m、T+32m、E-10s 这样的形式。",
        "“{expression}” is no moment. Write it like T-6m, T+32m or E-10s.",
    )


def shifts(model: type[models.Model], plan_lookup: str, *columns: str) -> None:
    """Registers real instants of `model` that follow a drill's clock."""
    if (entry := (model, plan_lookup, columns)) not in _shifted:
        _shifted.append(entry)


def on_reset(work: Callable[[ExamPlan], None]) -> Callable[[ExamPlan], None]:
    """Registers what a feature deletes when a drill begins anew."""
    if work not in _resets:
        _resets.append(work)
    return work


def after_reset(work: Callable[[ExamPlan], None]) -> Callable[[ExamPlan], None]:
    """Registers what a feature puts back once the drill's times stand as planned again."""
    if work not in _returns:
        _returns.append(work)
    return work


def target_of(unit: TimeUnit, expression: str) -> datetime:
    """The plan time named by `T-6m` … for a unit; raises `UnknownMoment`."""
    try:
        return moment(expression, unit.start, unit.end)
    except UnreadableMoment:
        raise UnknownMoment(expression=expression) from None


def jump(plan: ExamPlan, *, to: datetime, now: datetime, actor: User | None) -> ExamPlan:
    """Moves the drill's clock to the plan time `to`; raises `NotADrill`, `BackwardsInTime`."""
    with transaction.atomic():
        plan = _locked(plan)
        delta = to - plan.plan_time(now)
        if delta < timedelta(0):
            raise BackwardsInTime(plan_now=local(plan.plan_time(now)), target=local(to))
        _shift(plan, delta, now)
        events.record("drill.jumped", now=now, actor=actor, plan=plan, seconds=delta.total_seconds())
    return plan


def upcoming(plan: ExamPlan, *, now: datetime, count: int = 1) -> list[Due]:
    """The next deadlines of the plan that its clock has not reached yet, over all its site units."""
    at, times = plan.plan_time(now), schedule.Timetable()
    rows = SiteUnit.objects.filter(unit__plan=plan, next_due_at__isnull=False).order_by()
    alike = rows.values("unit", "start", "end", "evidence_end", "stopped_at", "paper_minutes")
    one_of_each = SiteUnit.objects.filter(pk__in=alike.annotate(one=Min("pk")).values("one"))
    ahead = {
        (due.at, due.key): due
        for site_unit in one_of_each.select_related("unit")
        for due in times.dues_of(site_unit, plan)
        if due.at > at
    }
    return [ahead[key] for key in sorted(ahead)[:count]]


def jump_to_next(plan: ExamPlan, *, now: datetime, actor: User | None) -> ExamPlan:
    """Moves to just before the next deadline; within those last seconds it stays where it is."""
    ahead = upcoming(plan, now=now)
    if not ahead:
        return plan
    target = max(ahead[0].at - JUST_BEFORE, plan.plan_time(now))
    return jump(plan, to=target, now=now, actor=actor)


def reset(plan: ExamPlan, *, to: datetime, now: datetime, actor: User | None) -> ExamPlan:
    """Deletes the drill's results and begins anew with its clock at the plan time `to`."""
    with transaction.atomic():
        plan = _locked(plan)
        for work in _resets:
            work(plan)
        _forget(plan)
        ExamPlan.objects.filter(pk=plan.pk).update(clock_offset=to - now, clock_set_at=now, clock_history=[])
        plan.refresh_from_db()
        _lay_anew(plan, now)
        for work in _returns:
            work(plan)
        events.record("drill.reset", now=now, actor=actor, plan=plan, to=to.isoformat())
    return plan


def _locked(plan: ExamPlan) -> ExamPlan:
    locked = ExamPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    if not locked.is_drill:
        raise NotADrill(plan=locked.code)
    return locked


def _shift(plan: ExamPlan, delta: timedelta, now: datetime) -> None:
    history = plan.clock_history or [[None, plan.clock_offset.total_seconds()]]
    plan.clock_offset += delta
    plan.clock_set_at = now
    plan.clock_history = [*history, [now.isoformat(), plan.clock_offset.total_seconds()]]
    plan.save(update_fields=["clock_offset", "clock_set_at", "clock_history"])
    SiteUnit.objects.filter(unit__plan=plan).update(
        **{column: F(column) - delta for column in (*schedule.INSTANTS, "next_due_at", "stopped_at")}
    )
    for model, lookup, columns in _shifted:
        model._default_manager.filter(**{lookup: plan}).update(**{c: F(c) - delta for c in columns})


def _forget(plan: ExamPlan) -> None:
    for model in (DeadlineRecord, Effect):
        model._default_manager.filter(site_unit__unit__plan=plan).delete()
    Event.objects.filter(site_unit__unit__plan=plan).delete()
    Event.objects.filter(plan=plan, site_unit=None).delete()
    StoredAnswer.objects.filter(plan=plan).delete()
    RosterRow.objects.filter(room_session__site_unit__unit__plan=plan).update(
        checked_at=None, login_failed_at=None
    )
    Sitting.objects.filter(site_unit__unit__plan=plan).update(
        entry_status=Entry.NOT_SIGNED_IN,
        emergency=False,
        failed_attempts=0,
        late=False,
        entry_moved_at=None,
        has_client_session=False,
        client_refused=False,
    )
    zero = ("signed_in", "pending", "approved", "rejected", "absent", "emergency", "failed_only")
    RoomSession.objects.filter(site_unit__unit__plan=plan).update(
        **dict.fromkeys((*zero, "refused_logins", "open_incidents", "proctors_checked"), 0),
        app_locked_out=False,
        last_sign_in_at=None,
        revision=F("revision") + 1,
    )


def _lay_anew(plan: ExamPlan, now: datetime) -> None:
    """Times as planned again, with every deadline that the new clock has passed recorded as skipped."""
    rows = list(SiteUnit.objects.filter(unit__plan=plan).select_related("unit"))
    for row in rows:
        row.start, row.end, row.generation, row.manual_check_for_all = row.unit.start, row.unit.end, 0, False
        row.evidence_end = row.stopped_at = None
        row.place = ""
    schedule.lay(rows, plan, now=now)
    decided = ["start", "end", "evidence_end", "stopped_at", "place", "manual_check_for_all"]
    SiteUnit.objects.bulk_update(
        rows, [*decided, "generation", "next_due_at", *schedule.INSTANTS], batch_size=200
    )
    schedule.record_skipped(rows, plan, now=now)


def local(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%m-%d %H:%M:%S")
