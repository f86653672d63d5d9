"""The trace of every sign-in from a phone, refused or not: by it support finds who can't get in, and why (C5, E11)."""

from dataclasses import asdict
from datetime import datetime

from exam_ops.core.models import User
from verification.models import LoginTry
from verification.selectors.releases import Phone

UNPROVEN = ("bad_credentials", "locked")  # whoever tried did not show that the account is theirs
KEPT = 10  # unproven tries of an account: whoever guesses may name any phone

_FACTS = ("platform", "app_version", "os_version", "model", "memory_mb", "form_factor", "outcome", "at")


def failed(username: str, phone: Phone, device_id: str, outcome: str, *, now: datetime) -> None:
    """Keeps a refused try under its account; one for no account at all leaves no trace here."""
    user = User.objects.filter(username=username).first()
    if user is None:
        return
    record(user, phone, device_id, outcome, now=now)
    if outcome in UNPROVEN:
        older = LoginTry.objects.filter(user=user, outcome__in=UNPROVEN).order_by("-at", "-pk")
        LoginTry.objects.filter(pk__in=list(older.values_list("pk", flat=True)[KEPT:])).delete()


def record(user: User, phone: Phone, device_id: str, outcome: str, *, now: datetime) -> None:
    """Writes the last try of this account on this phone, in one statement."""
    told = {name: value for name, value in asdict(phone).items() if value is not None}
    LoginTry.objects.bulk_create(
        [LoginTry(user=user, device_id=device_id, outcome=outcome, at=now, **told)],
        update_conflicts=True,
        unique_fields=["user", "device_id"],
        update_fields=_FACTS,
    )
