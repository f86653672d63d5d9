"""自动编排: what filling a site's roster would do, doing exactly that as one act, and taking it back (C8)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from exam_ops.core import access, cutoffs, events
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotAllowed, NotFound, Refusal, reason_in
from exam_ops.core.idempotency import fingerprint, once
from exam_ops.core.models import Event, ExamSite, RoomSession, RosterRow, SiteUnit
from exam_ops.core.schedule import Timetable
from exam_ops.rules.proctor_changes import ChangeWindow
from exam_ops.rules.roster_fill import fill
from exam_ops.rules.roster_fill_model import Filling
from exam_ops.rules.text import Text
from proctors.models import ProctorChange
from proctors.selectors.fill_task import Choices, Found, found, proctors_of
from proctors.services import askers, asking, deciding, filling_moves, placing
from proctors.services.asking import Piece
from proctors.services.filling_checks import Move, against_all

ACTION = "roster.fill"
Status, Window = ProctorChange.Status, ProctorChange.Window
CAN_BE_FILLED = (ChangeWindow.FREE, ChangeWindow.BRANCH_APPROVAL)
FILLED, TAKEN_BACK = "roster.filled", "roster.fill_taken_back"  # kinds of events
RELATED = ("site_unit__unit__plan", "site_unit__site", "room_session__room", "incoming")
_FILLED, _BACK = Text("自动编排", "Auto-fill"), Text("撤销自动编排", "Auto-fill taken back")
REASON = Text(
    "请填写原因：48 小时以内的单元须由分部审批。",
    "Give a reason: the branch decides about units inside 48 hours.",
)


class PreviewChanged(Refusal):
    code, status = "preview_changed", 409
    title = Text("编排已变化", "The roster has changed")
    sentence = Text(
        "预览之后监考编排或教师情况有变化，没有写入。请看新的预览，确认后再应用。",
        "The roster or its people have changed since the preview; nothing was written. Look at the new one and apply it.",
    )


class NothingToFill(Refusal):
    code, status = "nothing_to_fill", 409
    title = Text("没有可以编排的位置", "Nothing to fill")
    sentence = Text(
        "所选单元没有可以自动编排的空缺。请放宽限制，或选择其他单元。",
        "No empty place of the chosen units can be filled. Loosen the limits, or choose other units.",
    )


class FreeNoMore(Refusal):
    code, status = "window_closed", 409
    title = Text("不能整体撤销", "Can't be taken back as a whole")
    sentence = Text(
        "其中有单元距开考已不足 48 小时，不能整体撤销。请在监考编排页面逐场申请变更。",
        "A unit of it begins within 48 hours, so it can't be taken back as a whole. Ask for changes room by room.",
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """What filling would do: `mark` names exactly this; `windows`: how each chosen unit would take it."""

    found: Found
    filling: Filling
    windows: Mapping[int, ChangeWindow]
    mark: str

    @property
    def free(self) -> list[Move]:
        return self._moves(ChangeWindow.FREE)

    @property
    def asked(self) -> list[Move]:
        return self._moves(ChangeWindow.BRANCH_APPROVAL)

    def _moves(self, window: ChangeWindow) -> list[Move]:
        return [
            Move(self.found.sessions[place.unit, place.room], place.position, person)
            for place, person in self.filling.given.items()
            if self.windows[place.unit] is window
        ]


def windows(actor: Actor, site_units: Sequence[SiteUnit], *, now: datetime) -> dict[int, ChangeWindow | None]:
    """As `askers.asker_window` for each site unit; None where the actor may not ask now."""
    answers: dict[int, ChangeWindow | None] = {}
    times = Timetable()
    for site_unit in site_units:
        policy = times.policy_of(site_unit.unit.plan)
        session = RoomSession(site_unit=site_unit)
        try:
            _, answers[site_unit.pk] = askers.asker_window(actor, session, now=now, policy=policy)
        except NotAllowed:
            answers[site_unit.pk] = None
    return answers


def preview(chosen: Choices, *, actor: Actor, now: datetime) -> Preview:
    """What would be done at `now`; writes nothing. Units that can't be filled any more are passed over."""
    taken = {
        pk: window
        for pk, window in windows(actor, chosen.site_units, now=now).items()
        if window is not None and window in CAN_BE_FILLED
    }
    there = found(_only(chosen, taken), now=now)
    filling = fill(there.task)
    named = [
        (place.unit, place.room, place.position, person, taken[place.unit].value)
        for place, person in filling.given.items()
    ]
    return Preview(there, filling, taken, fingerprint(sorted(named)))


def apply(
    request_id: UUID,
    chosen: Choices,
    *,
    mark: str,
    reason: str,
    actor: Actor,
    clock: Callable[[], datetime],
) -> tuple[dict[str, Any], bool]:
    """Writes the preview named by `mark`, once for `request_id`; free units at once, the others to the branch.

    Returns how many were placed and asked for, and whether that was now. Raises `PreviewChanged` when the
    same choices lead elsewhere by now, `NothingToFill`, `Invalid` without a reason for what the branch
    decides, and what `asking.ask` and `against_all` find.
    """
    access.get(actor, ExamSite, ACTION, pk=chosen.site.pk)
    with cutoffs.refusing(asking.HELD_BY_THE_DATABASE):
        return once(
            request_id,
            kind="roster_fill",
            user=actor.user,
            fields={"mark": mark, "reason": reason, "site": chosen.site.pk, "plan": chosen.plan.pk},
            now=clock(),
            plan=chosen.plan,
            create=lambda: _apply(request_id, chosen, mark, reason, actor, clock),
        )


