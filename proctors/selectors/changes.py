"""Proctor changes as lists and queues need them; what has expired though no worker has said so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, F, QuerySet, Value, When

from exam_ops.core.access import Actor, visible
from exam_ops.core.models import ProctorProfile, RoomSession, User
from exam_ops.rules.permissions import Role
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


def is_certified(user: User) -> bool:
    profile: ProctorProfile | None = getattr(user, "proctor", None)
    return profile is not None and profile.is_certified


def certified_among(people: Iterable[int]) -> set[int]:
    """Those of the accounts that are certified."""
    rows = ProctorProfile.objects.filter(user__in=list(people), status=ProctorProfile.Status.CERTIFIED)
    return set(rows.values_list("user_id", flat=True))
