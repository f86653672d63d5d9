"""Entry status as it holds at an instant: readers are right at once, whether or not the engine has come by (C17)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from exam_ops.core.models import RoomSession, SiteUnit, Sitting
from exam_ops.rules.entry import Entry
from verification.selectors.held_over import STILL_KEPT, still_kept

SPARED = Q(emergency=True) | Q(has_client_session=True) | Q(room_session__app_locked_out=True) | STILL_KEPT
"""Whom close of entry makes absent never: an open duty, a client session, a room whose App was locked out, and
held-over candidates who are kept supervised: of them a person says what became of them (E10)."""

STOPPED_IN_ENTRY = Q(site_unit__stopped_at__lte=F("site_unit__entry_closes_at"))
"""Candidates of units that headquarters stopped while entry was open: nobody is absent there (A4)."""

_LEFT_OUT = Q(entry_status__in=[Entry.NOT_SIGNED_IN, Entry.PENDING])


def is_spared(sitting: Sitting) -> bool:
    """The same of one sitting."""
    session = sitting.room_session
    locked_out = session is not None and session.app_locked_out
    return sitting.emergency or sitting.has_client_session or locked_out or still_kept(sitting)


def effective_status(sitting: Sitting, site_unit: SiteUnit, *, now: datetime) -> Entry:
    """The entry status that holds at `now`: after close of entry who was left out is absent."""
    stored = Entry(sitting.entry_status)
    left_out = stored in (Entry.NOT_SIGNED_IN, Entry.PENDING)
    if left_out and _is_closed(site_unit, now) and not is_spared(sitting):
        return Entry.ABSENT
    return stored


def _is_closed(site_unit: SiteUnit, now: datetime) -> bool:
    """Whether entry has closed by the clock."""
    return now >= site_unit.entry_closes_at and not site_unit.stopped_in_entry


def with_effective_status(sittings: QuerySet[Sitting], *, now: datetime) -> QuerySet[Sitting]:
    """Annotates `effective`, the same in SQL: for lists, filters and exports."""
    in_time = Q(site_unit__stopped_at=None) | ~STOPPED_IN_ENTRY
    absent = _LEFT_OUT & Q(site_unit__entry_closes_at__lte=now) & in_time & ~SPARED
    return sittings.annotate(
        effective=Case(
            When(absent, then=Value(Entry.ABSENT.value)), default=F("entry_status"), output_field=CharField()
        )
    )


@dataclass(slots=True)
class Stats:
    """签到统计 of a room session (or a sum of them)."""

    registered: int = 0
    signed_in: int = 0
    pending: int = 0
    approved: int = 0
    rejected: int = 0
    absent: int = 0
    emergency: int = 0

    @property
    def not_signed_in(self) -> int:
        return self.registered - self.signed_in - self.pending - self.approved - self.rejected - self.absent

    def __add__(self, other: "Stats") -> "Stats":
        return Stats(*(getattr(self, f) + getattr(other, f) for f in Stats.__dataclass_fields__))


def stats_of(room_sessions: Iterable[RoomSession], *, now: datetime) -> dict[int, Stats]:
    """The counts of room sessions by primary key, from their counters.

    Only rooms past close of entry whose absences are not carried out yet cost one further query.
    `site_unit` should be loaded with them.
    """
    found: dict[int, Stats] = {}
    unsettled = []
    for session in room_sessions:
        stats = found[session.pk] = _counted(session)
        past = _is_closed(session.site_unit, now)
        if past and not session.app_locked_out and (stats.pending or stats.not_signed_in):
            unsettled.append(session.pk)
    return found | _settled(unsettled)


def _counted(session: RoomSession) -> Stats:
    return Stats(*(getattr(session, f) for f in Stats.__dataclass_fields__))


def _settled(room_session_ids: list[int]) -> dict[int, Stats]:
    """Counts with those who are absent though no worker has said so yet.

    Counters and candidates are read in one statement: a worker that carries the absences out between two
    would have them counted twice, or not at all.
    """
    if not room_session_ids:
        return {}
    left_out = Sitting.objects.filter(~SPARED, room_session=OuterRef("pk")).order_by().values("room_session")

    def of(status: Entry) -> Coalesce:
        people = left_out.filter(entry_status=status).annotate(n=Count("pk"))
        return Coalesce(Subquery(people.values("n")), 0)

    rows = RoomSession.objects.filter(pk__in=room_session_ids).annotate(
        left_pending=of(Entry.PENDING), left_unsigned=of(Entry.NOT_SIGNED_IN)
    )
    found: dict[int, Stats] = {}
    for row in rows:
        stats = found[row.pk] = _counted(row)
        stats.pending -= row.left_pending
        stats.absent += row.left_pending + row.left_unsigned
    return found
