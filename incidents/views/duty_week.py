"""What the duty roster's page shows: which posts and clocks one may choose, a week's shifts, and its gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Min, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access, policies
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound
from exam_ops.core.models import Branch, ExamPlan, ExamSite, User
from exam_ops.rules import duty as rules
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from incidents.models import Shift
from incidents.services import duty
from incidents.services.posts import Level, Post

SEE = "duty.see"
AHEAD = timedelta(days=7)  # how far gaps are looked for
DAY = timedelta(days=1)
WEEKDAYS = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))


def label(post: Post) -> str:
    """A post in words: its place, and its desk where it is one."""
    if post.level == Level.SUPPORT:
        return gettext("%(place)s技术支持") % {"place": post.name} if post.branch else gettext("总部技术支持")
    return post.name or gettext("总部")


def find(actor: Actor, key: str) -> Post:
    """The post named by `key`; raises `NotFound` when it is none or out of the actor's sight."""
    level, _colon, code = key.partition(":")
    if level == Level.SITE:
        return Post(level, site=access.get(actor, ExamSite, SEE, code=code))
    if level in (Level.BRANCH, Level.SUPPORT) and code:
        return Post(level, branch=access.get(actor, Branch, SEE, code=code))
    is_everywhere = any(grant.is_everywhere for grant in actor.holding(SEE))
    if key not in (Level.HQ, Level.SUPPORT) or not is_everywhere:
        raise NotFound()
    return Post(level)


def choices(actor: Actor, about: Post | None) -> list[tuple[str, list[Post]]]:
    """The posts in sight, by group; sites of one branch at a time (the chosen post's, or the only branch in sight)."""
    branches = list(access.visible(actor, Branch, SEE).order_by("code"))
    own = [Post(Level.HQ), Post(Level.SUPPORT)] if any(g.is_everywhere for g in actor.holding(SEE)) else []
    groups = [(gettext("总部"), own)]
    groups.append((gettext("分部"), [Post(Level.BRANCH, branch=branch) for branch in branches]))
    groups.append((gettext("分部技术支持"), [Post(Level.SUPPORT, branch=branch) for branch in branches]))
    sites = access.visible(actor, ExamSite, SEE).order_by("code")
    if len(branches) > 1:
        place = about and (about.branch or (about.site and about.site.branch))
        sites = sites.filter(branch=place) if place else sites.none()
    groups.append((gettext("考点"), [Post(Level.SITE, site=site) for site in sites]))
    return [(name, found) for name, found in groups if found]


def first_post(actor: Actor) -> Post | None:
    """The post whose page opens by itself: one that the actor keeps, else the first in sight."""
    seen = [post for _name, found in choices(actor, None) for post in found]
    return next((post for post in seen if post.is_edited_by(actor)), seen[0] if seen else None)


@dataclass(frozen=True)
class RosterClock:
    """The clock on which a roster is read: the true one with every real and mock plan, or one drill's."""

    drill: ExamPlan | None

    @property
    def key(self) -> str:
        return self.drill.code if self.drill else "real"

    def plan_time(self, now: datetime) -> datetime:
        return self.drill.plan_time(now) if self.drill else now

    @property
    def plans(self) -> Q:
        """A condition on site units: those of the clock's plans."""
        if self.drill:
            return Q(unit__plan=self.drill)
        return ~Q(unit__plan__kind=ExamPlan.Kind.DRILL)


def clocks(post: Post, wanted: str, *, now: datetime) -> tuple[RosterClock, list[RosterClock]]:
    """The chosen clock and all there are for the post; unasked, the one of the unit that runs or comes next."""
    drills = ExamPlan.objects.filter(kind=ExamPlan.Kind.DRILL, units__site_units__in=post.site_units())
    found = [RosterClock(None), *(RosterClock(plan) for plan in drills.distinct().order_by("code"))]
    chosen = next((clock for clock in found if clock.key == wanted), None)
    return chosen or _nearest(post, found, now), found


