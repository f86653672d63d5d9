"""What a room is told of the review of its pictures: send another, because …; and never mind (C14)."""

from datetime import datetime

from django.urls import reverse

from exam_ops.core.models import Membership, RosterRow
from exam_ops.rules.evidence_review import LEVEL_WORDS, Level
from exam_ops.rules.permissions import Role
from incidents.models import Evidence, EvidenceReview
from incidents.services import messages


def tell_again(evidence: Evidence, review: EvidenceReview, *, now: datetime) -> None:
    """Another picture is asked for: the room's proctors, the site administrator and who sent it are told why."""
    site_unit = evidence.room_session.site_unit
    closes_at = site_unit.unit.plan.laid_time(site_unit.evidence_closes_at)
    fields = {"because": review.note, "end": messages.clock_time(closes_at)}
    _tell(evidence, review, "evidence.asked_again", fields, now)


def tell_never_mind(evidence: Evidence, review: EvidenceReview, *, now: datetime) -> None:
    """The picture that stands will do after all."""
    _tell(evidence, review, "evidence.not_asked_again", {}, now)


def _tell(
    evidence: Evidence, review: EvidenceReview, event: str, fields: dict[str, str], now: datetime
) -> None:
    session = evidence.room_session
    site_unit = session.site_unit
    about = {
        "site": site_unit.site.name,
        "room": session.room.room_no,
        "unit": site_unit.unit.name,
        "by": review.by.name,
        "level": LEVEL_WORDS[Level(review.level)],
    }
    messages.tell(
        sorted(people(evidence) - {review.by_id}),
        key=f"evidence-review:{review.pk}:{event}",
        event=event,
        fields=about | fields,
        url=reverse("evidence-room", args=[session.pk]),
        plan=site_unit.unit.plan,
        now=now,
    )


def people(evidence: Evidence) -> set[int]:
    """Who must send another picture when this one falls, and who sent it."""
    session = evidence.room_session
    proctors = RosterRow.objects.filter(room_session=session).values_list("proctor", flat=True)
    heads = Membership.objects.filter(
        role=Role.SITE, site=session.site_unit.site_id, user__is_active=True
    ).values_list("user", flat=True)
    return {*proctors, *heads, evidence.uploaded_by_id}
