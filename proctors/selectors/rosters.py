"""Rosters of site units: who stands in which room, and which rooms lack certified proctors (C8, C9)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery
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


@dataclass(frozen=True, slots=True)
class RosterRoom:
    """One room of the grid: its two places, who stands in them, and whether that is enough."""

    session: RoomSession
    lead: RosterRow | None
    second: RosterRow | None
    needed: int

    @property
    def certified(self) -> int:
        return sum(1 for row in (self.lead, self.second) if row and _is_certified(row))

    @property
    def is_short(self) -> bool:
        return self.certified < self.needed

    @property
    def tone(self) -> str:
        return "trouble" if self.certified == 0 else "watch" if self.is_short else ""


def grid(site_unit: SiteUnit, *, needed: int) -> list[RosterRoom]:
    """The rooms of a site unit with their proctors: short ones first, then by room number."""
    sessions = (
        RoomSession.objects.filter(site_unit=site_unit)
        .select_related("room")
        .prefetch_related(
            Prefetch("roster", RosterRow.objects.select_related("proctor__proctor").order_by("position"))
        )
    )
    rooms = [_room(session, needed) for session in sessions]
    return sorted(rooms, key=lambda room: (min(room.certified, needed), room.session.room.room_no))


def _room(session: RoomSession, needed: int) -> RosterRoom:
    by_position = {row.position: row for row in session.roster.all()}
    return RosterRoom(session, by_position.get("lead"), by_position.get("second"), needed)


def _is_certified(row: RosterRow) -> bool:
    profile = getattr(row.proctor, "proctor", None)
    return profile is not None and profile.is_certified
