"""What waits for a person, in the order of its weight: one look-up an item (E1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from client_support.models import ClientLogin
from exam_ops.core import access, policies
from exam_ops.core.access import Actor
from exam_ops.core.deadlines import watch
from exam_ops.core.models import ExamPlan, SiteUnit, Sitting, WantedDuty
from exam_ops.rules.permissions import Role
from exam_ops.workbench.links import url_or_nothing
from exam_ops.workbench.selectors import desk_queue
from incidents import review_selectors
from incidents.models import EvidenceDuty, Incident
from proctors.selectors import registry, short_rooms, wanted
from proctors.services import certifying
from verification.models import EntryRequest
from verification.selectors.held_over import unanswered
from verification.selectors.presence import own_rooms, rooms_asked
from verification.selectors.review import COUNTED_AT_MOST, open_facts

ROSTERS_AHEAD = timedelta(days=8)
Status = Incident.Status


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list: what, how many, since or until when (plan time), and where it is done."""

    key: str
    label: Any
    count: int
    url: str
    tone: str = "watch"
    since: datetime | None = None
    until: datetime | None = None


def of(actor: Actor, plan: ExamPlan | None, *, now: datetime) -> list[Item]:
    """The actor's list; ages and ends are told on the clock of `plan`."""
    items: list[Item] = []
    if actor.has(Role.CHIEF):
        items += _requests(actor, plan, now)
    items += _incidents(actor, now)
    if actor.may("login.authorise"):
        items += _repeat_logins(actor, plan, now)
    if actor.may("evidence.upload"):
        items += _evidence(actor, plan, now)
    if actor.may("evidence_review.give"):
        items += _evidence_reviews(actor, now)
    if actor.may("presence.mark"):
        items += _presence(actor, plan, now)
    if actor.has(Role.SITE, Role.CHIEF) or actor.may("sign_in.place"):
        items += _reviews(actor)
    if actor.may("held_over.record"):
        items += _held_over(actor, now)
    items += _proctors(actor, plan, now)
    if actor.may("system.see"):
        items += _system(now)
    return items


def _requests(actor: Actor, plan: ExamPlan | None, now: datetime) -> Iterator[Item]:
    waiting = access.visible(actor, EntryRequest, "entry.decide").filter(
        status=EntryRequest.Status.PENDING, site_unit__entry_closes_at__gt=now
    )
    found = waiting.aggregate(
        n=Count("pk"),
        since=Min("requested_at"),
        places=Count("site_unit", distinct=True),
        one=Min("site_unit"),
    )
    if found["n"]:
        url = url_or_nothing("sign-in-board", found["one"], show="pending") if found["places"] == 1 else ""
        yield Item(
            "requests",
            _("入场申请待审批"),
            found["n"],
            url or url_or_nothing("sign-in-plans"),
            "trouble",
            since=_on_clock(found["since"], plan),
        )


def _incidents(actor: Actor, now: datetime) -> Iterator[Item]:
    """Counts for those whose queue does not show the incidents one by one: support's desk, a site's staff."""
    if actor.has(Role.SUPPORT) and (waiting := desk_queue.waiting(actor, now=now)):
        yield Item("technical", _("技术事件待应答"), waiting, url_or_nothing("support-desk"), "trouble")
    if actor.has(Role.PROCTOR, Role.INSPECTOR, Role.CENTRE):
        rows = access.visible(actor, Incident, "incident.see").exclude(status=Status.RESOLVED)
        if unsolved := rows.count():
            yield Item("unsolved", _("考点未办结的事件"), unsolved, url_or_nothing("incident-list"))


def _repeat_logins(actor: Actor, plan: ExamPlan | None, now: datetime) -> Iterator[Item]:
    found = (
        access.visible(actor, ClientLogin, "login.authorise")
        .filter(status=ClientLogin.Status.WAITING_AUTHORISATION, sitting__site_unit__ends_at__gt=now)
        .aggregate(n=Count("pk"), since=Min("created_at"))
    )
    if found["n"]:
        url = url_or_nothing("client-board")
        yield Item(
            "logins", _("二次登录待授权"), found["n"], url, "trouble", since=_on_clock(found["since"], plan)
        )


def _evidence(actor: Actor, plan: ExamPlan | None, now: datetime) -> Iterator[Item]:
    rows = access.visible(actor, EvidenceDuty, "evidence.upload").filter(
        status=EvidenceDuty.Status.OPEN, room_session__site_unit__evidence_closes_at__gt=now
    )
    if not actor.has(Role.SITE, Role.CHIEF):
        rows = rows.filter(room_session__roster__proctor=actor.user)
    found = rows.aggregate(
        n=Count("pk", distinct=True),
        until=Min("room_session__site_unit__evidence_closes_at"),
        rooms=Count("room_session", distinct=True),
        one=Min("room_session"),
    )
    if found["n"]:
        url = url_or_nothing("evidence-room", found["one"]) if found["rooms"] == 1 else ""
        yield Item(
            "evidence",
            _("应急材料待提交"),
            found["n"],
            url or url_or_nothing("exam-records"),
            "watch",
            until=_on_clock(found["until"], plan),
        )


