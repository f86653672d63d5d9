"""Entry requests for a whole room at once (C5, C7): what a proctor or the site administrator asks when the App is out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from exam_ops.core import entry, schedule
from exam_ops.core.errors import NotFound, NotOpen, Refusal
from exam_ops.core.models import RoomSession, Sitting, User
from exam_ops.rules.entry import Cause, Entry
from exam_ops.rules.text import Text
from incidents.models import Incident
from incidents.services import opening
from verification.models import EntryRequest
from verification.selectors.blocked_rooms import REASON_OF, open_incidents
from verification.services.entry_requests import INCIDENT_OF, against, locked_sittings, write_events

ACTION = "entry.request_room"


class NobodyLeft(Refusal):
    code, status = "nobody_left", 409
    title = Text("没有可办理的考生", "Nobody left")
    sentence = Text(
        "本考场所选考生都已签到、已提交或已有决定，无需办理。请刷新名单查看。",
        "Everybody chosen in this room has signed in, been asked for or been decided. Look at the list again.",
    )


class UnknownSitting(NotFound):
    code = "unknown_sitting"
    sentence = Text(
        "不是本考场本单元的考生。请按本考场名单选择。",
        "No candidate of this room and unit. Choose from this room's list.",
    )


@dataclass(frozen=True, slots=True)
class RoomAsked:
    """What is filled in once for the room; `sittings` None means everybody not signed in."""

    id: UUID
    reason: str
    documents_checked: bool
    note: str = ""
    sittings: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A candidate who is passed over, and why; `sitting` is None where there is none of that key in the room."""

    sitting_id: int
    refusal: Refusal
    sitting: Sitting | None = None


@dataclass(slots=True)
class RoomRequests:
    """What became of it: the requests made, whom it passed over, the incident they joined."""

    incident: Incident
    made: list[EntryRequest] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


@transaction.atomic
def submit(asked: RoomAsked, *, room_session: RoomSession, requester: User, now: datetime) -> RoomRequests:
    """Asks the chief for many candidates of one room in one act; all of them join one incident.

    The caller has had `room_session` through the door with `ACTION`. Statements do not grow with the
    candidates. Raises `NotOpen`, `NobodyLeft`, or what stands against the only one chosen.
    """
    room_session, room = hold_room(room_session, now=now)
    before = requests_before(room, lock=True)
    free: list[Sitting] = []
    skipped: list[Skipped] = []
    for key, sitting in chosen(room, asked.sittings):
        refusal = against(sitting, before[key], asked.note, now=now) if sitting else UnknownSitting()
        if refusal is None and sitting is not None:
            free.append(sitting)
        else:
            skipped.append(Skipped(key, refusal or UnknownSitting(), sitting))
    if not free:
        raise skipped[0].refusal if len(skipped) == 1 else NobodyLeft()
    incident = _join(asked, room_session, free, requester, now)
    made = create(
        free, asked, incident=incident, requester=requester, before=before, now=now, room_session=room_session
    )
    return RoomRequests(incident, made, skipped)


def create(
    sittings: Sequence[Sitting],
    asked: RoomAsked,
    *,
    incident: Incident,
    room_session: RoomSession,
    requester: User,
    before: dict[int, list[EntryRequest]],
    now: datetime,
) -> list[EntryRequest]:
    """Requests of locked sittings that nothing stands against, in a few statements; each id follows from `asked.id`."""
    made = EntryRequest.objects.bulk_create(
        EntryRequest(
            id=uuid5(asked.id, str(sitting.pk)),
            sitting=sitting,
            room_session=room_session,
            site_unit=sitting.site_unit,
            incident=incident,
            requester=requester,
            reason=asked.reason,
            documents_checked=asked.documents_checked,
            note=asked.note,
            attempt=len(before[sitting.pk]) + 1,
            requested_at=now,
        )
        for sitting in sittings
    )
    entry.move(sittings, Cause.REQUESTED, now=now)
    write_events("entry.requested", made, actor=requester, now=now)
    return made


def hold_room(room_session: RoomSession, *, now: datetime) -> tuple[RoomSession, dict[int, Sitting]]:
    """The room read anew and its sittings by key, locked in order under their site unit; raises `NotOpen`."""
    schedule.hold([room_session.site_unit_id])
    session = RoomSession.objects.select_related(
        "site_unit__unit__plan", "site_unit__site__branch", "room"
    ).get(pk=room_session.pk)
    if not session.site_unit.entry_opens_at <= now < session.site_unit.entry_closes_at:
        raise NotOpen()
    keys = Sitting.objects.filter(room_session=session).order_by().values_list("pk", flat=True)
    return session, {s.pk: s for s in locked_sittings(keys) if s.room_session_id == session.pk}


def requests_before(sittings: Iterable[int], *, lock: bool = False) -> dict[int, list[EntryRequest]]:
    """The requests made so far for each of the sittings, oldest first; locked where they will be changed."""
    rows = EntryRequest.objects.filter(sitting__in=list(sittings)).order_by("attempt", "pk")
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    found: dict[int, list[EntryRequest]] = defaultdict(list)
    for request in rows.select_related("requester", "decided_by", "incident", "site_unit__unit__plan"):
        found[request.sitting_id].append(request)
    return found


def chosen(
    room: dict[int, Sitting], keys: Sequence[int] | None, *, open_to: Iterable[str] = (Entry.NOT_SIGNED_IN,)
) -> list[tuple[int, Sitting | None]]:
    """Who is meant, each once: the keys named, or everybody at a status of `open_to`."""
    if keys is None:
        return [(pk, sitting) for pk, sitting in room.items() if sitting.entry_status in open_to]
    return [(key, room.get(key)) for key in dict.fromkeys(keys)]


def _join(
    asked: RoomAsked, room_session: RoomSession, sittings: Sequence[Sitting], requester: User, now: datetime
) -> Incident:
    """The room's own open incident of that reason, or a new one; its line names everybody."""
    standing = [i.type for i in open_incidents(room_session) if REASON_OF[i.type] == asked.reason]
    return opening.open_or_join(
        type=standing[0] if standing else INCIDENT_OF[EntryRequest.Reason(asked.reason)],
        site_unit=room_session.site_unit,
        room_session=room_session,
        sittings=sittings,
        note=asked.note,
        occurred_at=room_session.site_unit.unit.plan.plan_time(now),
        actor=requester,
        now=now,
    )
