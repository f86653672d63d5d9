"""One-time codes: a proctor who can't sign in with the password signs in once with a code read out on the phone (E11).

A code lives ten minutes of real time, admits once, is stored hashed and shown once. It stands in for the
password alone: lock, App version, phone and certificate are checked as ever, and a sign-in that is refused
for one of those leaves the code good.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db import transaction

from exam_ops.core import clock, events
from exam_ops.core.access import actor_for
from exam_ops.core.errors import Refusal
from exam_ops.core.fields import blind_index
from exam_ops.core.models import OneTimeCode, User
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text

LIFE = timedelta(minutes=10)
LENGTH = 8
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misheard as something else
# Whoever decides or administers signs in as themselves: a code would let its issuer act in their name.
ROLES = frozenset({Role.PROCTOR, Role.CENTRE, Role.INSPECTOR, Role.CANDIDATE})


class NotForThisAccount(Refusal):
    code, status = "no_code_for_account", 409
    title = Text("不能发放登录码", "No code for this account")
    sentence = Text(
        "一次性登录码只发给监考教师。{name} 的账号还有其他职责或没有监考角色；请为其解锁，或由总部重设密码。",
        "Codes are for proctors alone. {name} holds other duties, or no proctor's role; "
        "unlock the account, or ask headquarters for a new password.",
    )


class AccountDisabled(Refusal):
    code, status = "account_disabled", 409
    title = Text("账号已停用", "Account disabled")
    sentence = Text(
        "{name} 的账号已停用，登录码不起作用。请先由总部恢复该账号。",
        "{name}'s account is disabled; a code would not help. Ask headquarters to enable it first.",
    )


def refused(account: User, *, now: datetime) -> Refusal | None:
    """None when `account` may have a code; else why not."""
    if not account.is_active:
        return AccountDisabled(name=account.name)
    if not fits(actor_for(account, now=now).roles):
        return NotForThisAccount(name=account.name)
    return None


def fits(roles: Iterable[str]) -> bool:
    """Whether somebody with these roles, lent ones among them, may sign in by a code."""
    held = {Role(role) for role in roles}
    return Role.PROCTOR in held and held <= ROLES


@transaction.atomic
def issue(account: User, *, actor: User, now: datetime) -> str:
    """A fresh code for `account`, told this once; an earlier one is withdrawn.

    Raises `AccountDisabled`, `NotForThisAccount`.
    """
    account = User.objects.select_for_update(no_key=True).get(pk=account.pk)
    if refusal := refused(account, now=now):
        raise refusal
    OneTimeCode.objects.filter(user=account, used_at=None).update(used_at=now)
    text = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    OneTimeCode.objects.create(
        user=account, digest=_digest(account, text), issued_by=actor, issued_at=now, expires_at=now + LIFE
    )
    events.record("account.code_issued", now=now, actor=actor, subject=account.username)
    return f"{text[:4]}-{text[4:]}"


def use(user: User, *, now: datetime) -> bool:
    """Uses up the code by which `user` was recognised; True too for whoever came with the password.

    False when somebody else has used the same code in between.
    """
    known = getattr(user, "one_time_code", None)
    if known is None:
        return True
    won = OneTimeCode.objects.filter(pk=known, used_at=None, expires_at__gt=now).update(used_at=now)
    if won:
        events.record("account.code_used", now=now, actor=user, subject=user.username)
    return bool(won)


class OneTimeCodes(ModelBackend):
    """Recognises an account by its code instead of the password; `use` must follow before anybody is let in."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **more: Any
    ) -> Any:
        text = (password or "").replace("-", "").replace(" ", "").lower()
        if not username or len(text) != LENGTH:
            return None
        now = clock.now()
        found = (
            OneTimeCode.objects.filter(
                user__username=username, user__is_active=True, used_at=None, expires_at__gt=now
            )
            .select_related("user")
            .first()
        )
        if found is None or not secrets.compare_digest(found.digest, _digest(found.user, text)):
            return None
        if refused(found.user, now=now):
            return None  # the account has taken on another duty since
        found.user.one_time_code = found.pk  # type: ignore[attr-defined]
        return found.user


def _digest(account: User, text: str) -> str:
    return blind_index(f"one-time-code:{account.pk}:{text}")
