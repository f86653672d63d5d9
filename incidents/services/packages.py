"""Ordering sealed packages and their checks: at the close of evidence, after late changes, and when asked for (C14)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from exam_ops.core import events
from exam_ops.core.access import Actor
from exam_ops.core.errors import Refusal, reason_in
from exam_ops.core.models import SiteUnit
from exam_ops.rules.text import Text
from incidents.models import EvidencePackage, PackageCheck, PackageOrder

SETTLE = timedelta(hours=2)
"""How long late changes are gathered before a new package tells them: a chief reviews a unit's pictures one by one."""
LONGEST = 500  # characters of a reason
NO_REASON = Text("请说明重新封存的理由，500 字以内。", "Say why, in at most 500 characters.")

Cause, State = PackageOrder.Cause, PackageOrder.State


class EvidenceStillOpen(Refusal):
    code, status = "evidence_still_open", 409
    title = Text("应急材料尚未截止", "Evidence is still open")
    sentence = Text(
        "{site} 本单元的应急材料还在接收，截止时系统会自动封存。请在截止后再操作。",
        "Evidence of this unit at {site} is still taken and will be sealed at its close. Come back after it.",
    )


class BeingMade(Refusal):
    code, status = "package_being_made", 409
    title = Text("封存包正在制作", "The package is being made")
    sentence = Text(
        "{site} 的封存包正在制作，请稍候刷新页面。完成后如仍需要，可再次封存。",
        "The package of {site} is being made. Load the page again in a moment; ask once more if it is still needed.",
    )


def order_at_close(site_units: Iterable[SiteUnit], *, now: datetime) -> None:
    """Orders a package of each, in the transaction that closes evidence; one that waits already tells this too."""
    rows = list(site_units)
    sealed = _sealed(rows)
    waiting = PackageOrder.objects.filter(site_unit__in=rows, state=State.WAITING, due_at__gt=now)
    waiting.update(due_at=now)
    _order(((r, Cause.REOPENED if r.pk in sealed else Cause.CLOSED) for r in rows), due_at=now, now=now)


def order_after_change(site_units: Iterable[SiteUnit], *, now: datetime) -> None:
    """Orders a new package where something changed after the close: a fact cleared late, a review.

    Call inside the change's transaction. Changes within `SETTLE` of the first are told by one package; while
    evidence is open nothing is ordered, for the close will tell it.
    """
    rows = [row for row in site_units if row.evidence_closes_at <= now]
    sealed = _sealed(rows)
    _order(((r, Cause.CHANGED) for r in rows if r.pk in sealed), due_at=now + SETTLE, now=now)


def _sealed(site_units: Sequence[SiteUnit]) -> set[int]:
    """Which of them have a package."""
    rows = EvidencePackage.objects.filter(site_unit__in=site_units)
    return set(rows.values_list("site_unit", flat=True))


def _order(wanted: Iterable[tuple[SiteUnit, str]], *, due_at: datetime, now: datetime) -> None:
    """Orders that wait already stay as they are."""
    PackageOrder.objects.bulk_create(
        (
            PackageOrder(
                site_unit=site_unit,
                plan_id=site_unit.unit.plan_id,
                cause=cause,
                asked_at=now,
                due_at=due_at,
            )
            for site_unit, cause in wanted
        ),
        ignore_conflicts=True,
        batch_size=500,
    )


@transaction.atomic
def ask_again(
    site_unit: SiteUnit, *, reason: str, without_lost: bool = False, actor: Actor, now: datetime
) -> PackageOrder:
    """Headquarters order a package once more, at once; the older ones stay. An order that waits is brought forward.

    `without_lost`: originals that the store has lost are named in the package instead of being waited for. Raises
    `Invalid` without a reason, `EvidenceStillOpen`, `BeingMade`.
    """
    reason = reason_in(reason, NO_REASON, longest=LONGEST)
    if now < site_unit.evidence_closes_at:
        raise EvidenceStillOpen(site=site_unit.site.name)
    rows = PackageOrder.objects.filter(site_unit=site_unit)
    if rows.filter(state=State.MAKING).exists():
        raise BeingMade(site=site_unit.site.name)
    asked = {"cause": Cause.ASKED, "reason": reason, "without_lost": without_lost, "asked_by": actor.user}
    asked |= {"due_at": now, "asked_at": now}
    if not rows.filter(state=State.WAITING).update(**asked):
        PackageOrder.objects.bulk_create(
            [PackageOrder(site_unit=site_unit, plan_id=site_unit.unit.plan_id, **asked)],
            ignore_conflicts=True,
        )
    events.record(
        "package.asked",
        now=now,
        actor=actor.user,
        site_unit=site_unit,
        reason=reason,
        without_lost=without_lost,
    )
    return rows.get(state=State.WAITING)


@transaction.atomic
def ask_check(package: EvidencePackage, *, actor: Actor, now: datetime) -> PackageCheck:
    """Asks for a check of the stored file in the background; one that waits already is the answer."""
    order = PackageCheck(package=package, asked_by=actor.user, asked_at=now, due_at=now)
    PackageCheck.objects.bulk_create([order], ignore_conflicts=True)
    return package.checks.get(done_at=None)
