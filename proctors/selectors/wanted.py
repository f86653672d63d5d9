"""What proctors picked and do not have (C11): what is still open, and what could mend it, site unit by site unit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from exam_ops.core import wanted
from exam_ops.core.access import Actor, visible
from exam_ops.core.models import RoomSession, RosterRow, SiteUnit, User, WantedDuty
from exam_ops.rules.permissions import Role
from proctors.models import ProctorChange
from proctors.selectors import busy
from proctors.selectors.changes import certified_among

SEE = "change.see"
State = WantedDuty.State
RELATED = (
    "proctor__proctor",
    "room_session__room",
    "site_unit__unit__plan",
    "site_unit__site__branch",
    "answered_by",
)


def unsettled(rows: QuerySet[WantedDuty], *, now: datetime) -> QuerySet[WantedDuty]:
    """Of `rows` those that nobody has settled: whoever stands on that roster meanwhile has what they wanted."""
    there = RosterRow.objects.filter(proctor=OuterRef("proctor"))
    in_room = Exists(there.filter(room_session=OuterRef("room_session")))
    in_unit = Exists(there.filter(room_session__site_unit=OuterRef("site_unit")))
    return rows.filter(wanted.open_at(now)).exclude(Q(in_room) | (Q(room_session=None) & Q(in_unit)))


def wishes(actor: Actor, *, now: datetime) -> QuerySet[WantedDuty]:
    """What is unsettled in the actor's scope, the next unit first."""
    rows = unsettled(visible(actor, WantedDuty, SEE), now=now).select_related(*RELATED)
    return rows.order_by("site_unit__starts_at", "first_at", "pk")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the proctor could stand: a free place of a room, or somebody's who would go."""

    session: RoomSession
    outgoing: User | None = None

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.session.pk}:{self.outgoing.pk if self.outgoing else 0}"


@dataclass(frozen=True, slots=True)
class Ground:
    """What stands in a site unit, read once for all who want a duty there; accounts by primary key."""

    rooms: list[RoomSession]
    waiting: list[ProctorChange]
    held: dict[int, RoomSession]
    certified: set[int]
    own: set[int]  # proctors of the site

    def change_of(self, wish: WantedDuty) -> ProctorChange | None:
        """A change that waits and would put the proctor where they want to be."""
        for change in self.waiting:
            is_there = wish.room_session_id in (None, change.room_session_id)
            if change.incoming_id == wish.proctor_id and is_there:
                return change
        return None

    def places(self, wish: WantedDuty) -> list[Place]:
        """Free places first; of a wish without a room those of the emptiest rooms, and all people where none is free."""
        rooms = [r for r in self.rooms if wish.room_session_id in (None, r.pk)]
        rooms.sort(key=lambda room: (len(self._here(room)), room.room.room_no))
        free = [Place(room) for room in rooms if self._free(room)]
        if wish.room_session_id is None and free:
            return free
        return free + [Place(room, row.proctor) for room in rooms for row in self._may_go(room)]

    def _here(self, room: RoomSession) -> list[RosterRow]:
        return list(room.roster.all())

    def _free(self, room: RoomSession) -> bool:
        taken = {row.position for row in self._here(room)}
        taken |= {c.position for c in self.waiting if c.room_session_id == room.pk}
        return len(taken) < len(RosterRow.Position)

    def _may_go(self, room: RoomSession) -> list[RosterRow]:
        """Those in the room about whom no change waits."""
        asked = {c.position for c in self.waiting if c.room_session_id == room.pk}
        return [row for row in self._here(room) if row.position not in asked]


def grounds(rows: Iterable[WantedDuty], *, now: datetime) -> dict[int, Ground]:
    """The ground of each site unit that `rows` name; six statements a site unit."""
    groups: dict[SiteUnit, list[WantedDuty]] = defaultdict(list)
    for wish in rows:
        groups[wish.site_unit].append(wish)
    return {site_unit.pk: _ground(site_unit, group, now) for site_unit, group in groups.items()}


def _ground(site_unit: SiteUnit, group: Sequence[WantedDuty], now: datetime) -> Ground:
    people = sorted({wish.proctor_id for wish in group})
    rostered = Prefetch("roster", RosterRow.objects.select_related("proctor").order_by("position"))
    rooms = RoomSession.objects.filter(site_unit=site_unit).select_related("room")
    waiting = ProctorChange.objects.filter(
        site_unit=site_unit, status=ProctorChange.Status.PENDING, window_until__gt=now
    )
    own = User.objects.filter(
        pk__in=people,
        is_active=True,
        memberships__role=Role.PROCTOR,
        memberships__site=site_unit.site_id,
    )
    return Ground(
        rooms=list(rooms.prefetch_related(rostered)),
        waiting=list(waiting.select_related("requested_by")),
        held=busy.rooms_of(people, site_unit, now=now),
        certified=certified_among(people),
        own=set(own.values_list("pk", flat=True)),
    )
