"""What happens at the door at a unit's deadlines."""

from collections.abc import Sequence
from datetime import datetime

from exam_ops.core.deadlines.registry import Firing, effect, on, sweeps
from exam_ops.core.models import SiteUnit
from verification.models import PostExamRun
from verification.services import close_of_entry, manual_evidence, post_exam_findings, sync_lag


@on("sync_lag")
def name_duties(firings: Sequence[Firing], now: datetime) -> None:
    """T+15: who is named in an IDV-04 and still not signed in owes evidence (C6)."""
    site_units = [firing.site_unit for firing in firings]
    sync_lag.name_duties(site_units, now=now)
    manual_evidence.name_duties(site_units, now=now)


@on("panorama_photo")
def close_entry(firings: Sequence[Firing], now: datetime) -> None:
    """T+30: who was named since T+15 becomes a duty too; then entry closes (C3, C17)."""
    site_units = [firing.site_unit for firing in firings]
    sync_lag.name_duties(site_units, now=now)
    manual_evidence.name_duties(site_units, now=now)
    close_of_entry.close(site_units, now=now)


@on("evidence_warning")
def name_late_arrivals(firings: Sequence[Firing], now: datetime) -> None:
    """Manual sign-ins that arrived after the close of entry owe evidence like the others (A4)."""
    manual_evidence.name_duties([firing.site_unit for firing in firings], now=now)


@effect(close_of_entry.EFFECT)
def make_absent(site_units: Sequence[SiteUnit], now: datetime) -> None:
    """The absences of some site units."""
    close_of_entry.make_absent(site_units, now)


@sweeps(PostExamRun, related=("site_unit__site", "site_unit__unit__plan"))
def tell_branches(batch: Sequence[PostExamRun], now: datetime) -> None:
    """Findings of the check after the exam go to the branch (C16)."""
    post_exam_findings.tell_branches(batch, now=now)
