"""Reminders of what is still owed before evidence closes, for all sites of a unit in a few statements (C14)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Count
from django.urls import reverse

from exam_ops.core.models import Membership, RoomSession, SiteUnit
from exam_ops.rules.permissions import Role
from incidents.models import EvidenceDuty
from incidents.services import messages
from incidents.services.messages import Message


def remind(due: Sequence[tuple[SiteUnit, str]], *, now: datetime) -> int:
    """What is still owed: one message a site to administrator and chief, one a room to its proctors.

    A proctor's leads to the camera of the room. `due` are site units with the key of their deadline, once
    each. Returns how many people were told.
    """
    owed = _owed(site_unit for site_unit, _ in due)
    late = [(site_unit, key) for site_unit, key in due if site_unit.pk in owed]
    heads = _heads({site_unit.site_id for site_unit, _ in late})
    rooms = _rooms(room for counts in owed.values() for room in counts)
    told = []
    for site_unit, key in late:
        counts = owed[site_unit.pk]
        told.append(_to_heads(site_unit, key, sum(counts.values()), heads[site_unit.site_id]))
        told += [_to_room(site_unit, key, counts[room.pk], room) for room in rooms if room.pk in counts]
    return messages.tell_many(told, now=now)


def _to_heads(site_unit: SiteUnit, key: str, count: int, people: set[int]) -> Message:
    site = site_unit.site.name
    return _message(site_unit, key, people, {"site": site, "count": count}, messages.records_url())


def _to_room(site_unit: SiteUnit, key: str, count: int, room: RoomSession) -> Message:
    return _message(
        site_unit,
        f"{key}:{room.pk}",
        {row.proctor_id for row in room.roster.all()},
        {"site": f"{site_unit.site.name} {room.room.room_no}", "count": count},
        reverse("phone-camera", args=[room.pk]),
    )


def _message(
    site_unit: SiteUnit, key: str, people: set[int], where: Mapping[str, object], url: str
) -> Message:
    return Message(
        sorted(people),
        key=f"evidence:{site_unit.pk}:{key}:{site_unit.generation}",
        event="evidence.owed",
        fields={
            **where,
            "unit": site_unit.unit.name,
            "end": messages.clock_time(site_unit.evidence_until),
        },
        url=url,
        plan=site_unit.unit.plan,
    )


def _owed(site_units: Iterable[SiteUnit]) -> Mapping[int, dict[int, int]]:
    """By site unit: its rooms with what is owed there, counted."""
    rows = EvidenceDuty.objects.filter(
        room_session__site_unit__in=[s.pk for s in site_units], status=EvidenceDuty.Status.OPEN
    ).values_list("room_session__site_unit", "room_session")
    owed: dict[int, dict[int, int]] = defaultdict(dict)
    for site_unit, room, count in rows.annotate(count=Count("pk")):
        owed[site_unit][room] = count
    return owed


def _heads(sites: Iterable[int]) -> Mapping[int, set[int]]:
    """By site: the accounts of its administrator and chief."""
    rows = Membership.objects.filter(
        role__in=[Role.SITE, Role.CHIEF], site__in=list(sites), user__is_active=True
    )
    heads: dict[int, set[int]] = defaultdict(set)
    for site, user in rows.values_list("site", "user"):
        heads[site].add(user)
    return heads


def _rooms(ids: Iterable[int]) -> list[RoomSession]:
    """Room sessions with number and roster, in the order of their numbers."""
    rows = RoomSession.objects.filter(pk__in=list(ids)).select_related("room").prefetch_related("roster")
    return list(rows.order_by("room__room_no"))
