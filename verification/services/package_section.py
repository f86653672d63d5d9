"""What the door lays into a sealed package: who was let in by whose decision, or refused (C2, C3)."""

from collections.abc import Iterable

from exam_ops.core.models import SiteUnit
from exam_ops.rules.text import Text
from incidents.services.package_sections import Row, Section, Teller, register
from verification.models import EntryRequest


def approvals(site_unit: SiteUnit, tell: Teller) -> Iterable[Row]:
    """Every entry request with its decision, withdrawn and expired ones too."""
    rows = EntryRequest.objects.filter(site_unit=site_unit).select_related(
        "sitting__candidate", "sitting__room_session__room", "requester", "decided_by", "incident"
    )
    for row in rows.order_by("requested_at", "pk"):
        yield {
            "id": str(row.pk),
            "candidate": tell.candidate(row.sitting),
            "attempt": row.attempt,
            "reason": row.reason,
            "documents_checked": row.documents_checked,
            "note": tell.words(row.note),
            "photo": row.photo or None,
            "requested_by": tell.person(row.requester),
            "requested_at": tell.at(row.requested_at),
            "status": row.status,
            "decided_by": tell.person(row.decided_by),
            "decided_at": tell.at(row.decided_at),
            "decision_note": tell.words(row.decision_note),
            "incident": row.incident.number if row.incident else None,
        }


def photos(site_unit: SiteUnit) -> Iterable[str]:
    """The pictures that came with requests."""
    return EntryRequest.objects.filter(site_unit=site_unit).exclude(photo="").values_list("photo", flat=True)


register(Section("approvals", Text("入场审批", "Entry approvals"), approvals, photos))