def _apply(
    batch: UUID, chosen: Choices, mark: str, reason: str, actor: Actor, clock: Callable[[], datetime]
) -> dict[str, Any]:
    rooms = RoomSession.objects.filter(site_unit__in=[s.pk for s in chosen.site_units])
    people = proctors_of(chosen.site).values_list("pk", flat=True)
    _, now = placing.hold(rooms.values_list("pk", flat=True), people, clock)
    held = preview(_as_they_stand(chosen), actor=actor, now=now)
    if held.mark != mark:
        raise PreviewChanged()
    if not held.filling.given:
        raise NothingToFill()
    told = reason_in(reason, REASON) if held.asked else reason.strip() or _FILLED.zh
    _place(held.free, batch, told, actor, now)
    _request(held.asked, batch, told, actor, clock)
    events.record(
        FILLED,
        now=now,
        actor=actor.user,
        plan=chosen.plan,
        subject=str(batch),
        site=chosen.site.code,
        units=sorted(s.unit.code for s in chosen.site_units),
        placed=len(held.free),
        asked=len(held.asked),
        empty=len(held.filling.empty),
        seed=chosen.seed,
    )
    return {"placed": len(held.free), "asked": len(held.asked), "empty": len(held.filling.empty)}


def _as_they_stand(chosen: Choices) -> Choices:
    """The choices with their site units read anew, now that they are held."""
    rows = SiteUnit.objects.filter(pk__in=[s.pk for s in chosen.site_units])
    return replace(chosen, site_units=list(rows.select_related("unit__plan", "site__branch")))


def _only(chosen: Choices, taken: Collection[int]) -> Choices:
    return replace(chosen, site_units=[s for s in chosen.site_units if s.pk in taken])


def _place(moves: list[Move], batch: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """The same checks as for one change, made anew: the preview is no permission."""
    if refusals := against_all(moves, now=now):
        number, refusal = next(iter(refusals.items()))
        refusal.extra.setdefault("room_session", moves[number].session.pk)
        raise refusal
    if moves:
        filling_moves.write(moves, batch=batch, reason=reason, actor=actor.user, now=now)


def _request(
    moves: list[Move], batch: UUID, reason: str, actor: Actor, clock: Callable[[], datetime]
) -> None:
    pieces = [
        Piece(uuid5(batch, f"{m.session.pk} {m.position}"), m.session.pk, None, m.incoming, m.position)
        for m in moves
    ]
    if pieces:
        asking.ask(pieces, reason=reason, batch=batch, actor=actor, clock=clock)


def take_back(
    batch: UUID, *, request_id: UUID, actor: Actor, clock: Callable[[], datetime]
) -> tuple[dict[str, Any], bool]:
    """Empties what the act `batch` filled, once for `request_id`; what was changed since stays and is counted.

    What it asked the branch for and still waits is withdrawn. Raises `NotFound`, `NotAllowed`, `FreeNoMore`.
    """
    rows = made(batch, actor=actor)
    plan = rows[0].site_unit.unit.plan
    with cutoffs.refusing(asking.HELD_BY_THE_DATABASE):
        return once(
            request_id,
            kind="roster_fill_back",
            user=actor.user,
            fields={"batch": str(batch)},
            now=clock(),
            plan=plan,
            create=lambda: _take_back(batch, request_id, rows, actor, clock),
        )


def made(batch: UUID, *, actor: Actor) -> list[ProctorChange]:
    """What the act `batch` placed and asked for, in order of time and room; raises `NotFound` when it was none."""
    rows = access.visible(actor, ProctorChange, ACTION).filter(batch=batch)
    found = list(
        rows.select_related(*RELATED).order_by("site_unit__start", "room_session__room__room_no", "position")
    )
    plan = found[0].site_unit.unit.plan if found else None
    acts = Event.objects.filter(kind=FILLED, plan=plan, site_unit=None, subject=str(batch))
    if not found or not acts.exists():
        raise NotFound()
    return found


def can_take_back(actor: Actor, rows: Sequence[ProctorChange], *, now: datetime) -> bool:
    """Whether every unit of an act's free changes may still be edited freely by the actor."""
    site_units = {c.site_unit_id: c.site_unit for c in rows if c.window == Window.FREE}
    found = windows(actor, list(site_units.values()), now=now)
    return bool(found) and all(window is ChangeWindow.FREE for window in found.values())


def _take_back(
    batch: UUID,
    request_id: UUID,
    rows: Sequence[ProctorChange],
    actor: Actor,
    clock: Callable[[], datetime],
) -> dict[str, Any]:
    applied = [c for c in rows if c.status == Status.APPLIED]
    held, now = placing.hold((c.room_session_id for c in rows), (), clock)
    if applied and not can_take_back(actor, applied, now=now):
        raise FreeNoMore()
    standing = set(
        RosterRow.objects.filter(room_session__in=held, checked_at=None).values_list(
            "room_session_id", "position", "proctor_id"
        )
    )
    moves = [
        Move(held[c.room_session_id], c.position, None, c.incoming_id)
        for c in applied
        if (c.room_session_id, c.position, c.incoming_id) in standing
    ]
    if moves:  # a room may be left without anybody: so it stood before
        filling_moves.write(moves, batch=request_id, reason=_BACK.zh, actor=actor.user, now=now)
    mine = [c for c in rows if c.requested_by_id == actor.user.pk]
    waiting = [c.pk for c in mine if c.status == Status.PENDING and now < c.window_until]
    for pk in waiting:
        deciding.withdraw(pk, actor=actor, clock=clock)
    plan, kept = rows[0].site_unit.unit.plan, len(applied) - len(moves)
    events.record(
        TAKEN_BACK,
        now=now,
        actor=actor.user,
        plan=plan,
        subject=str(batch),
        emptied=len(moves),
        kept=kept,
        withdrawn=len(waiting),
    )
    return {"emptied": len(moves), "kept": kept, "withdrawn": len(waiting)}
