"""The lock of ticket + machine: after too many wrong tickets or ID digits that pair waits, nobody else does (E11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from client_support.models import RefusedLogin

GUESSES = 10  # wrong tickets of one ticket and machine
WITHIN = timedelta(minutes=5)
WRONG = "unknown_ticket"


@dataclass(frozen=True, slots=True)
class Lock:
    """A pair that has to wait, until when by itself (real time)."""

    ticket_no: str
    machine_id: str
    until: datetime


def guesses(*, now: datetime) -> QuerySet[RefusedLogin]:
    """The wrong tickets that still count at `now`: recent, and not lifted by support."""
    return RefusedLogin.objects.filter(code=WRONG, at__gt=now - WITHIN, lifted_at=None)


def is_locked(ticket_no: str, machine_id: str, *, now: datetime) -> bool:
    """Whether the pair has to wait."""
    return guesses(now=now).filter(ticket_no=ticket_no, machine_id=machine_id).count() >= GUESSES


def standing(*, tickets: Iterable[str] = (), machines: Iterable[str] = (), now: datetime) -> list[Lock]:
    """The locks that stand for any of the tickets or machines."""
    rows = guesses(now=now)
    rows = rows.filter(ticket_no__in=list(tickets)) | rows.filter(machine_id__in=list(machines))
    times: dict[tuple[str, str], list[datetime]] = {}
    for ticket_no, machine_id, at in rows.order_by("-at").values_list("ticket_no", "machine_id", "at"):
        times.setdefault((ticket_no, machine_id), []).append(at)
    return [Lock(*pair, ats[GUESSES - 1] + WITHIN) for pair, ats in times.items() if len(ats) >= GUESSES]
