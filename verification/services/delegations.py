"""副主考: a chief's powers lent to a named person of the site for a part of today (C3, reading 5).

Chief or branch record it that very morning; it is in force at once and is taken back at once. It runs on
real time, as tokens do, so a drill's jump neither ends nor stretches it (decision 0018).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from exam_ops.core import events
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, NotAllowed, Refusal
from exam_ops.core.models import Delegation, ExamSite, Membership, SiteUnit, User
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from incidents.services import messages

ACTION = "delegation.grant"
HOLDERS = (Role.SITE, Role.PROCTOR)
"""Whom the powers may be lent to: those who work at that site; a chief has them already."""


class LentOn(NotAllowed):
    sentence = Text(
        "副主考不能再转授权。请由本考点主考或分部办理。",
        "A deputy can't lend these powers on. The site's chief examiner or the branch must.",
    )


class NobodyToday(Refusal):
    code, status = "no_unit_today", 409
    title = Text("今天没有未结束的时间单元", "No unit left today")
    sentence = Text(
        "授权只在考试当天办理，该考点今天没有未结束的时间单元。请在考试当天早上再登记。",
        "Powers are lent on the day of the exam, and this site has no unit left today. Record it on that morning.",
    )


class AlreadyDeputy(Refusal):
    code, status = "already_deputy", 409
    title = Text("已有授权", "Already a deputy")
    sentence = Text(
        "{name} 在这段时间已有授权。如需调整，请先撤销原授权再登记。",
        "{name} is a deputy in that time already. Take that delegation back first to change it.",
    )


class Over(Refusal):
    code, status = "delegation_over", 409
    title = Text("授权已结束", "Delegation is over")
    sentence = Text(
        "该授权已到期或已由他人撤销，无需操作。",
        "It has ended or somebody else took it back; nothing is left to do.",
    )


class Unfit(Invalid):
    """What was filled in does not hold together; names the field."""

    def __init__(self, field: str, code: str, detail: Text) -> None:
        super().__init__(errors=[FieldError(field, code, detail)], detail=detail)


ONESELF = Text(
    "不能授权给自己。请选择本考点的其他人员。", "Not to oneself. Choose somebody else of the site."
)
NO_ROLE = Text(
    "该人员不是本考点的考点管理员或监考教师。请从名单中选择。",
    "Neither a site administrator nor a proctor of this site. Choose from the list.",
)
NOT_TODAY = Text(
    "起止时间须在今天之内，且结束晚于开始。", "Both times lie within today, and the end after the start."
)
PAST = Text("结束时间已过。请选择以后的时间。", "The end is past. Choose a later time.")


@dataclass(frozen=True, slots=True)
class Lending:
    """What is filled in; real instants, None for now and for the end of the last unit today."""

    deputy: int
    reason: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@transaction.atomic
def grant(asked: Lending, *, site: ExamSite, actor: Actor, now: datetime) -> Delegation:
    """Lends the chief's powers; the deputy is told, and the chiefs where the branch did it.

    The caller has had `site` through the door with `ACTION`. Raises `LentOn`, `NobodyToday`, `Unfit`,
    `AlreadyDeputy`.
    """
    if not may_lend(actor, site):
        raise LentOn()
    ahead = units_ahead(site, now=now)
    if not ahead:
        raise NobodyToday()
    deputy = _deputy(asked.deputy, site, actor)
    since, until = _span(asked, ahead, now)
    standing = Delegation.objects.filter(site=site, deputy=deputy, revoked_at=None)
    if standing.filter(valid_from__lt=until, valid_until__gt=since).exists():
        raise AlreadyDeputy(name=deputy.name)
    made = Delegation.objects.create(
        site=site,
        deputy=deputy,
        granted_by=actor.user,
        granted_at=now,
        valid_from=since,
        valid_until=until,
        reason=asked.reason,
    )
    _write("granted", made, ahead[0], actor.user, now)
    return made


@transaction.atomic
def revoke(delegation: Delegation, *, actor: Actor, now: datetime) -> tuple[Delegation, bool]:
    """Takes it back at once; returns it and whether that was done now (False: the same person again).

    The caller has had it through the door with `ACTION`. Raises `LentOn`, `Over`.
    """
    if not may_lend(actor, delegation.site):
        raise LentOn()
    rows = Delegation.objects.filter(pk=delegation.pk, revoked_at=None, valid_until__gt=now)
    changed = rows.update(revoked_at=now, revoked_by=actor.user)
    delegation.refresh_from_db()
    if not changed:
        if delegation.revoked_by_id != actor.user.pk:
            raise Over()
        return delegation, False
    ahead = units_ahead(delegation.site, now=now)
    _write("revoked", delegation, ahead[0] if ahead else None, actor.user, now)
    return delegation, True


def may_lend(actor: Actor, site: ExamSite) -> bool:
    """Whether the powers are the actor's own: a chief's of that site or its branch's, never lent ones."""
    own = Q(role=Role.CHIEF, site=site) | Q(role=Role.BRANCH, branch=site.branch_id)
    return Membership.objects.filter(own, user=actor.user).exists()


