"""Reminders of what is still owed before evidence closes, for all sites of a unit in a few statements (C14)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Count

from exam_ops.core.models import Membership, RosterRow, SiteUnit
from exam_ops.rules.permissions import Role
from incidents.models import EvidenceDuty
from incidents.services import messages
from incidents.services.messages import Message


def remind(due: Sequence[tuple[SiteUnit, str]], *, now: datetime) -> int:
    """One message a site for everything still owed, to site administrator, chief and the rooms' proctors.

    `due` are site units with the key of their deadline, once each. Returns how many people were told.
    """
    owed = _owed(site_unit for site_unit, _ in due)
    late = [(site_unit, key) for site_unit, key in due if site_unit.pk in owed]
    heads = _heads({site_unit.site_id for site_unit, _ in late})
    proctors = _proctors(room for rooms in owed.values() for room in rooms)
    return messages.tell_many(
        [
            _message(
                site_unit,
                key,
                sum(owed[site_unit.pk].values()),
                heads[site_unit.site_id].union(*(proctors[room] for room in owed[site_unit.pk])),
            )
            for site_unit, key in late
        ],
        now=now,
    )


def _message(site_unit: SiteUnit, key: str, count: int, people: set[int]) -> Message:
    return Message(
        sorted(people),
        key=f"evidence:{site_unit.pk}:{key}:{site_unit.generation}",
        event="evidence.owed",
        fields={
            "site": site_unit.site.name,
            "count": count,
            "unit": site_unit.unit.name,
            "end": messages.clock_time(site_unit.evidence_until),
        },
        url=messages.records_url(),
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


def _proctors(rooms: Iterable[int]) -> Mapping[int, set[int]]:
    """By room session: its proctors."""
    proctors: dict[int, set[int]] = defaultdict(set)
    for room, user in RosterRow.objects.filter(room_session__in=list(rooms)).values_list(
        "room_session", "proctor"
    ):
        proctors[room].add(user)
    return proctors
