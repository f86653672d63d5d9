"""Who is on duty: of those who hold a post's roles, the ones whose shift runs in plan time (A1, A2, D10).

A post that keeps no shifts on a day has everybody on duty that day. A post that keeps some has exactly
those: in a gap there is nobody, and the answer says why, so that the ladder passes on at once.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from exam_ops.core.models import Branch, Membership, SiteUnit
from exam_ops.rules.escalation import Level
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from incidents.models import Shift
from incidents.services import posts
from incidents.services.posts import Post

NO_ACCOUNT = Text("没有可用的账号", "no active account holds a role there")
GAP = Text("此刻没有排班", "no shift runs at this moment")
SHIFT_WITHOUT_ACCOUNT = Text(
    "当班人员的账号已停用或已不在岗", "whoever is on shift is disabled or holds no role there any more"
)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Primary keys of the accounts on duty; without any, `why_nobody` says the reason."""

    users: list[int]
    why_nobody: Text | None = None


def on_duty(level: Level | str, site_unit: SiteUnit, *, now: datetime) -> OnDuty:
    """Who of a level's people is on duty for a site unit at the real instant `now`, read on the plan's clock."""
    plan_now = site_unit.unit.plan.plan_time(now)
    return at_post(posts.on_duty_level(level, site_unit.site), plan_now=plan_now)


def on_support(branch: Branch | None, *, plan_now: datetime) -> OnDuty:
    """Who is on duty at a branch's support desk, or at headquarters' (None), at the plan time `plan_now`."""
    return at_post(Post(Shift.Level.SUPPORT, branch=branch), plan_now=plan_now)


def at_post(post: Post, *, plan_now: datetime) -> OnDuty:
    """Who is on duty at a post at the plan time `plan_now`."""
    people = sorted(set(post.members().values_list("user_id", flat=True)))
    keeps_shifts = bool(people) and kept_on_day(post.shifts(), plan_now).exists()
    on_shift = running(post.shifts(), plan_now).values_list("user_id", flat=True) if keeps_shifts else ()
    return judge(people, keeps_shifts, set(on_shift))


def judge(people: list[int], keeps_shifts: bool, on_shift: Collection[int]) -> OnDuty:
    """Who of a post's `people` is on duty: without shifts that day everybody, else those `on_shift` now."""
    if not people:
        return OnDuty([], NO_ACCOUNT)
    if not keeps_shifts:
        return OnDuty(people)
    if found := [pk for pk in people if pk in on_shift]:
        return OnDuty(found)
    return OnDuty([], SHIFT_WITHOUT_ACCOUNT if on_shift else GAP)


def day_of(plan_now: datetime) -> tuple[datetime, datetime]:
    """The Beijing day of a plan time, `[midnight, midnight)`."""
    begins = plan_now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return begins, begins + timedelta(days=1)


def running(shifts: QuerySet[Shift], plan_now: datetime) -> QuerySet[Shift]:
    """Those that run at `plan_now`: from their start on, until just before their end."""
    return shifts.filter(starts_at__lte=plan_now, ends_at__gt=plan_now)


def kept_on_day(shifts: QuerySet[Shift], plan_now: datetime) -> QuerySet[Shift]:
    """Those that touch the Beijing day of `plan_now`."""
    begins, ends = day_of(plan_now)
    return shifts.filter(starts_at__lt=ends, ends_at__gt=begins)


def staffed_desks(branch_ids: Iterable[int], *, plan_now: datetime) -> set[int]:
    """Those of the branches whose support desk has somebody on duty at `plan_now`: `at_post` in three look-ups."""
    people: dict[int, set[int]] = {}
    members = Membership.objects.filter(
        role=Role.SUPPORT,
        branch__in=list(branch_ids),
        site=None,
        centre=None,
        candidate=None,
        user__is_active=True,
    )
    for branch_id, user_id in members.values_list("branch", "user"):
        people.setdefault(branch_id, set()).add(user_id)
    shifts = Shift.objects.filter(level=Shift.Level.SUPPORT, branch__in=list(people))
    kept = set(kept_on_day(shifts, plan_now).values_list("branch", flat=True))
    on_shift: dict[int, set[int]] = {}
    for branch_id, user_id in running(shifts, plan_now).values_list("branch", "user"):
        on_shift.setdefault(branch_id, set()).add(user_id)
    return {
        branch_id
        for branch_id, users in people.items()
        if judge(sorted(users), branch_id in kept, on_shift.get(branch_id, set())).users
    }
