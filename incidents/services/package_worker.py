"""Makes and checks sealed packages in the background, one at a time in a process."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from exam_ops.core import events, files
from exam_ops.core.deadlines import alarms
from exam_ops.core.quiet import QuietThread
from incidents import sealed
from incidents.models import EvidencePackage, PackageCheck, PackageOrder
from incidents.services import evidence_keys, package_maker

CHECK_LEASE = timedelta(minutes=15)  # the largest package is read twice within


def is_waiting(*, now: datetime) -> bool:
    """Whether a package is to be made or checked."""
    return package_maker.is_waiting(now=now) or PackageCheck.objects.filter(due_at__lte=now).exists()


def run(read_clock: Callable[[], datetime]) -> int:
    """Works until nothing waits; returns how many packages were made."""
    made = 0
    while (check := _take_check(now=read_clock())) is not None:
        _check(check, read_clock)
    while (order := package_maker.take(now=read_clock())) is not None:
        try:
            package_maker.make(order, read_clock)
            made += 1
        except Exception as error:
            package_maker.put_off(order, error, now=read_clock())
    return made


def _take_check(*, now: datetime) -> PackageCheck | None:
    for row in PackageCheck.objects.filter(due_at__lte=now).order_by("due_at", "pk")[:20]:
        seen = PackageCheck.objects.filter(pk=row.pk, due_at=row.due_at)
        if seen.update(due_at=now + CHECK_LEASE):
            return PackageCheck.objects.select_related("package__site_unit__unit__plan").get(pk=row.pk)
    return None


def _check(check: PackageCheck, read_clock: Callable[[], datetime]) -> None:
    """The offline check of the stored file, against every key that ever signed and the chain's rows."""
    findings = [asdict(finding) for finding in look(check.package)]
    now = read_clock()
    with transaction.atomic():
        rows = PackageCheck.objects.filter(pk=check.pk, due_at=check.due_at)
        if rows.update(done_at=now, due_at=None, findings=findings):
            events.record(
                "package.checked",
                now=now,
                actor=None,
                site_unit=check.package.site_unit,
                subject=str(check.package),
                findings=findings,
            )


def look(package: EvidencePackage) -> list[sealed.Finding]:
    """Everything that is wrong with a stored package, its place in the chain included."""
    keys = [key.raw for key in evidence_keys.published()]
    name = str(package)
    try:
        with files.open(package.sha256) as content:
            checked = sealed.verify_open(content, name, public_keys=keys)
    except FileNotFoundError:
        return [sealed.Finding("missing", name)]
    found = list(checked.findings)
    if checked.sha256 != package.sha256:
        found.append(sealed.Finding("changed", name))
    told = (checked.manifest.get("number"), checked.manifest.get("previous") or "")
    if checked.manifest and told != (package.number, package.previous):
        found.append(sealed.Finding("chain_broken", name))
    before = EvidencePackage.objects.filter(plan=package.plan_id, number=package.number - 1).first()
    if package.number > 1 and before is None:
        found.append(sealed.Finding("chain_gap", f"#{package.number - 1}"))
    elif before is not None and before.sha256 != package.previous:
        found.append(sealed.Finding("chain_broken", name))
    return found


worker = QuietThread("sealed packages", is_waiting, run)
alarms.also(
    alarms.Kind(
        "package",
        lambda: PackageOrder.objects.filter(state=PackageOrder.State.WAITING).exclude(failed_code=""),
        held_until="due_at",
        what=str,
        related=("site_unit__site", "site_unit__unit__plan"),
    )
)
