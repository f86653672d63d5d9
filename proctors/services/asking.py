"""Asking for a change of a roster (C8): free, to the branch, or in an emergency; one room or many at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from exam_ops.core import access, cutoffs, policies
from exam_ops.core.access import Actor
from exam_ops.core.errors import FieldError, Invalid, NotFound, Refusal
from exam_ops.core.idempotency import once
from exam_ops.core.models import ExamPlan, RoomSession, RosterRow, User
from exam_ops.core.one_room import ONE_ROOM
from exam_ops.rules.proctor_changes import ChangeWindow, applies_at_once, holds_until
from exam_ops.rules.roster_swaps import together
from exam_ops.rules.text import Text
from proctors.models import CUTOFF, ProctorChange
from proctors.selectors.changes import proctors_at
from proctors.services import expiring, placing, telling, trace
from proctors.services.askers import ACTION, WindowClosed, asker_window, closed
from proctors.services.askers import EntryClosed as EntryClosed

Status = ProctorChange.Status


class WindowPassed(WindowClosed):
    """In time when it was asked for, too late when it was committed."""

    sentence = Text(
        "提交时这一时段刚好截止，没有变更。请刷新页面，按现在的规定重新提交。",
        "The window ended while this was being sent, and nothing was changed. Reload and ask under the rules of now.",
    )


class NeedsRequest(Refusal):
    """What was to be done at once would now have to wait for somebody."""

    code, status = "needs_request", 409
    title = Text("须提交申请", "Needs a request")
    sentence = Text(
        "该单元已不能直接修改监考，没有变更。请把这项改动放入变更申请，写明原因后提交分部。",
        "The roster of this unit can't be edited freely any more, and nothing was changed. "
        "Put the change into a request with its reason; the branch decides.",
    )


class PlaceTaken(Refusal):
    code, status = "place_taken", 409
    title = Text("岗位已有人", "Place taken")
    sentence = Text(
        "这个监考岗位刚刚已由他人安排。请刷新页面，按现在的编排再试。",
        "Somebody has just filled this place. Reload and try again with the roster as it stands.",
    )


class AlreadyPending(Refusal):
    code, status = "already_pending", 409
    title = Text("已有待审批的变更", "A change already waits")
    sentence = Text(
        "这个监考岗位已有一项变更在等分部审批。请等待决定，或先撤回原申请。",
        "A change of this place already waits for the branch. Wait for the decision, or withdraw it first.",
    )


HELD_BY_THE_DATABASE = {CUTOFF: WindowPassed, ONE_ROOM: placing.BusyMeanwhile}


@dataclass(frozen=True, slots=True)
class Piece:
    """One room of a request; accounts by primary key. No outgoing: an addition; no incoming: a removal.

    `position`: the place that is meant, where an addition shall go or the outgoing was seen to stand; without it an
    addition takes the free one.
    """

    id: UUID
    room_session: int
    outgoing: int | None
    incoming: int | None
    position: str = ""


def ask_once(
    request_id: UUID,
    pieces: Sequence[Piece],
    *,
    kind: str,
    fields: Any,
    answer: Callable[[list[ProctorChange]], dict[str, Any]],
    reason: str,
    plan: ExamPlan,
    actor: Actor,
    clock: Callable[[], datetime],
    only_free: bool = False,
) -> tuple[dict[str, Any], bool]:
    """As `ask`, once for `request_id`: the same `fields` again are the same answer, whenever they come.

    Returns the answer and whether it was made now. Raises what `ask` does, and `IdReused`.
    """
    with cutoffs.refusing(HELD_BY_THE_DATABASE):
        return once(
            request_id,
            kind=kind,
            user=actor.user,
            fields=fields,
            now=clock(),
            plan=plan,
            create=lambda: answer(
                ask(pieces, reason=reason, batch=request_id, actor=actor, clock=clock, only_free=only_free)
            ),
        )


def ask(
    pieces: Sequence[Piece],
    *,
    reason: str,
    batch: UUID,
    actor: Actor,
    clock: Callable[[], datetime],
    only_free: bool = False,
) -> list[ProctorChange]:
    """Asks for all of `pieces` in one go, or for none: the first refusal names its `room_session`.

    In the free window, and for the duty officer's emergency, a change is carried out at once; else it waits
    for the branch. `clock` is read when the locks are held; PostgreSQL judges once more at the commit.
    With `only_free` nothing is left waiting: outside the free window that is `NeedsRequest`. Pieces by which people
    of one unit swap places, or somebody moves, go together (`roster_swaps.together`).
    Raises `NotFound`, `NotAllowed`, `WindowClosed`, `AlreadyPending`, `PlaceTaken`, `Invalid` and what
    `placing.against` finds.
    """
    for piece in pieces:
        access.get(actor, RoomSession, ACTION, pk=piece.room_session)
    with cutoffs.refusing(HELD_BY_THE_DATABASE), transaction.atomic():
        held, now = placing.hold(
            (p.room_session for p in pieces), (p.incoming for p in pieces if p.incoming), clock
        )
        expiring.expire({s.site_unit for s in held.values()}, now=now)
        made: list[ProctorChange] = []
        legs = [(held[p.room_session].site_unit_id, p.outgoing, p.incoming) for p in pieces]
        for numbers in together(legs):
            group = [pieces[n] for n in numbers]
            made += _ask(group, held, reason, batch, actor, now, only_free)
        telling.asked(made, now=now)
        telling.moved([c for c in made if c.status == Status.APPLIED], now=now)
    return made


def _ask(
    group: Sequence[Piece],
    held: Mapping[int, RoomSession],
    reason: str,
    batch: UUID,
    actor: Actor,
    now: datetime,
    only_free: bool,
) -> list[ProctorChange]:
    """Asks for pieces that go together; nearly always it is one."""
    changes: list[ProctorChange] = []
    for piece in group:
        with _naming(piece.room_session):
            change = _change(piece, held[piece.room_session], reason, batch, actor, now, only_free)
            _refuse_second(change, changes, now)
        changes.append(change)
    for change in changes:
        with _naming(change.room_session_id):
            if refusal := placing.against(change, now=now, group=changes):
                raise refusal
    for change in changes:
        change.save(force_insert=True)
    at_once = changes[0].status == Status.APPLIED  # one unit, one asker: all of them
    if at_once:
        placing.put_on_roster(changes)
    trace.record("change.applied" if at_once else "change.requested", changes, actor=actor.user, now=now)
    return changes


@contextmanager
def _naming(room_session: int) -> Iterator[None]:
    """A refusal within names the place that it is about."""
    try:
        yield
    except Refusal as refusal:
        refusal.extra.setdefault("room_session", room_session)
        raise


def _change(
    piece: Piece,
    session: RoomSession,
    reason: str,
    batch: UUID,
    actor: Actor,
    now: datetime,
    only_free: bool,
) -> ProctorChange:
    asker, window = asker_window(actor, session, now=now)
    if window is ChangeWindow.CLOSED:
        raise closed(session, now)
    if only_free and window is not ChangeWindow.FREE:
        raise NeedsRequest()
    at_once = applies_at_once(asker, window)
    outgoing = _outgoing(piece, session)
    return ProctorChange(
        id=piece.id,
        batch=batch,
        room_session=session,
        site_unit=session.site_unit,
        outgoing=outgoing.proctor if outgoing else None,
        incoming=_incoming(piece, session, actor, window),
        position=outgoing.position if outgoing else _free_position(session, piece.position, now),
        reason=reason,
        window=window.value,
        window_until=_until(session, window),
        status=Status.APPLIED if at_once else Status.PENDING,
        requested_by=actor.user,
        requested_at=now,
    )


def _until(session: RoomSession, window: ChangeWindow) -> datetime:
    site_unit = session.site_unit
    return holds_until(window, start=site_unit.starts_at, policy=policies.of(site_unit.unit.plan)).at


def _outgoing(piece: Piece, session: RoomSession) -> RosterRow | None:
    if piece.outgoing is None:
        return None
    row = (
        RosterRow.objects.filter(room_session=session, proctor=piece.outgoing)
        .select_related("proctor")
        .first()
    )
    if row is None:
        said = Text("这位教师不在该考场的监考编排中。", "This proctor is not on the room's roster.")
        raise Invalid(errors=[FieldError("outgoing", "not_rostered", said)])
    if piece.position and row.position != piece.position:  # the two of the room have just changed places
        raise PlaceTaken()
    return row


def _incoming(piece: Piece, session: RoomSession, actor: Actor, window: ChangeWindow) -> User | None:
    """The proctor who comes, of the room's own site; in an emergency somebody must."""
    if piece.incoming is None:
        if window is ChangeWindow.EMERGENCY or piece.outgoing is None:
            said = Text("请指定接替的教师。", "Name the proctor who comes.")
            raise Invalid(errors=[FieldError("incoming", "required", said)])
        return None
    found = proctors_at(session).filter(pk=piece.incoming).first()
    if found is not None:
        return found
    if not access.visible(actor, User).filter(pk=piece.incoming).exists():
        raise NotFound()
    said = Text("这位教师不是本考点的监考教师。", "This person is not a proctor of the site.")
    raise Invalid(errors=[FieldError("incoming", "unknown_proctor", said)])


