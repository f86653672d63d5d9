"""催办: somebody presses a site about its rosters now, between the reminders; not more than once an hour (C9)."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from exam_ops.core import access, events, policies
from exam_ops.core.access import Actor
from exam_ops.core.errors import Refusal
from exam_ops.core.models import ExamPlan, ExamSite, SiteUnit
from exam_ops.rules.escalation import Level
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.policy import Policy
from exam_ops.rules.text import Text
from incidents.services import messages
from incidents.services.deliveries import Organisation
from proctors.models import RosterPress
from proctors.services import hearers, pressing

ACTION = "roster.press"


class NothingShort(Refusal):
    code, status = "nothing_short", 409
    title = Text("无需催办", "Nothing to press for")
    sentence = Text(
        "{site} 尚未开考的单元都已配足已认证监考，无需催办。",
        "Every room of {site} that is still ahead has its certified proctors. There is nothing to press for.",
    )


class PressedLately(Refusal):
    code, status = "pressed_lately", 409
    title = Text("刚刚催办过", "Pressed a moment ago")
    sentence = Text(
        "{by} 已于 {at} 催办 {site}。{again} 起可再次催办；更急请直接电话联系。",
        "{by} pressed {site} at {at}. It may be pressed again from {again} on; if it can't wait, call them.",
    )


def press(
    site_code: str, plan: ExamPlan, *, actor: Actor, clock: Callable[[], datetime]
) -> tuple[ExamSite, RosterPress]:
    """Tells the site, its branch's integrity officers and the channels of all three levels of its short rooms.

    Raises `NotFound`, `NotAllowed`, `NothingShort`, `PressedLately`; of two at once the first is carried out.
    """
    rows = ExamSite.objects.select_related("branch")
    site = access.get(actor, ExamSite, ACTION, rows, code=site_code)
    policy = policies.of(plan)
    with transaction.atomic():
        now = clock()
        ahead = SiteUnit.objects.filter(unit__plan=plan, site=site, starts_at__gt=now)
        rooms = pressing.short_of(ahead, policy).get(site.pk)
        if not rooms:
            raise NothingShort(site=site.name)
        done = _claim(site, plan, len(rooms), policy, actor, now)
        message = pressing.digest(
            site,
            rooms,
            plan,
            policy,
            hearers.of([site])[site.pk],
            key=f"{site.pk}:hand:{now.isoformat()}",
            event="roster.pressed",
            more={"by": actor.user.name},
            to=(Organisation(Level.BRANCH, branch_id=site.branch_id), Organisation(Level.HQ)),
        )
        messages.tell_many([message], now=now)
        events.record(
            "roster.pressed",
            now=now,
            actor=actor.user,
            plan=plan,
            site_unit=rooms[0].site_unit,
            subject=site.code,
            rooms=len(rooms),
        )
    return site, done


def may_again(last: RosterPress, policy: Policy) -> datetime:
    """From when on (real) the site may be pressed again."""
    return last.pressed_at + policy.roster_pressed_again_after


def _claim(
    site: ExamSite, plan: ExamPlan, rooms: int, policy: Policy, actor: Actor, now: datetime
) -> RosterPress:
    """Writes down who presses; raises `PressedLately` where somebody else has within the pause."""
    values = {"pressed_by": actor.user, "pressed_at": now, "rooms": rooms}
    row, is_first = RosterPress.objects.get_or_create(plan=plan, site=site, defaults=values)
    if is_first:
        return row
    earliest = now - policy.roster_pressed_again_after
    if not RosterPress.objects.filter(pk=row.pk, pressed_at__lte=earliest).update(**values):
        row.refresh_from_db()
        raise PressedLately(
            by=row.pressed_by.name,
            site=site.name,
            at=_said(plan, row.pressed_at),
            again=_said(plan, may_again(row, policy)),
        )
    return RosterPress(pk=row.pk, plan=plan, site=site, **values)


def _said(plan: ExamPlan, at: datetime) -> str:
    return plan.plan_time(at).astimezone(BEIJING).strftime("%m-%d %H:%M")
