"""The list of C6: which rooms ask their staff who of the 未签到 is here, until when, and what was answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from exam_ops.core import access, schedule
from exam_ops.core.access import Actor
from exam_ops.core.models import RoomSession, SiteUnit, Sitting
from exam_ops.rules.entry import Entry
from exam_ops.rules.permissions import Role
from incidents.models import Incident
from verification.models import EntryRequest, Presence
from verification.selectors.entry import with_effective_status

SYNC_LAG = "IDV-04"


@dataclass(frozen=True, slots=True)
class Asking:
    """When a room's staff may answer, in real instants: [opens_at, closes_at); None: no open IDV-04 asks them.

    `due_at` is T+15, from which who is present owes evidence; None where the exam was stopped before.
    `corrected_until` is close of entry.
    """

    opens_at: datetime | None
    closes_at: datetime
    due_at: datetime | None
    corrected_until: datetime

    def is_open(self, now: datetime) -> bool:
        return self.opens_at is not None and self.opens_at <= now < self.closes_at

    def is_due(self, now: datetime) -> bool:
        return self.due_at is not None and now >= self.due_at

    def may_be_corrected(self, now: datetime) -> bool:
        return now < self.corrected_until


def asking(sessions: Iterable[RoomSession]) -> dict[int, Asking]:
    """Room session → when it is asked, in one statement; `site_unit__unit__plan` should be loaded.

    An incident of the room asks from T+15 on; one of the site as a whole, by which the site declares the lag,
    from opening of entry on.
    """
    rooms = list(sessions)
    named = Incident.objects.filter(site_unit__in={r.site_unit_id for r in rooms}, type=SYNC_LAG)
    where = set(named.exclude(status=Incident.Status.RESOLVED).values_list("site_unit_id", "room_sessions"))
    times = schedule.Timetable()
    return {
        room.pk: _asking(
            room.site_unit,
            times,
            declared=(room.site_unit_id, None) in where,
            named=(room.site_unit_id, room.pk) in where,
        )
        for room in rooms
    }


def _asking(site_unit: SiteUnit, times: schedule.Timetable, *, declared: bool, named: bool) -> Asking:
    plan = site_unit.unit.plan
    due = next((d for d in times.dues_of(site_unit, plan) if d.key == "sync_lag"), None)
    due_at = plan.real_time(due.at) if due else None
    opens_at = site_unit.entry_opens_at if declared else due_at if named else None
    return Asking(opens_at, site_unit.evidence_closes_at, due_at, site_unit.entry_closes_at)


def unsigned(sittings: QuerySet[Sitting], *, now: datetime) -> QuerySet[Sitting]:
    """All 未签到 among `sittings` with `effective`, `named` (in an open IDV-04) and their `presence`, by seat.

    Whom close of entry has made absent stays on the list: evidence can turn it back (C17). Whose request
    expired undecided was not admitted, and is not (C3).
    """
    refused = EntryRequest.objects.filter(sitting=OuterRef("pk"), status=EntryRequest.Status.EXPIRED)
    named = Incident.sittings.through.objects.filter(
        sitting=OuterRef("pk"), incident__type=SYNC_LAG, incident__site_unit=OuterRef("site_unit")
    ).exclude(incident__status=Incident.Status.RESOLVED)
    rows = sittings.filter(
        Q(entry_status=Entry.NOT_SIGNED_IN) | Q(entry_status=Entry.ABSENT) & ~Exists(refused),
        room_session__isnull=False,
    ).select_related("candidate", "presence__answered_by")
    effective: Any = with_effective_status(rows, now=now)
    return effective.annotate(named=Exists(named)).order_by("seat_no", "pk")


def presence_of(sitting: Sitting) -> Presence | None:
    """The answer that holds for a sitting of `unsigned`."""
    return getattr(sitting, "presence", None)


def is_ticked(sitting: Any) -> bool:
    """Whether a sitting of `unsigned` is ticked beforehand as present: at an exam client, or named by somebody."""
    return sitting.has_client_session or sitting.named


@dataclass(frozen=True, slots=True)
class RoomAsked:
    """A room whose staff are asked now, and how far they are."""

    session: RoomSession
    unanswered: int
    present: int
    not_here: int


def rooms_asked(sessions: QuerySet[RoomSession], *, now: datetime) -> list[RoomAsked]:
    """Those of `sessions` that are asked now, the most open answers first: three statements, however many.

    Rooms without an open IDV-04 cost one.
    """
    lagging = Incident.objects.filter(type=SYNC_LAG).exclude(status=Incident.Status.RESOLVED)
    rooms = sessions.filter(
        site_unit__in=lagging.values("site_unit"),
        site_unit__entry_opens_at__lte=now,
        site_unit__evidence_closes_at__gt=now,
    ).select_related("site_unit__unit__plan", "site_unit__site", "room")
    found = {room.pk: room for room in rooms}
    asks = asking(found.values()) if found else {}
    open_now = [pk for pk, ask in asks.items() if ask.is_open(now)]
    answers = {pk: {"": 0, Presence.Answer.PRESENT: 0, Presence.Answer.NOT_HERE: 0} for pk in open_now}
    if open_now:
        people = unsigned(Sitting.objects.filter(room_session__in=open_now), now=now).order_by()
        counted = people.values_list("room_session", "presence__answer").annotate(size=Count("pk"))
        for room, answer, size in counted:
            answers[room][answer or ""] += size
    rows = [
        RoomAsked(found[pk], said[""], said[Presence.Answer.PRESENT], said[Presence.Answer.NOT_HERE])
        for pk, said in answers.items()
    ]
    return sorted(rows, key=lambda row: (-row.unanswered, row.session.room.room_no))


def own_rooms(actor: Actor) -> QuerySet[RoomSession]:
    """Rooms whose list the actor answers: those of the own site; as a proctor the rostered ones."""
    rows = access.visible(actor, RoomSession, "presence.mark")
    return rows if actor.has(Role.SITE, Role.CHIEF) else rows.filter(roster__proctor=actor.user)
