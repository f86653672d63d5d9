"""Candidates before their doors: a unit about to begin, a proctor with a phone and a token in every room."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from django.db import connection
from knox.crypto import hash_token

from bench import nation
from exam_ops.core.models import AccessToken, Device, Membership, RoomSession, RosterRow, Sitting, User
from exam_ops.rules.permissions import Role

PHONE = {"platform": "android", "app_version": "4.0.0", "os_version": "13", "form_factor": "phone"}


@dataclass(frozen=True, slots=True)
class Door:
    """A room session with its proctor's token and the candidates who have not come yet."""

    token: str
    device_id: str
    sittings: tuple[int, ...]
    room: int


def build(
    code: str,
    *,
    sites: int,
    rooms_per_site: float,
    per_room: int,
    now: datetime,
    starts_in: timedelta = timedelta(minutes=10),
) -> list[Door]:
    """A unit that starts in ten minutes; every proctor has been face-checked and is signed in on a phone."""
    site_units = nation.build(
        code,
        sites=sites,
        rooms_per_site=rooms_per_site,
        per_room=per_room,
        now=now,
        start=now + starts_in,
        nobody_yet=True,
    )
    rooms = list(RoomSession.objects.filter(site_unit__in=site_units).select_related("site_unit"))
    people = _proctors(code, rooms, now)
    tokens = _tokens(people, now)
    seated = _seated(rooms)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [
        Door(token, person.username, tuple(seated[room.pk]), room.pk)
        for room, person, token in zip(rooms, people, tokens, strict=True)
    ]


def _proctors(code: str, rooms: list[RoomSession], now: datetime) -> list[User]:
    people = User.objects.bulk_create(
        (User(username=f"{code}-proctor-{room.pk}", name="监考") for room in rooms), batch_size=2000
    )
    Membership.objects.bulk_create(
        (
            Membership(user=user, role=Role.PROCTOR, site_id=room.site_unit.site_id)
            for user, room in zip(people, rooms, strict=True)
        ),
        batch_size=2000,
    )
    RosterRow.objects.bulk_create(
        (
            RosterRow(room_session=room, proctor=user, checked_at=now)
            for user, room in zip(people, rooms, strict=True)
        ),
        batch_size=2000,
    )
    return people


def _tokens(people: list[User], now: datetime) -> list[str]:
    phones = Device.objects.bulk_create(
        (Device(user=user, device_id=user.username, seen_at=now, **PHONE) for user in people), batch_size=2000
    )
    tokens = [token_hex(32) for _ in people]
    AccessToken.objects.bulk_create(
        (
            AccessToken(
                user=user,
                device=phone,
                digest=hash_token(token),
                token_key=token[:8],
                expiry=now + timedelta(hours=14),
            )
            for user, phone, token in zip(people, phones, tokens, strict=True)
        ),
        batch_size=2000,
    )
    return tokens


def _seated(rooms: list[RoomSession]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    rows = Sitting.objects.filter(room_session__in=[room.pk for room in rooms]).order_by("pk")
    for room, sitting in rows.values_list("room_session_id", "pk"):
        found[room].append(sitting)
    return found
