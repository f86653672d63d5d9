"""What the roof's own pages change: a person's language, a locked account."""

from datetime import datetime

from axes.utils import reset
from django.conf import settings
from django.db import transaction

from exam_ops.core import codes, events
from exam_ops.core.models import User


def keep_language(user: User, language: str) -> None:
    """Stores the language that a person chose."""
    if language in dict(settings.LANGUAGES):
        User.objects.filter(pk=user.pk).update(language=language)


@transaction.atomic
def unlock(account: User, *, actor: User, now: datetime) -> int:
    """Lifts every lock of an account, on all devices, in one logged act (E11); returns how many failures it cleared."""
    cleared = reset(username=account.username)
    events.record("account.unlocked", now=now, actor=actor, subject=account.username, cleared=cleared)
    return cleared


@transaction.atomic
def issue_code(account: User, *, actor: User, now: datetime) -> str:
    """A one-time code for a proctor who can't sign in, with every lock of the account lifted (E11).

    Raises `codes.AccountDisabled`, `codes.NotForThisAccount`.
    """
    text = codes.issue(account, actor=actor, now=now)
    if reset(username=account.username):
        events.record("account.unlocked", now=now, actor=actor, subject=account.username)
    return text
