"""Locked accounts: after too many wrong passwords an account waits on that device, nowhere else (E11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Sum


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
