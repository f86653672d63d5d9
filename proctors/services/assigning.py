"""Drawing up a roster place by place in the free window, and taking the last act back (监考编排, C8)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound, Refusal
from exam_ops.core.models import ExamPlan, RosterRow
from exam_ops.rules.text import Text
from proctors.models import ProctorChange
from proctors.selectors.changes import companions
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
    request_id: UUID, pieces: Sequence[Piece], *, actor: Actor, clock: Callable[[], datetime]
) -> tuple[list[str], bool]:
    """Fills, changes or empties a place at once, or lets two people swap; only while the unit is free.

    All or none of `pieces`, once for `request_id`. Returns the keys of the changes made and whether they were made
    now. Raises what `asking.ask` does (which asks whether the actor may), and `asking.NeedsRequest` where the
    branch would have to decide.
    """
    return _at_once(request_id, pieces, DIRECT, kind="roster_place", actor=actor, clock=clock)


def undo(
    request_id: UUID, change_id: UUID, *, actor: Actor, clock: Callable[[], datetime]
) -> tuple[list[str], bool]:
    """Puts places back as they were before the actor's own act, under the same window and the same rules; a whole swap.

    Returns what `assign` does. Raises `NotFound`, `NothingToUndo` and what `assign` does.
    """
    change = access.get(actor, ProctorChange, asking.ACTION, pk=change_id)
    group = ProctorChange.objects.filter(pk__in=companions([change.batch])[change.pk]).order_by("pk")
    if not all(_stands(each, actor) for each in group):
        raise NothingToUndo()
    back = [
        Piece(request_id, each.room_session_id, each.incoming_id, each.outgoing_id, each.position)
        for each in group
    ]
    return _at_once(request_id, back, TAKEN_BACK, kind="roster_undo", actor=actor, clock=clock)


def _stands(change: ProctorChange, actor: Actor) -> bool:
    """Whether it is the actor's own act and its place still stands as that left it."""
    own = change.requested_by_id == actor.user.pk and change.status == ProctorChange.Status.APPLIED
    here = RosterRow.objects.filter(room_session=change.room_session_id, position=change.position).first()
    return own and (here.proctor_id if here else None) == change.incoming_id


def _at_once(
    request_id: UUID,
    pieces: Sequence[Piece],
    why: Text,
    *,
    kind: str,
    actor: Actor,
    clock: Callable[[], datetime],
) -> tuple[list[str], bool]:
    plan = ExamPlan.objects.filter(units__site_units__room_sessions=pieces[0].room_session).first()
    if plan is None:
        raise NotFound()
    fields: list[dict[str, Any]] = [
        {"room": p.room_session, "out": p.outgoing, "in": p.incoming, "position": p.position} for p in pieces
    ]
    told, made_now = asking.ask_once(
        request_id,
        [replace(piece, id=uuid5(request_id, str(n))) for n, piece in enumerate(pieces)],
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