def deputies_of(site: ExamSite) -> QuerySet[User]:
    """The people of a site to whom the powers may be lent."""
    held = Membership.objects.filter(site=site, role__in=HOLDERS, user__is_active=True)
    chiefs = Membership.objects.filter(site=site, role=Role.CHIEF)
    fit = User.objects.filter(pk__in=held.values("user")).exclude(pk__in=chiefs.values("user"))
    return fit.order_by("name", "username")


def units_ahead(site: ExamSite, *, now: datetime) -> Sequence[SiteUnit]:
    """The site's units of today that have not ended, in order."""
    rows = SiteUnit.objects.filter(site=site, ends_at__gt=now, entry_opens_at__lt=end_of_day(now))
    return list(rows.select_related("unit__plan", "site__branch").order_by("starts_at", "pk"))


def end_of_day(now: datetime) -> datetime:
    """Midnight in Beijing after `now`."""
    today = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)


def _deputy(pk: int, site: ExamSite, actor: Actor) -> User:
    """The account, locked so that two who lend to it at once see each other."""
    if pk == actor.user.pk:
        raise Unfit("deputy", "oneself", ONESELF)
    if not deputies_of(site).filter(pk=pk).exists():
        raise Unfit("deputy", "no_role_there", NO_ROLE)
    return User.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def _span(asked: Lending, ahead: Sequence[SiteUnit], now: datetime) -> tuple[datetime, datetime]:
    midnight = end_of_day(now)
    since = max(asked.valid_from or now, now)
    until = asked.valid_until or min(max(unit.ends_at for unit in ahead), midnight)
    if until <= now:
        raise Unfit("valid_until", "past", PAST)
    if since >= until or until > midnight:
        raise Unfit("valid_until", "not_today", NOT_TODAY)
    return since, until


def _write(kind: str, row: Delegation, site_unit: SiteUnit | None, by: User, now: datetime) -> None:
    """The event, and the message to the deputy and to the site's chiefs who have not done it themselves."""
    events.record(
        f"delegation.{kind}",
        now=now,
        actor=by,
        site_unit=site_unit,
        subject=str(row.pk),
        deputy=row.deputy_id,
        name=row.deputy.name,
        until=row.valid_until.isoformat(),
        reason=row.reason,
    )
    chiefs = Membership.objects.filter(site=row.site, role=Role.CHIEF).exclude(user=by)
    messages.tell(
        sorted({row.deputy_id, *chiefs.values_list("user_id", flat=True)}),
        key=f"delegation.{kind}:{row.pk}",
        event=f"delegation.{kind}",
        fields={
            "site": row.site.name,
            "name": row.deputy.name,
            "by": by.name,
            "since": messages.clock_time(row.valid_from),
            "until": messages.clock_time(row.valid_until),
            "reason": row.reason,
        },
        now=now,
    )
