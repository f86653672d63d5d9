"""Close of entry at T+30 (C3, C17): undecided requests expire, and only who gave no sign of life is absent."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from exam_ops.core import entry, events, schedule
from exam_ops.core.deadlines import effects
from exam_ops.core.models import SiteUnit, Sitting
from exam_ops.rules.entry import Cause, Entry
from verification.models import EntryRequest
from verification.selectors.entry import SPARED
from verification.services.entry_requests import locked_sittings, write_events

EFFECT = "close_entry"


def close(site_units: Iterable[SiteUnit], *, now: datetime) -> None:
    """Expires what nobody decided and asks for the absences, in the caller's transaction."""
    closed = [s for s in site_units if s.entry_closes_at <= now and not s.stopped_in_entry]
    expire_requests(closed, now=now)
    effects.ask(EFFECT, closed, now=now)


def expire_requests(site_units: Iterable[SiteUnit], *, now: datetime) -> list[EntryRequest]:
    """Pending requests expire as not admitted; their candidates are absent, unless spared (C17)."""
    pending = EntryRequest.objects.filter(
        site_unit__in=list(site_units), status=EntryRequest.Status.PENDING
    ).select_related("site_unit__unit__plan", "room_session", "sitting")
    sittings = locked_sittings(pending.values_list("sitting_id", flat=True))
    requests = list(pending)
    pending.filter(pk__in=[r.pk for r in requests]).update(status=EntryRequest.Status.EXPIRED, decided_at=now)
    entry.move(_not_spared(sittings), Cause.EXPIRY, now=now)
    write_events("entry.expired", requests, actor=None, now=now)
    return requests


@transaction.atomic
def make_absent(site_unit: SiteUnit, now: datetime) -> int:
    """Provisionally absent: no sign-in, no approval, no open duty, no client session, not in a locked-out room."""
    schedule.hold([site_unit.pk])
    site_unit.refresh_from_db(fields=["entry_closes_at", "stopped_at"])
    if now < site_unit.entry_closes_at or site_unit.stopped_in_entry:
        return 0  # headquarters moved the time meanwhile, or stopped the exam
    unsigned = Sitting.objects.filter(site_unit=site_unit, entry_status=Entry.NOT_SIGNED_IN).order_by("pk")
    sittings = list(unsigned.select_for_update(of=("self",), no_key=True))
    moved = entry.move(_not_spared(sittings), Cause.CLOSE, now=now)
    events.record(
        "entry.closed",
        now=now,
        actor=None,
        site_unit=site_unit,
        absent=len(moved),
        spared=len(sittings) - len(moved),
    )
    return len(moved)


def _not_spared(sittings: list[Sitting]) -> list[Sitting]:
    spared = set(Sitting.objects.filter(SPARED, pk__in=[s.pk for s in sittings]).values_list("pk", flat=True))
    return [s for s in sittings if s.pk not in spared]
