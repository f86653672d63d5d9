"""Who looked at whose photo (E9): every original by itself, the copies that one board shows together in one row."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from exam_ops.core import events, named_locks
from exam_ops.core.models import Event, RoomSession, SiteUnit, Sitting, User

VIEWED, DOWNLOADED = "photo.viewed", "photo.downloaded"
TOGETHER = timedelta(minutes=5)  # from the first look at copies of a room
MOST = 400  # photos in one row


@dataclass(frozen=True, slots=True)
class Look:
    """One picture that is shown: `of` says what it belongs to (`sign_in <id>`, `evidence <id>`), `sha256` its original."""

    of: str
    sha256: str
    is_original: bool
    is_download: bool = False
    room_session: RoomSession | None = None
    site_unit: SiteUnit | None = None
    sitting: Sitting | None = None


@transaction.atomic
def record(look: Look, *, user: User, now: datetime) -> None:
    """Writes the look down. A copy joins the row of the same person, room and five minutes, if there is one."""
    if look.is_original:
        _write(look, user, now, of=look.of, sha256=look.sha256)
        return
    row = _open_row(look, user, now)
    if row is None:
        _write(look, user, now, copies=[look.of])
    elif look.of not in row.data["copies"]:
        Event.objects.filter(pk=row.pk).update(data={"copies": [*row.data["copies"], look.of]})


def _open_row(look: Look, user: User, now: datetime) -> Event | None:
    """The row that still takes copies of this room in; locked, where two looks at once would begin two."""
    if look.site_unit is None:
        return None
    room = look.room_session.pk if look.room_session else None
    named_locks.hold(f"{VIEWED} {user.pk} {look.site_unit.pk} {room}")
    rows = Event.objects.filter(
        site_unit=look.site_unit, room_session=room, kind=VIEWED, actor=user, at__gt=now - TOGETHER
    )
    latest = rows.filter(subject="").order_by("-pk").first()
    return latest if latest is not None and len(latest.data["copies"]) < MOST else None


def _write(look: Look, who: User, now: datetime, **data: object) -> None:
    events.record(
        DOWNLOADED if look.is_download else VIEWED,
        now=now,
        actor=who,
        site_unit=look.site_unit,
        room_session=look.room_session,
        sitting=look.sitting if look.is_original else None,
        subject=look.of if look.is_original else "",
        **data,
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of a picture's views; `at` in plan time where the event has one."""

    at: datetime
    who: User
    kind: str
    is_original: bool


def of(subject: str, room_session: RoomSession) -> list[Seen]:
    """Who looked at one picture of the room, the latest first; copies by the first look of their row."""
    rows = Event.objects.filter(
        site_unit=room_session.site_unit_id, room_session=room_session, kind__in=(VIEWED, DOWNLOADED)
    ).select_related("actor")
    return [
        Seen(row.plan_at or row.at, row.actor, row.kind, bool(row.subject))
        for row in rows.order_by("-pk")
        if row.actor and subject in (row.subject, *row.data.get("copies", ()))
    ]
