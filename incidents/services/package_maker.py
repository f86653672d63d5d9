"""Making the sealed packages that are ordered: one after the other within a plan, safe to be killed at any point.

A worker takes a plan's next order by conditional update and holds it for `LEASE` at a time. The file is stored first,
its hash written down before; then order, package and event are written in one transaction. What a killed worker leaves
is an order that comes again; who takes it over takes away the file that has no package.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from exam_ops.core import events, files
from exam_ops.core.deadlines import backoff
from exam_ops.core.errors import StorageFull, Unavailable
from exam_ops.core.models import SiteUnit
from exam_ops.rules.escalation import Level
from incidents.models import EvidencePackage, PackageOrder
from incidents.services import evidence_keys, messages
from incidents.services.package_writing import OriginalDamaged, OriginalLost, Writing

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # for the longest single original, and for storing the whole
State = PackageOrder.State


class LostTurn(Exception):
    """Somebody else has taken the order meanwhile: this worker was thought to be dead."""


def is_waiting(*, now: datetime) -> bool:
    """Whether a worker would find something to make."""
    return PackageOrder.objects.filter(due_at__lte=now).exists()


def take(*, now: datetime) -> PackageOrder | None:
    """The order whose turn has come, lent to the caller for `LEASE`; of a plan that nobody else works at."""
    at_work = PackageOrder.objects.filter(state=State.MAKING, due_at__gt=now).values("plan")
    left = PackageOrder.objects.filter(state=State.MAKING, due_at__lte=now)
    due = PackageOrder.objects.filter(due_at__lte=now).exclude(plan__in=at_work)
    due = due.filter(Q(state=State.MAKING) | ~Q(plan__in=left.values("plan")))  # a dead worker's goes first
    for row in due.order_by("due_at", "pk")[:20]:
        seen = PackageOrder.objects.filter(pk=row.pk, state=row.state, attempts=row.attempts)
        try:
            with transaction.atomic():
                taken = seen.update(state=State.MAKING, due_at=now + LEASE, attempts=F("attempts") + 1)
        except IntegrityError:  # another worker has just begun with this plan
            taken = 0
        if taken:
            rows = PackageOrder.objects.select_related("plan", "asked_by")
            return rows.get(pk=row.pk)
    return None


def make(order: PackageOrder, read_clock: Callable[[], datetime]) -> EvidencePackage:
    """Makes the package of an order that was taken. Raises what `Writing.chunks` does, `StorageFull`, `LostTurn`."""
    rows = SiteUnit.objects.select_related("site__branch", "unit__plan")
    _take_away(order.draft)
    writing = Writing(order, rows.get(pk=order.site_unit_id), read_clock, lambda: _hold(order, read_clock()))
    with files.receive(writing.chunks()) as incoming:
        _hold(order, read_clock(), draft=incoming.sha256)
        incoming.keep()
    try:
        return _write(writing)
    except (LostTurn, IntegrityError):
        _take_away(incoming.sha256)  # its number is another's now
        raise


@transaction.atomic
def _write(writing: Writing) -> EvidencePackage:
    order, made = writing.order, writing.sealed
    if not _mine(order).update(state=State.DONE, due_at=None, draft="", failed_code="", error=""):
        raise LostTurn(order)
    package = EvidencePackage.objects.create(
        order=order,
        plan_id=order.plan_id,
        site_unit=writing.site_unit,
        number=writing.before.number + 1 if writing.before else 1,
        previous=writing.before.sha256 if writing.before else "",
        sha256=made.sha256,
        manifest_sha256=made.manifest_sha256,
        signature=made.signature,
        key=evidence_keys.remember(evidence_keys.current(), now=writing.made_at),
        size=made.size,
        counts=writing.counts,
        lost=writing.lost,
        cause=order.cause,
        reason=order.reason,
        read_at=writing.read_at,
        made_at=writing.made_at,
        supersedes=writing.supersedes,
    )
    events.record(
        "package.sealed",
        now=writing.made_at,
        actor=None,
        site_unit=writing.site_unit,
        subject=str(package),
        sha256=made.sha256,
        cause=order.cause,
        supersedes=writing.supersedes.number if writing.supersedes else None,
        lost=writing.lost,
    )
    return package


def put_off(order: PackageOrder, error: Exception, *, now: datetime) -> None:
    """After a failure: tried again with growing patience; from the third in a row on people are called."""
    backoff.note(f"package of site unit {order.site_unit_id}", order.attempts, error)
    code, what = _told(error)
    values = {"failed_code": code, "error": what[:500]}
    again = values | {"state": State.WAITING, "due_at": now + backoff.wait(order.attempts)}
    try:
        with transaction.atomic():
            is_mine = _mine(order).update(**again)
            if is_mine and order.attempts >= backoff.ALARM_AFTER:
                _call(order, now)  # its key makes it once
    except IntegrityError:  # a later order of the site unit waits already
        _mine(order).update(**values, state=State.DROPPED, due_at=None)


def _mine(order: PackageOrder) -> QuerySet[PackageOrder]:
    """The order as long as this taking of it holds."""
    return PackageOrder.objects.filter(pk=order.pk, state=State.MAKING, attempts=order.attempts)


def _hold(order: PackageOrder, now: datetime, **more: str) -> None:
    if not _mine(order).update(due_at=now + LEASE, **more):
        raise LostTurn(order)


def _take_away(sha256: str) -> None:
    """Removes a file that was stored for a package and never became one."""
    if sha256 and not EvidencePackage.objects.filter(sha256=sha256).exists():
        files.remove(sha256)


def _told(error: Exception) -> tuple[str, str]:
    match error:
        case OriginalLost():
            return "original_lost", str(error)
        case OriginalDamaged():
            return "original_damaged", str(error)
        case StorageFull():
            return "storage_full", ""
        case Unavailable():
            return "unavailable", ""
        case ImproperlyConfigured():
            return "key_unreadable", ""
        case _:
            return "other", backoff.told(error)


def _call(order: PackageOrder, now: datetime) -> None:
    """Headquarters and the branch hear of a package that can't be made."""
    site_unit = SiteUnit.objects.select_related("site__branch", "unit__plan").get(pk=order.site_unit_id)
    plan = site_unit.unit.plan
    people = {p for level in (Level.BRANCH, Level.HQ) for p in messages.people_at(level, site_unit)}
    messages.tell(
        sorted(people),
        key=f"package.failed:{order.pk}",
        event="package.failed",
        fields={
            "plan": plan.name,
            "unit": str(site_unit.unit),
            "site": site_unit.site.name,
            "tries": order.attempts,
        },
        url=reverse("package-site", args=[site_unit.pk]),
        plan=plan,
        to=[messages.organisation(level, site_unit) for level in (Level.BRANCH, Level.HQ)],
        now=now,
    )
