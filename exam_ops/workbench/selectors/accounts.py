"""账号与角色: accounts in scope, what they may do and where, and whether they are locked out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Prefetch, Q, QuerySet, Sum

from exam_ops.core import access, codes
from exam_ops.core.access import Actor
from exam_ops.core.models import Membership, User


@dataclass(frozen=True, slots=True)
class Lock:
    """A locked account: on which devices (`device:…` is a phone, all else a browser), until when by itself (real time)."""

    agents: tuple[str, ...]
    until: datetime

    @property
    def devices(self) -> int:
        return len(self.agents)

    @property
    def phones(self) -> list[str]:
        """The ids of the phones that are locked out."""
        return [agent.removeprefix("device:") for agent in self.agents if agent.startswith("device:")]

    @property
    def has_browser(self) -> bool:
        return len(self.phones) < self.devices


def cool_off() -> timedelta:
    """How long a lock lasts by itself."""
    return timedelta(hours=settings.AXES_COOLOFF_TIME)


def locks(usernames: Iterable[str] | None = None, *, now: datetime) -> dict[str, Lock]:
    """The locks that stand at `now`, by user name; of the given names, or all."""
    rows = AccessAttempt.objects.filter(attempt_time__gt=now - cool_off())
    if usernames is not None:
        rows = rows.filter(username__in=list(usernames))
    per_device = (
        rows.order_by()
        .values("username", "user_agent")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    )
    found: dict[str, Lock] = {}
    for row in per_device:
        known = found.get(row["username"])
        until = max(row["last"] + cool_off(), known.until if known else row["last"])
        agents = (*(known.agents if known else ()), row["user_agent"])
        found[row["username"]] = Lock(agents, until)
    return found


def accounts(
    actor: Actor, *, text: str = "", role: str = "", only_locked: bool, now: datetime
) -> QuerySet[User]:
    """Accounts in scope with their memberships; `text` is a part of the user name or of the name."""
    rows = access.visible(actor, User, "account.see")
    if text:
        rows = rows.filter(Q(username__icontains=text) | Q(name__icontains=text))
    if role:
        rows = rows.filter(pk__in=Membership.objects.filter(role=role).values("user"))
    if only_locked:
        rows = rows.filter(username__in=list(locks(now=now)))
    places = Membership.objects.select_related("site", "branch", "centre", "candidate").order_by("role", "pk")
    return rows.prefetch_related(Prefetch("memberships", places)).order_by("username")


def may_unlock(actor: Actor, users: Iterable[User]) -> set[int]:
    """Which of these accounts the actor may unlock."""
    if not actor.may("account.unlock"):
        return set()
    rows = access.visible(actor, User, "account.unlock").filter(pk__in=[user.pk for user in users])
    return set(rows.values_list("pk", flat=True))


def may_have_code(actor: Actor, users: Iterable[User]) -> set[int]:
    """For which of these accounts, memberships loaded, the actor is offered a one-time code."""
    if not actor.may("account.one_time_code"):
        return set()
    fitting = [
        user.pk
        for user in users
        if user.is_active and codes.fits({membership.role for membership in user.memberships.all()})
    ]
    rows = access.visible(actor, User, "account.one_time_code").filter(pk__in=fitting)
    return set(rows.values_list("pk", flat=True))
