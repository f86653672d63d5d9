"""Proctor changes as lists and queues need them; what has expired though no worker has said so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, CharField, F, QuerySet, Value, When

from exam_ops.core.access import Actor, visible
from exam_ops.core.models import ProctorProfile, RoomSession, RosterRow, User
from exam_ops.rules.permissions import Role
from exam_ops.rules.roster_swaps import together
from proctors.models import ProctorChange
from proctors.selectors import busy

Status = ProctorChange.Status
RELATED = (
    "room_session__room",
    "site_unit__unit__plan",
    "site_unit__site__branch",
    "outgoing__proctor",
    "incoming__proctor",
    "requested_by",
    "decided_by",
)
LOOKUPS = {
    "plan": "site_unit__unit__plan__code",
    "unit": "site_unit__unit__code",
    "site": "site_unit__site__code",
    "status": "effective",
}


def with_effective_status(rows: QuerySet[ProctorChange], *, now: datetime) -> QuerySet[ProctorChange]:
    """Annotates `effective`: whoever waits when the window ends has expired, worker or not."""
    ended = When(status=Status.PENDING, window_until__lte=now, then=Value(Status.EXPIRED.value))
    return rows.annotate(effective=Case(ended, default=F("status"), output_field=CharField()))


def changes(
    actor: Actor, *, now: datetime, plan: str = "", unit: str = "", site: str = "", status: str = ""
) -> QuerySet[ProctorChange]:
    """The changes in the actor's scope, newest first, filtered by codes; `status` is the effective one."""
    rows = with_effective_status(visible(actor, ProctorChange, "change.see"), now=now)
    given = {"plan": plan, "unit": unit, "site": site, "status": status}
    rows = rows.filter(**{LOOKUPS[name]: value for name, value in given.items() if value})
    return rows.select_related(*RELATED).order_by("-requested_at", "pk")


def waiting_changes(actor: Actor, now: datetime) -> QuerySet[ProctorChange]:
    """What waits for the actor's branch and may still be decided at `now`, the first to expire first."""
    rows = visible(actor, ProctorChange, "change.decide").filter(status=Status.PENDING, window_until__gt=now)
    return (
        with_effective_status(rows, now=now)
        .select_related(*RELATED)
        .order_by("window_until", "requested_at", "pk")
    )


def grouped(changes: Sequence[ProctorChange]) -> list[list[ProctorChange]]:
    """The changes in groups that go together (a swap, a move); most are alone."""
    legs = [((c.batch, c.site_unit_id), c.outgoing_id, c.incoming_id) for c in changes]
    return [[changes[n] for n in group] for group in together(legs)]


def companions(batches: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Of the requests named: key of a change → keys of all that go together with it, itself among them."""
    rows = ProctorChange.objects.filter(batch__in=set(batches)).order_by("pk")
    found = list(rows.values_list("pk", "batch", "site_unit", "outgoing", "incoming"))
    legs = [((batch, unit), outgoing, incoming) for _, batch, unit, outgoing, incoming in found]
    groups = ([found[n][0] for n in group] for group in together(legs))
    return {pk: group for group in groups for pk in group}


@dataclass(frozen=True, slots=True)
class Substitute:
    """A proctor of the site who might come: certified or not, and the room that holds them meanwhile."""

    user: User
    is_certified: bool
    held_by: RoomSession | None

    @property
    def is_free(self) -> bool:
        return self.is_certified and self.held_by is None


def proctors_at(session: RoomSession) -> QuerySet[User]:
    """Active accounts that are proctors of the room's site."""
    return User.objects.filter(
        memberships__role=Role.PROCTOR, memberships__site=session.site_unit.site_id, is_active=True
    ).distinct()


def substitutes(session: RoomSession, *, now: datetime) -> list[Substitute]:
    """Every proctor of the site who is not in this room, those who could come first, then by name.

    `session` comes with its site unit, unit and plan.
    """
    here = session.roster.values("proctor")
    people = list(
        proctors_at(session).exclude(pk__in=here).select_related("proctor").order_by("name", "username")
    )
    held = busy.rooms_of([user.pk for user in people], session.site_unit, now=now)
    found = [Substitute(user, is_certified(user), held.get(user.pk)) for user in people]
    return sorted(found, key=lambda each: (not each.is_free, not each.is_certified))


def standing_in_unit(session: RoomSession) -> dict[int, RosterRow]:
    """Account → the row by which they stand in a room of the same unit at the same site, with its room."""
    rows = RosterRow.objects.filter(room_session__site_unit=session.site_unit_id)
    return {row.proctor_id: row for row in rows.select_related("room_session__room", "proctor__proctor")}


def is_certified(user: User) -> bool:
    profile: ProctorProfile | None = getattr(user, "proctor", None)
    return profile is not None and profile.is_certified


def certified_among(people: Iterable[int]) -> set[int]:
    """Those of the accounts that are certified."""
    rows = ProctorProfile.objects.filter(user__in=list(people), status=ProctorProfile.Status.CERTIFIED)
    return set(rows.values_list("user_id", flat=True))
