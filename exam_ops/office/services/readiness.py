"""What people do about readiness: a point of the list ticked or taken back, a reminder pressed by hand (B4, B8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from exam_ops.core import access, events
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, Refusal
from exam_ops.core.models import Event, ExamPlan, ExamSite, SiteUnit
from exam_ops.office.models import ReadinessTick
from exam_ops.office.selectors import readiness as facts
from exam_ops.office.services import readiness_news
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.readiness import BY_HAND, Item
from exam_ops.rules.text import Text

TICK, PRESS = "readiness.tick", "readiness.press"
APART = timedelta(hours=1)  # between two reminders pressed for the same site
PRESSED = "readiness.pressed"


class PressedLately(Refusal):
    code, status = "pressed_lately", 409
    title = Text("刚刚提醒过", "Reminded just now")
    sentence = Text(
        "{by} 已于 {at} 提醒过，同一考点每小时至多一次。请稍后再提醒，或直接电话联系。",
        "{by} reminded them at {at}; a site is reminded at most once an hour. Try later, or call them.",
    )


class NotAhead(Refusal):
    code, status = "not_ahead", 409
    title = Text("考试已开始", "The exam has begun")
    sentence = Text(
        "该计划的首个单元已开考，不再提醒准备情况。请选择尚未开始的计划。",
        "The plan's first unit has begun; nobody is reminded to get ready any more. Choose a plan that lies ahead.",
    )


@dataclass(frozen=True, slots=True)
class Pressed:
    """Whom a press reached: sites told, sites that lack nothing, sites left out because they were told just now."""

    told: int
    ready: int
    lately: int


@transaction.atomic
def tick(plan: ExamPlan, site: ExamSite, item: str, *, done: bool, actor: Actor, now: datetime) -> bool:
    """Ticks a point of the site's list, or takes it back; returns whether that changed anything.

    Raises `NotFound`, `NotAllowed`, `Invalid` for a point that facts tick.
    """
    access.get(actor, ExamSite, TICK, pk=site.pk)
    if item not in BY_HAND:
        said = Text("这一项由系统按事实判断。", "This point is judged by facts.")
        raise Invalid(errors=[FieldError("item", "by_facts", said)])
    standing = ReadinessTick.objects.filter(plan=plan, site=site, item=item, undone_at=None)
    if done:
        row = ReadinessTick(plan=plan, site=site, item=Item(item).value, by=actor.user, at=now)
        before = standing.exists()
        ReadinessTick.objects.bulk_create([row], ignore_conflicts=True)
        changed = not before
    else:
        changed = bool(standing.update(undone_at=now, undone_by=actor.user))
    if changed:
        kind = "readiness.ticked" if done else "readiness.unticked"
        events.record(kind, now=now, actor=actor.user, plan=plan, subject=site.code, item=item)
    return changed


@transaction.atomic
def press(plan: ExamPlan, sites: Sequence[ExamSite], *, actor: Actor, now: datetime) -> Pressed:
    """Reminds sites and their proctors by hand of what they lack; each site at most once an hour.

    Raises `NotAhead`, `NotFound` and `NotAllowed` for a site that is not the actor's to press, and
    `PressedLately` when every one of them was told within the hour.
    """
    for site in sites:
        access.get(actor, ExamSite, PRESS, pk=site.pk)
    dates = facts.dates_of(plan)
    if dates is None or now >= dates.first:
        raise NotAhead()
    ExamPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)  # two who press at once
    lately = last_presses(plan, sites, since=now - APART)
    due = [site for site in sites if site.code not in lately]
    if not due and lately:
        last = max(lately.values(), key=lambda event: event.at)
        at = plan.plan_time(last.at).astimezone(BEIJING).strftime("%H:%M")
        raise PressedLately(by=last.actor.name if last.actor else "", at=at)
    told = readiness_news.remind(plan, [site.pk for site in due], mark=now.isoformat(), now=now)
    Event.objects.bulk_create(
        events.build(PRESSED, now=now, actor=actor.user, plan=plan, subject=site.code)
        for site in due
        if site.pk in told
    )
    return Pressed(len(told), len(due) - len(told), len(lately))


def last_presses(plan: ExamPlan, sites: Sequence[ExamSite], *, since: datetime) -> dict[str, Event]:
    """Site code → the last press since then, with who did it."""
    rows = Event.objects.filter(
        plan=plan, site_unit=None, kind=PRESSED, at__gt=since, subject__in=[site.code for site in sites]
    )
    return {row.subject: row for row in rows.select_related("actor").order_by("at")}


def first_units(plan: ExamPlan, site_units: Sequence[SiteUnit]) -> list[SiteUnit]:
    """Of `site_units` those with which the plan begins at their sites."""
    sites = {s.site_id for s in site_units}
    begins: dict[int, int] = {}
    rows = SiteUnit.objects.filter(unit__plan=plan, site__in=sites).order_by("starts_at", "pk")
    for pk, site in rows.values_list("pk", "site_id"):
        begins.setdefault(site, pk)
    return [s for s in site_units if begins.get(s.site_id) == s.pk]