def _evidence_reviews(actor: Actor, now: datetime) -> Iterator[Item]:
    """Pictures whose review is the actor's turn; before the branch what the chief doubts stands apart, and first."""
    found = review_selectors.waiting(actor, now=now)
    plan = found.plan.code if found.plan else ""
    if found.doubtful:
        url = url_or_nothing("evidence-review", plan=plan)
        yield Item("doubted", _("主考存疑的应急材料"), found.doubtful, url, "trouble")
    if rest := found.count - found.doubtful:
        yield Item(
            "evidence_reviews", _("应急材料待审核"), rest, url_or_nothing("evidence-reviews", plan=plan)
        )


def _held_over(actor: Actor, now: datetime) -> Iterator[Item]:
    """留考: kept since the paper before, entry to the next is open, and nobody has said what became of them."""
    sittings = access.visible(actor, Sitting, "held_over.record").filter(
        held_over=True, site_unit__entry_opens_at__lte=now, site_unit__ends_at__gt=now
    )
    if not actor.has(Role.SITE, Role.CHIEF):
        sittings = sittings.filter(room_session__roster__proctor=actor.user)
    found = unanswered(sittings).aggregate(n=Count("pk", distinct=True), one=Min("site_unit"))
    if found["n"]:
        yield Item("held_over", _("留考考生待确认"), found["n"], url_or_nothing("held-over", found["one"]))


def _presence(actor: Actor, plan: ExamPlan | None, now: datetime) -> Iterator[Item]:
    """Whom the room's staff are asked for (C6): one room, or the way to the site's."""
    waiting = [room for room in rooms_asked(own_rooms(actor), now=now) if room.unanswered]
    if waiting:
        sessions = [room.session for room in waiting]
        places = {session.site_unit_id for session in sessions}
        several = len(sessions) > 1 and len(places) == 1 and actor.may("sign_in.see")
        url = url_or_nothing("site-presence", *places) if several else ""
        yield Item(
            "presence",
            _("未签到考生待确认在场"),
            sum(room.unanswered for room in waiting),
            url or url_or_nothing("room-presence", sessions[0].pk),
            "trouble",
            until=_on_clock(min(session.site_unit.evidence_closes_at for session in sessions), plan),
        )


def _reviews(actor: Actor) -> Iterator[Item]:
    """Reported facts that wait for a person: the own site's; of what names no room, for those who see it."""
    unplaced = actor.may("sign_in.place") and not actor.has(Role.SITE, Role.CHIEF)
    found = open_facts(actor, unplaced=unplaced).order_by().values("pk")[: COUNTED_AT_MOST + 1].count()
    if found:
        url = url_or_nothing("sign-in-review", unplaced=1 if unplaced else "")
        yield Item("reviews", _("上报记录待核查"), found, url)


def _proctors(actor: Actor, plan: ExamPlan | None, now: datetime) -> Iterator[Item]:
    """Duties that proctors want, rooms that want proctors."""
    if actor.may("change.request"):
        yield from _wanted(actor, plan, now)
    if plan is not None and actor.has(Role.SITE, Role.BRANCH):
        yield from _rosters(actor, plan, now)
    if actor.has(Role.BRANCH) and certifying.may_compare_somewhere(actor):
        yield from _identities(actor)


def _identities(actor: Actor) -> Iterator[Item]:
    """Proctors whose identity the branch's integrity officer is to compare (B2)."""
    if count := registry.queue(actor).order_by().count():
        yield Item("identities", _("监考教师实名认证待核对"), count, url_or_nothing("registry-compare"))


def _wanted(actor: Actor, plan: ExamPlan | None, now: datetime) -> Iterator[Item]:
    """What proctors picked on their phones and do not have (C11); the branch's duty officer only when called for."""
    rows = wanted.wishes(actor, now=now)
    if not actor.has(Role.SITE, Role.CHIEF):
        rows = rows.filter(state=WantedDuty.State.CALLED)
    found = rows.order_by().aggregate(n=Count("pk"), since=Min("first_at"))
    if found["n"]:
        url = url_or_nothing("wanted-duties")
        since = _on_clock(found["since"], plan)
        yield Item("wanted", _("教师选择了没有编排的考场"), found["n"], url, "trouble", since=since)


def _rosters(actor: Actor, plan: ExamPlan, now: datetime) -> Iterator[Item]:
    ahead = access.visible(actor, SiteUnit, "roster.see").filter(
        unit__plan=plan, starts_at__gt=now, starts_at__lte=now + ROSTERS_AHEAD
    )
    short = short_rooms(ahead, needed=policies.of(plan).proctors_per_room).order_by()
    found = short.aggregate(n=Count("pk"), until=Min("site_unit__starts_at"))
    if found["n"]:
        yield Item(
            "rosters",
            _("考场未配足已认证监考"),
            found["n"],
            url_or_nothing("roster", plan=plan.code),
            "watch",
            until=_on_clock(found["until"], plan),
        )


def _system(now: datetime) -> Iterator[Item]:
    if problems := watch.state(now=now).problems:
        yield Item("system", _("系统状态有异常"), len(problems), url_or_nothing("system-state"), "trouble")


def _on_clock(at: datetime | None, plan: ExamPlan | None) -> datetime | None:
    return plan.plan_time(at) if at and plan else at