def _free_position(session: RoomSession, wanted: str, now: datetime) -> str:
    """The place that is meant, if nobody holds it; else the one that nobody holds and no waiting addition is for."""
    if wanted:
        if session.roster.filter(position=wanted).exists():
            raise PlaceTaken()
        return wanted
    waiting = ProctorChange.objects.filter(
        room_session=session, outgoing=None, status=Status.PENDING, window_until__gt=now
    )
    taken = set(RosterRow.objects.filter(room_session=session).values_list("position", flat=True))
    taken |= set(waiting.values_list("position", flat=True))
    free = next((p for p in RosterRow.Position.values if p not in taken), None)
    if free is None:
        said = Text(
            "该考场两个监考岗位都已有人或已有申请。请选择要更换的教师。",
            "Both places of this room are taken or asked for. Name the proctor who is replaced.",
        )
        raise Invalid(errors=[FieldError("outgoing", "room_full", said)])
    return free


def _refuse_second(change: ProctorChange, before: Sequence[ProctorChange], now: datetime) -> None:
    """A place has one change that waits; `before` are those of the same act."""
    place = (change.room_session_id, change.position)
    waiting = ProctorChange.objects.filter(
        room_session=change.room_session,
        position=change.position,
        status=Status.PENDING,
        window_until__gt=now,
    )
    if waiting.exists() or place in [(other.room_session_id, other.position) for other in before]:
        raise AlreadyPending()
