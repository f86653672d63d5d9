"""Close of entry at T+30 (C3, C17): undecided requests expire, and only who gave no sign of life is absent."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from exam_ops.core import entry, events, schedule
from exam_ops.core.deadlines import effects
from exam_ops.core.models import Event, SiteUnit, Sitting
from exam_ops.rules.entry import Cause, Entry
from verification.models import EntryRequest
from verification.selectors.entry import SPARED
from verification.services import held_over
from verification.services.entry_requests import locked_sittings, write_events

EFFECT = "close_entry"


def close(site_units: Iterable[SiteUnit], *, now: datetime) -> None:
    """Expires what nobody decided and asks for the absences, in the caller's transaction."""
    closed = [s for s in site_units if s.entry_closes_at <= now and not s.stopped_in_entry]
    expire_requests(closed, now=now)
    held_over.ask(closed, now=now)
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
def make_absent(site_units: Sequence[SiteUnit], now: datetime) -> int:
    """Provisionally absent: no sign-in, no approval, no open duty, no client session, not in a locked-out room."""
    schedule.hold([site_unit.pk for site_unit in site_units])
    closed = [s for s in _as_they_stand(site_units) if s.entry_closes_at <= now and not s.stopped_in_entry]
    unsigned = Sitting.objects.filter(site_unit__in=closed, entry_status=Entry.NOT_SIGNED_IN).order_by("pk")
    sittings = list(unsigned.select_for_update(of=("self",), no_key=True))
    moved = entry.move(_not_spared(sittings), Cause.CLOSE, now=now)
    asked = Counter(sitting.site_unit_id for sitting in sittings)
    absent = Counter(sitting.site_unit_id for sitting in moved)
    Event.objects.bulk_create(
        events.build(
            "entry.closed",
            now=now,
            actor=None,
            site_unit=site_unit,
            absent=absent[site_unit.pk],
            spared=asked[site_unit.pk] - absent[site_unit.pk],
        )
        for site_unit in closed
    )
    return len(moved)


def _as_they_stand(site_units: Sequence[SiteUnit]) -> QuerySet[SiteUnit]:
    """Read anew under their lock: headquarters may have moved the time meanwhile, or stopped the exam."""
    return SiteUnit.objects.filter(pk__in=[s.pk for s in site_units]).select_related("unit__plan")


def _not_spared(sittings: list[Sitting]) -> list[Sitting]:
    spared = set(Sitting.objects.filter(SPARED, pk__in=[s.pk for s in sittings]).values_list("pk", flat=True))
    return [s for s in sittings if s.pk not in spared]
