"""账号与角色: accounts in scope, what they may do and where, and whether they are locked out."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from exam_ops.core import access, codes
from exam_ops.core.access import Actor
from exam_ops.core.locks import locks
from exam_ops.core.models import Membership, User


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
