"""Drawing up a roster place by place in the free window, and taking the last act back (监考编排, C8)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound, Refusal
from exam_ops.core.models import ExamPlan, RoomSession, RosterRow
from exam_ops.rules.text import Text
from proctors.models import ProctorChange
from proctors.services import asking
from proctors.services.asking import Piece

DIRECT = Text("在编排表上直接修改", "Edited on the grid")
TAKEN_BACK = Text("撤销上一步", "Last act taken back")


class NothingToUndo(Refusal):
    code, status = "nothing_to_undo", 409
    title = Text("不能撤销", "Can't be taken back")
    sentence = Text(
        "这一步之后该岗位又有变化，或不是您本人的操作，不能撤销。请按现在的编排直接修改。",
        "The place has changed since, or the act was somebody else's. Edit the roster as it stands.",
    )


def assign(
    request_id: UUID, piece: Piece, *, actor: Actor, clock: Callable[[], datetime]
) -> tuple[list[str], bool]:
    """Fills, changes or empties one place at once; only while its unit is free. Once for `request_id`.

    Returns the keys of the changes made and whether they were made now. Raises what `asking.ask` does (which asks
    whether the actor may), and `asking.NeedsRequest` where the branch would have to decide.
    """
    return _at_once(request_id, piece, DIRECT, kind="roster_place", actor=actor, clock=clock)


def undo(
    request_id: UUID, change_id: UUID, *, actor: Actor, clock: Callable[[], datetime]
) -> tuple[RoomSession, list[str]]:
    """Puts a place back as it was before the actor's own act, under the same window and the same rules.

    Returns the room session and the keys of the changes made. Raises `NotFound`, `NothingToUndo` and what
    `assign` does.
    """
    rows = ProctorChange.objects.select_related("room_session")
    change = access.get(actor, ProctorChange, asking.ACTION, rows, pk=change_id)
    here = RosterRow.objects.filter(room_session=change.room_session, position=change.position).first()
    own = change.requested_by_id == actor.user.pk and change.status == ProctorChange.Status.APPLIED
    if not own or (here.proctor_id if here else None) != change.incoming_id:
        raise NothingToUndo()
    back = Piece(
        request_id, change.room_session_id, change.incoming_id, change.outgoing_id, position=change.position
    )
    made, _ = _at_once(request_id, back, TAKEN_BACK, kind="roster_undo", actor=actor, clock=clock)
    return change.room_session, made


def _at_once(
    request_id: UUID, piece: Piece, why: Text, *, kind: str, actor: Actor, clock: Callable[[], datetime]
) -> tuple[list[str], bool]:
    plan = ExamPlan.objects.filter(units__site_units__room_sessions=piece.room_session).first()
    if plan is None:
        raise NotFound()
    fields: dict[str, Any] = {
        "room": piece.room_session,
        "out": piece.outgoing,
        "in": piece.incoming,
        "position": piece.position,
    }
    told, made_now = asking.ask_once(
        request_id,
        [Piece(uuid5(request_id, "0"), piece.room_session, piece.outgoing, piece.incoming, piece.position)],
        kind=kind,
        fields=fields,
        answer=lambda made: {"changes": [str(change.pk) for change in made]},
        reason=why.zh,
        plan=plan,
        actor=actor,
        clock=clock,
        only_free=True,
    )
    return list(told["changes"]), made_now
