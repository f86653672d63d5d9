"""What a decision of headquarters about time means for evidence: what was missed is owed again (A4, C14)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from exam_ops.core import events
from exam_ops.core.models import Event, SiteUnit, User
from exam_ops.core.moves import on_move
from exam_ops.rules.text import Text
from incidents.models import EvidenceDuty

Status = EvidenceDuty.Status


def count_missed(site_units: Sequence[SiteUnit], now: datetime) -> Counter[int]:
    """Duties missed at the old close of evidence, where it is open again."""
    rows = _missed(site_units, now).order_by()
    figures = rows.values(where=F("room_session__site_unit")).annotate(n=Count("pk"))
    return Counter({row["where"]: row["n"] for row in figures})


def open_again(site_units: Sequence[SiteUnit], now: datetime, actor: User | None) -> Counter[int]:
    """They are owed again until the new close."""
    figures = count_missed(site_units, now)
    ids = list(_missed(site_units, now).values_list("pk", flat=True))
    EvidenceDuty.objects.filter(pk__in=ids, status=Status.MISSED).update(
        status=Status.OPEN, closed_at=None, why_closed=""
    )
    Event.objects.bulk_create(
        events.build("duties.reopened", now=now, actor=actor, site_unit=s, count=figures[s.pk])
        for s in site_units
        if figures[s.pk]
    )
    return figures


def _missed(site_units: Iterable[SiteUnit], now: datetime) -> QuerySet[EvidenceDuty]:
    """The last missed duty of each candidate (or room and cause) that owes nothing already."""
    open_units = [s.pk for s in site_units if now < s.evidence_closes_at]
    missed = EvidenceDuty.objects.filter(room_session__site_unit__in=open_units, status=Status.MISSED)
    people = missed.filter(sitting__isnull=False).order_by().values("sitting").annotate(last=Max("pk"))
    rooms = missed.filter(sitting=None).order_by().values("room_session", "cause").annotate(last=Max("pk"))
    standing = EvidenceDuty.objects.filter(status=Status.OPEN)
    owed = Exists(standing.filter(sitting=OuterRef("sitting")))
    owed_room = Exists(
        standing.filter(sitting=None, room_session=OuterRef("room_session"), cause=OuterRef("cause"))
    )
    return missed.filter(
        (Q(pk__in=people.values("last")) & ~owed) | (Q(pk__in=rooms.values("last")) & ~owed_room)
    )


on_move(
    "evidence.missed",
    Text("未交的应急材料重新待交", "Evidence that was missed is owed again"),
    count=count_missed,
    apply=open_again,
)
