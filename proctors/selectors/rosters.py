"""Rosters of site units: which rooms lack certified proctors (C8, C9)."""

from collections.abc import Iterable

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from exam_ops.core.models import ProctorProfile, RoomSession, RosterRow, SiteUnit


def certified_count() -> Coalesce:
    """How many certified proctors a room session has, as an annotation of `RoomSession`."""
    rows = (
        RosterRow.objects.filter(
            room_session=OuterRef("pk"), proctor__proctor__status=ProctorProfile.Status.CERTIFIED
        )
        .values("room_session")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)


def short_rooms(site_units: Iterable[SiteUnit] | QuerySet[SiteUnit], *, needed: int) -> QuerySet[RoomSession]:
    """Room sessions with fewer than `needed` certified proctors; each carries its number as `certified`."""
    return (
        RoomSession.objects.filter(site_unit__in=site_units)
        .annotate(certified=certified_count())
        .filter(certified__lt=needed)
        .order_by("site_unit__start", "room__room_no")
    )
