"""Many places of rosters written at once, in the free window: a fixed number of statements for 1,600 places (C8)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.db.models import F

from exam_ops.core.models import RoomSession, RosterRow, User
from exam_ops.core.schedule import Timetable
from exam_ops.rules.proctor_changes import ChangeWindow, holds_until
from proctors.models import ProctorChange
from proctors.services import filling_news, trace
from proctors.services.filling_checks import Move

Status, Window = ProctorChange.Status, ProctorChange.Window
BATCH = 500


def write(
    moves: Sequence[Move], *, batch: UUID, reason: str, actor: User, now: datetime
) -> list[ProctorChange]:
    """Makes the moves, which `filling_checks.against_all` let pass, as free changes of one batch; tells everybody once.

    The caller holds the rooms (`placing.hold`) and has judged the window.
    """
    users = User.objects.in_bulk({pk for m in moves for pk in (m.incoming, m.outgoing) if pk is not None})
    times = Timetable()
    changes = ProctorChange.objects.bulk_create(
        [_change(move, users, times, batch, reason, actor, now) for move in moves], batch_size=BATCH
    )
    _lay(moves)
    trace.record("change.applied", changes, actor=actor, now=now)
    filling_news.tell(changes, batch=batch, now=now)
    return changes


def _change(
    move: Move,
    users: Mapping[int, User],
    times: Timetable,
    batch: UUID,
    reason: str,
    actor: User,
    now: datetime,
) -> ProctorChange:
    site_unit = move.session.site_unit
    policy = times.policy_of(site_unit.unit.plan)
    return ProctorChange(
        id=uuid5(batch, f"{move.session.pk} {move.position}"),
        batch=batch,
        room_session=move.session,
        site_unit=site_unit,
        position=move.position,
        outgoing=users[move.outgoing] if move.outgoing is not None else None,
        incoming=users[move.incoming] if move.incoming is not None else None,
        reason=reason,
        window=Window.FREE,
        window_until=holds_until(ChangeWindow.FREE, start=site_unit.starts_at, policy=policy).at,
        status=Status.APPLIED,
        requested_by=actor,
        requested_at=now,
    )


def _lay(moves: Sequence[Move]) -> None:
    """Who goes leaves first: two who change rooms are nowhere twice in between."""
    sessions = {m.session.pk for m in moves}
    leaving = {m.place for m in moves if m.outgoing is not None}
    rows = RosterRow.objects.filter(room_session__in=sessions).only(
        "room_session_id", "position", "checked_at"
    )
    gone = [row for row in rows if (row.room_session_id, row.position) in leaving]
    RosterRow.objects.filter(pk__in=[row.pk for row in gone]).delete()
    RosterRow.objects.bulk_create(
        [
            RosterRow(room_session=m.session, proctor_id=m.incoming, position=m.position)
            for m in moves
            if m.incoming is not None
        ],
        batch_size=BATCH,
    )
    checked: dict[int, int] = defaultdict(int)
    for row in gone:
        checked[row.room_session_id] += row.checked_at is not None
    for number in {0, *checked.values()}:
        those = [pk for pk in sessions if checked[pk] == number]
        RoomSession.objects.filter(pk__in=those).update(
            proctors_checked=F("proctors_checked") - number, revision=F("revision") + 1
        )