def _nearest(post: Post, found: Sequence[RosterClock], now: datetime) -> RosterClock:
    ahead = post.site_units().filter(ends_at__gt=now).select_related("unit__plan")
    real = ahead.filter(found[0].plans, starts_at__lt=now + AHEAD)
    nearest = real.order_by("starts_at").first() or ahead.order_by("starts_at").first()
    if nearest is None or not nearest.unit.plan.is_drill:
        return found[0]
    return next(clock for clock in found if clock.drill and clock.drill.pk == nearest.unit.plan_id)


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a unit, from opening of entry to its end, in which nobody is on duty; plan time."""

    unit: str
    begins: datetime
    ends: datetime


def gaps(post: Post, clock: RosterClock, *, now: datetime) -> list[Gap]:
    """The gaps of the coming days; a day without any shift has everybody on duty and so has none."""
    at = clock.plan_time(now)
    rows = (
        post.site_units()
        .filter(clock.plans, end__gt=at, start__lt=at + AHEAD)
        .order_by()
        .values("unit__name", "unit__code", "unit__plan", "unit")
        .annotate(first=Min("start"), last=Max("end"))
        .order_by("first", "unit__code")
    )
    opens = {
        plan.pk: policies.of(plan).entry_opens_before
        for plan in ExamPlan.objects.filter(pk__in={row["unit__plan"] for row in rows})
    }
    holders = set(post.members().values_list("user_id", flat=True))
    shifts = list(post.shifts().filter(ends_at__gt=at - DAY, starts_at__lt=at + AHEAD + DAY))
    found = []
    for row in rows:
        begins = max(row["first"] - opens[row["unit__plan"]], at)
        spans = _spans(shifts, holders, begins)
        if spans is not None:
            name = row["unit__name"] or row["unit__code"]
            found += [Gap(name, *span) for span in rules.gaps(begins, row["last"], spans)]
    return found


def _spans(shifts: Sequence[Shift], holders: set[int], begins: datetime) -> list[rules.Span] | None:
    """The spans with somebody on duty; None when everybody is, for want of any shift on that day."""
    midnight, next_midnight = duty.day_of(begins)
    kept = any(shift.starts_at < next_midnight and shift.ends_at > midnight for shift in shifts)
    if holders and not kept:
        return None
    return [(shift.starts_at, shift.ends_at) for shift in shifts if shift.user_id in holders]


def monday_of(text: str, at: datetime) -> datetime:
    """Midnight of the Monday of the week that holds the date `text`, or of `at` when that is no date."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = at.astimezone(BEIJING).date()
    begins = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    return begins - timedelta(days=day.weekday())


def week(post: Post, monday: datetime, found: Sequence[Gap], at: datetime) -> list[dict[str, Any]]:
    """Seven days: {date, weekday, is_today, shifts, gaps}; a shift stands on the day it begins, or on Monday."""
    rows = (
        post.shifts()
        .filter(starts_at__lt=monday + 7 * DAY, ends_at__gt=monday)
        .select_related("user")
        .order_by("starts_at", "ends_at", "pk")
    )
    holders = set(post.members().values_list("user_id", flat=True))
    days: list[dict[str, Any]] = [
        {
            "date": monday + n * DAY,
            "weekday": WEEKDAYS[n],
            "is_today": monday + n * DAY <= at < monday + (n + 1) * DAY,
            "shifts": [],
            "gaps": [gap for gap in found if monday + n * DAY <= gap.begins < monday + (n + 1) * DAY],
        }
        for n in range(7)
    ]
    for row in rows:
        day = days[max((row.starts_at - monday).days, 0)]
        day["shifts"].append(
            {
                "row": row,
                "runs": row.starts_at <= at < row.ends_at,
                "ends_later": row.ends_at > day["date"] + DAY,
                "is_vacant": row.user_id not in holders,
            }
        )
    return days


@dataclass(frozen=True, slots=True)
class Now:
    """Who is on duty at this moment: by shift, everybody for want of shifts, or nobody and why."""

    people: list[User]
    by_shift: bool
    why_nobody: Text | None


def on_duty_now(post: Post, *, at: datetime) -> Now:
    """Who is on duty at the plan time `at`."""
    found = duty.at_post(post, plan_now=at)
    people = list(User.objects.filter(pk__in=found.users).order_by("name"))
    return Now(people, duty.kept_on_day(post.shifts(), at).exists(), found.why_nobody)
