"""Who has read a decision: branch → site → room, counted and by name (A4).

A room has read it when one of its proctors has; a site or a branch when one of its own officers has.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max, Q

from exam_ops.core.models import Branch, ExamRoom, ExamSite, Membership, RoomSession, RosterRow, User
from exam_ops.rules.permissions import Role
from incidents.models import Decision, Notification


@dataclass(frozen=True, slots=True)
class Reader:
    """One person who was told, with when they read it (real)."""

    user: User
    read_at: datetime | None


@dataclass
class Place:
    """A branch, a site or a room with its own people and the places under it."""

    place: Branch | ExamSite | ExamRoom
    people: list[Reader] = field(default_factory=list)
    parts: list["Place"] = field(default_factory=list)

    @property
    def has_read(self) -> bool:
        return any(reader.read_at for reader in self.people)

    @property
    def parts_read(self) -> int:
        return sum(part.has_read for part in self.parts)

    @property
    def rooms(self) -> list["Place"]:
        """The rooms below, of a branch those of all its sites."""
        if isinstance(self.place, Branch):
            return [room for site in self.parts for room in site.parts]
        return self.parts if isinstance(self.place, ExamSite) else [self]

    @property
    def rooms_read(self) -> int:
        return sum(room.has_read for room in self.rooms)

    def unread(self) -> set[int]:
        """Accounts to remind: everybody of a place that nobody has read it for, here and below."""
        own = set() if self.has_read else {reader.user.pk for reader in self.people}
        return own.union(*(part.unread() for part in self.parts))


@dataclass(frozen=True, slots=True)
class Receipts:
    """The tree with its figures."""

    branches: list[Place]

    @property
    def sites(self) -> list[Place]:
        return [site for branch in self.branches for site in branch.parts]

    @property
    def rooms(self) -> list[Place]:
        return [room for site in self.sites for room in site.parts]

    @property
    def figures(self) -> dict[str, tuple[int, int]]:
        """read, all: of branches, sites, rooms."""
        levels = {"branches": self.branches, "sites": self.sites, "rooms": self.rooms}
        return {name: (sum(p.has_read for p in places), len(places)) for name, places in levels.items()}

    def unread(self) -> set[int]:
        return set().union(*(branch.unread() for branch in self.branches))


def read(decision: Decision, *, sites: Iterable[int] | None = None) -> Receipts:
    """The receipts of a decision in force, of all its sites or of `sites` alone; few look-ups, whatever its size."""
    targets = decision.targets.exclude(after__has_key="why")
    if sites is not None:
        targets = targets.filter(site_unit__site__in=list(sites))
    sessions = RoomSession.objects.filter(site_unit__in=targets.values("site_unit"))
    places = ExamSite.objects.filter(site_units__in=targets.values("site_unit")).distinct()
    readers = _Readers(decision)
    tree: dict[int, Place] = {}
    at_site: dict[int, Place] = {}
    for site in places.select_related("branch").order_by("branch__code", "code"):
        branch = tree.setdefault(site.branch_id, Place(site.branch))
        at_site[site.pk] = Place(site)
        branch.parts.append(at_site[site.pk])
    at_room = _rooms(sessions, at_site)
    offices = Membership.objects.filter(
        Q(role=Role.BRANCH, branch__in=list(tree))
        | Q(role__in=[Role.SITE, Role.CHIEF], site__in=list(at_site)),
        user__is_active=True,
    )
    for row in offices.select_related("user").order_by("user__name", "pk"):
        office = at_site[row.site_id] if row.site_id else tree[row.branch_id or 0]
        readers.add(office, row.user)
    roster = RosterRow.objects.filter(room_session__in=sessions, proctor__is_active=True)
    for duty in roster.select_related("proctor", "room_session"):
        readers.add(at_room[duty.room_session.room_id], duty.proctor)
    return Receipts(list(tree.values()))


class _Readers:
    """Who has read it and when, by account."""

    def __init__(self, decision: Decision) -> None:
        rows = Notification.objects.filter(decision=decision, read_at__isnull=False).order_by()
        self.read_at = dict(rows.values_list("user").annotate(Max("read_at")))
        self._seen: dict[int, set[int]] = defaultdict(set)

    def add(self, place: Place, user: User) -> None:
        """Once a person and place: two roles, or two units in one room, are one reader."""
        if user.pk not in self._seen[id(place)]:
            self._seen[id(place)].add(user.pk)
            place.people.append(Reader(user, self.read_at.get(user.pk)))


def _rooms(sessions: Iterable[RoomSession], at_site: dict[int, Place]) -> dict[int, Place]:
    found: dict[int, Place] = {}
    rooms = ExamRoom.objects.filter(sessions__in=sessions).distinct().order_by("room_no")
    for room in rooms:
        found[room.pk] = Place(room)
        at_site[room.site_id].parts.append(found[room.pk])
    return found
