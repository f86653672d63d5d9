"""Keeping a duty roster: shifts are added, changed, copied and taken out, each with its event (D10)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from exam_ops.core import events
from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.core.models import TimeUnit, User
from exam_ops.rules.text import Text
from incidents.models import Shift
from incidents.services import duty, posts
from incidents.services.posts import Post

WEEK = timedelta(days=7)


class EndsBeforeItStarts(Invalid):
    def __init__(self) -> None:
        said = Text(
            "结束时间须晚于开始时间。跨零点的班次请选第二天的日期。",
            "A shift must end after it starts. For one past midnight choose the next day's date.",
        )
        super().__init__(errors=[FieldError("ends_at", "before_start", said)])


class NoRoleThere(Invalid):
    def __init__(self) -> None:
        said = Text(
            "此人在该岗位没有可用的角色。请选择列表中的人员，或先由总部为其授予角色。",
            "This person holds no role at the post. Choose somebody from the list, or ask headquarters for the role.",
        )
        super().__init__(errors=[FieldError("user", "no_role_there", said)])


class LastShiftOfRunningUnit(Refusal):
    code = "last_shift_of_running_unit"
    title = Text("该单元正在进行", "A unit is running")
    sentence = Text(
        "{unit} 正在进行，这是此刻唯一的值班。删除后{then}。确认无误再删除。",
        "{unit} is running and nobody else is on shift. Without this shift {then}. Delete it only if that is meant.",
    )


_EVERYBODY = Text("当天没有排班，由全体人员值班", "no shift is left that day, and everybody is on duty")
_NOBODY = Text(
    "无人值班，事件会立即上报上一级", "nobody is on duty, and incidents go to the next level at once"
)


@transaction.atomic
def add(
    post: Post, *, user: User, starts_at: datetime, ends_at: datetime, actor: User, now: datetime
) -> Shift:
    """Puts somebody on duty in plan time; shifts may overlap. Raises `EndsBeforeItStarts`, `NoRoleThere`."""
    _check(post, user, starts_at, ends_at)
    shift = Shift.objects.create(
        level=post.level,
        branch=post.branch,
        site=post.site,
        user=user,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    _record("shift.added", shift, post, actor, now)
    return shift


@transaction.atomic
def change(
    shift: Shift, *, user: User, starts_at: datetime, ends_at: datetime, actor: User, now: datetime
) -> Shift:
    """Lays another person or other times on a shift; raises as `add` does."""
    post = posts.of_shift(shift)
    _check(post, user, starts_at, ends_at)
    shift.user, shift.starts_at, shift.ends_at = user, starts_at, ends_at
    shift.save(update_fields=["user", "starts_at", "ends_at"])
    _record("shift.changed", shift, post, actor, now)
    return shift


@transaction.atomic
def delete(shift: Shift, *, confirmed: bool, actor: User, now: datetime) -> None:
    """Takes a shift out. Raises `LastShiftOfRunningUnit` when a running unit is left with nobody on shift, unless
    `confirmed`."""
    post = posts.of_shift(shift)
    if not confirmed and (warning := warning_of(shift, post, now=now)):
        raise warning
    _record("shift.removed", shift, post, actor, now)
    shift.delete()


def warning_of(shift: Shift, post: Post, *, now: datetime) -> LastShiftOfRunningUnit | None:
    """What to say before `shift` is deleted, when it is the only one that runs in a running unit."""
    running = post.site_units().filter(entry_opens_at__lte=now, ends_at__gt=now)
    others = post.shifts().exclude(pk=shift.pk)
    for unit in TimeUnit.objects.filter(pk__in=running.values("unit")).select_related("plan"):
        at = unit.plan.plan_time(now)
        if shift.starts_at <= at < shift.ends_at and not duty.running(others, at).exists():
            then = _NOBODY if duty.kept_on_day(others, at).exists() else _EVERYBODY
            return LastShiftOfRunningUnit(unit=str(unit), then=then)
    return None


@dataclass(frozen=True, slots=True)
class Copied:
    """How many shifts were copied, and who was left out for want of a role at the post."""

    added: int
    left_out: list[str]


@transaction.atomic
def copy_week(post: Post, *, monday: datetime, actor: User, now: datetime) -> Copied:
    """Copies the shifts that begin in the week before `monday` (Beijing midnight) into the week of `monday`.

    A shift that stands there already is left as it is, so that copying twice changes nothing.
    """
    here = set(
        post.shifts()
        .filter(starts_at__gte=monday, starts_at__lt=monday + WEEK)
        .values_list("user_id", "starts_at", "ends_at")
    )
    holders = set(post.members().values_list("user_id", flat=True))
    fresh, left_out = [], []
    for row in (
        post.shifts().filter(starts_at__gte=monday - WEEK, starts_at__lt=monday).select_related("user")
    ):
        times = row.starts_at + WEEK, row.ends_at + WEEK
        if row.user_id not in holders:
            left_out.append(row.user.name)
        elif (row.user_id, *times) not in here:
            fresh.append(_copy(row, *times))
    Shift.objects.bulk_create(fresh)
    if fresh:
        events.record("shift.copied", now=now, actor=actor, subject=post.key, shifts=len(fresh))
    return Copied(len(fresh), sorted(set(left_out)))


def _copy(row: Shift, starts_at: datetime, ends_at: datetime) -> Shift:
    return Shift(
        level=row.level,
        branch_id=row.branch_id,
        site_id=row.site_id,
        user_id=row.user_id,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _check(post: Post, user: User, starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise EndsBeforeItStarts()
    if not post.members().filter(user=user).exists():
        raise NoRoleThere()


def _record(kind: str, shift: Shift, post: Post, actor: User, now: datetime) -> None:
    events.record(
        kind,
        now=now,
        actor=actor,
        subject=f"{post.key} {shift.user.username}",
        starts_at=shift.starts_at.isoformat(),
        ends_at=shift.ends_at.isoformat(),
    )
