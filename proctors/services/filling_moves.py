"""Many places of rosters written at once, in the free window: a fixed number of statements for 1,600 places (C8)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from exam_ops.core.models import User
from exam_ops.core.schedule import Timetable
from exam_ops.rules.proctor_changes import ChangeWindow, holds_until
from proctors.models import ProctorChange
from proctors.services import filling_news, placing, trace
from proctors.services.filling_checks import Move

Status, Window = ProctorChange.Status, ProctorChange.Window


def write(
    moves: Sequence[Move], *, batch: UUID, reason: str, actor: User, now: datetime
) -> list[ProctorChange]:
    """Makes the moves, which `filling_checks.against_all` let pass, as free changes of one batch; tells everybody once.

    The caller holds the rooms (`placing.hold`) and has judged the window.
    """
    users = User.objects.in_bulk({pk for m in moves for pk in (m.incoming, m.outgoing) if pk is not None})
    times = Timetable()
    changes = ProctorChange.objects.bulk_create(
        [_change(move, users, times, batch, reason, actor, now) for move in moves], batch_size=placing.BATCH
    )
    placing.put_on_roster(changes)
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
