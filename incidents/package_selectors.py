"""Which site units have a sealed package, and how far the others are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet

from exam_ops.core.models import SiteUnit, TimeUnit
from incidents.models import EvidencePackage, PackageCheck, PackageOrder

State = PackageOrder.State


class How(StrEnum):
    """How far the sealing of a site unit is."""

    FAILED = "failed"
    NONE = "none"  # closed, and nobody has ordered one
    WAITING = "waiting"
    MAKING = "making"
    READY = "ready"
    AHEAD = "ahead"  # evidence is open


_FIRST = tuple(How)


@dataclass(frozen=True, slots=True)
class Line:
    """One site unit with its latest package and its open order, where there are any."""

    site_unit: SiteUnit
    package: EvidencePackage | None
    order: PackageOrder | None
    how: How

    @property
    def is_stale(self) -> bool:
        """Whether a newer package is ordered."""
        return self.package is not None and self.order is not None


def lines(site_units: Sequence[SiteUnit], *, now: datetime) -> list[Line]:
    """Every one of them, what needs a hand first; two statements, however many there are."""
    latest = {
        row.site_unit_id: row
        for row in EvidencePackage.objects.filter(site_unit__in=site_units, superseded_by=None)
    }
    orders = {
        row.site_unit_id: row
        for row in PackageOrder.objects.filter(site_unit__in=site_units, due_at__isnull=False).order_by("-pk")
    }
    found = [line(row, latest.get(row.pk), orders.get(row.pk), now=now) for row in site_units]
    return sorted(found, key=lambda one: (_FIRST.index(one.how), one.site_unit.site.code))


def line(
    site_unit: SiteUnit, package: EvidencePackage | None, order: PackageOrder | None, *, now: datetime
) -> Line:
    """How one stands."""
    if order is not None and order.failed_code:
        how = How.FAILED
    elif package is not None:
        how = How.READY
    elif order is not None:
        how = How.MAKING if order.state == State.MAKING else How.WAITING
    else:
        how = How.AHEAD if now < site_unit.evidence_closes_at else How.NONE
    return Line(site_unit, package, order, how)


def last_closed(units: Sequence[TimeUnit], *, now: datetime) -> TimeUnit | None:
    """The one of these units whose evidence closed last."""
    rows = SiteUnit.objects.filter(unit__in=units, evidence_closes_at__lte=now).select_related("unit")
    found = rows.order_by("-evidence_closes_at", "-unit__start").first()
    return found.unit if found else None


def of_site_unit(site_unit: SiteUnit, *, now: datetime) -> Line:
    """How this one stands."""
    return lines([site_unit], now=now)[0]


def history(site_unit: SiteUnit) -> QuerySet[EvidencePackage]:
    """Its packages, the latest first."""
    return site_unit.packages.select_related(
        "supersedes", "superseded_by", "order__asked_by", "key"
    ).order_by("-number")


def last_checks(packages: Sequence[EvidencePackage]) -> dict[int, PackageCheck]:
    """By package: the last check that somebody asked for."""
    rows = PackageCheck.objects.filter(package__in=packages).select_related("asked_by").order_by("pk")
    return {row.package_id: row for row in rows}
