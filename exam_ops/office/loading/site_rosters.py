"""Workbooks of rosters alone: the sheet 监考编排 in, by the windows and rules of the roster's pages (C8, E5).

A row says where a proctor stands in a unit. Free units are written at once, units inside 48 hours become requests
to the branch, inside two hours rows are refused. What the workbook does not name stays as it is.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from exam_ops.core import clock, cutoffs, events
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotAllowed, Refusal
from exam_ops.core.models import ExamPlan, RoomSession, RosterRow
from exam_ops.office import layout
from exam_ops.office.loading import reading
from exam_ops.office.loading.checking import check_keys
from exam_ops.office.loading.checking_rosters import SHEET, check_positions, check_whose
from exam_ops.office.loading.report import FileRefused, Problems
from exam_ops.office.loading.site_roster_rows import Placed, Places, places_of, resolve
from exam_ops.rules.proctor_changes import ChangeWindow
from exam_ops.rules.text import Text
from proctors.models import ProctorChange
from proctors.services import askers, asking, filling_moves, placing
from proctors.services.asking import Piece
from proctors.services.filling_checks import Move, against_all

LOADED = "roster.loaded"  # the kind of the event
_REASON = Text("监考编排工作簿", "Workbook of rosters")
_NEEDS_REASON = Text(
    "工作簿中有 48 小时以内的单元，须由分部审批。请填写原因后再导入。",
    "Some units begin within 48 hours, so the branch decides. Give a reason and load it again.",
)
_STOPPED = Text(
    "该单元距开考已不足 2 小时，不能由工作簿变更。请在监考编排页面申请紧急更换。",
    "The unit begins within 2 hours; a workbook can't change it. Ask for an emergency replacement on the roster page.",
)


@dataclass
class RosterResult:
    """What a load did, or would do: places written at once, asked of the branch, already so, waiting already."""

    check_only: bool
    problems: Problems
    rows: int = 0
    placed: int = 0
    asked: int = 0
    unchanged: int = 0
    waiting: int = 0
    plans: list[ExamPlan] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.problems.errors

    @property
    def written(self) -> bool:
        return self.ok and not self.check_only


@dataclass
class _Work:
    """The moves that the rows come to, each with the row that asks for it."""

    free: list[tuple[Move, Placed]] = field(default_factory=list)
    asked: list[tuple[Move, Placed]] = field(default_factory=list)


def load(
    workbook: bytes,
    *,
    batch: UUID,
    reason: str,
    check_only: bool,
    actor: Actor,
    now_of: Callable[[], datetime],
) -> RosterResult:
    """Loads the sheet 监考编排 of `workbook` as one act; with any error nothing is written.

    Raises `FileRefused` when the file is none of ours, or a reason is due and missing.
    """
    began, problems = clock.monotonic(), Problems()
    book = reading.read(workbook, problems, only=SHEET)
    rows = book[SHEET]
    check_keys(book, layout.sheet(SHEET), problems)
    check_positions(rows, problems)
    result = RosterResult(check_only, problems, rows=len(rows))
    places = places_of(rows, actor=actor)
    check_whose(rows, places.names, problems)
    wrong = {problem.row for problem in problems.errors}
    placed = resolve([row for row in rows if row.number not in wrong], places, problems)
    with cutoffs.refusing(asking.HELD_BY_THE_DATABASE), transaction.atomic():
        _write(result, placed, places, batch, reason.strip(), actor, now_of)
        if check_only or not result.ok:
            transaction.set_rollback(True)
    result.plans = sorted({p.session.site_unit.unit.plan for p in placed}, key=lambda plan: plan.code)
    result.seconds = clock.monotonic() - began
    return result


def _write(
    result: RosterResult,
    placed: Sequence[Placed],
    places: Places,
    batch: UUID,
    reason: str,
    actor: Actor,
    now_of: Callable[[], datetime],
) -> None:
    held, now = placing.hold((s.pk for s in places.sessions.values()), (p.person for p in placed), now_of)
    rows = [Placed(p.row, held[p.session.pk], p.position, p.person) for p in placed]
    work = _work(result, rows, held, actor, now)
    _judge(work.free, result, together=True, now=now)
    _judge(work.asked, result, together=False, now=now)
    if not result.ok:
        return
    if work.asked and not (reason or result.check_only):
        raise FileRefused("reason", "required", _NEEDS_REASON)
    if work.free:
        moves = [move for move, _ in work.free]
        filling_moves.write(moves, batch=batch, reason=reason or _REASON.zh, actor=actor.user, now=now)
    _ask(work.asked, result, batch, reason or _REASON.zh, actor, now_of)
    result.placed, result.asked = (
        sum(1 for m, _ in those if m.incoming) for those in (work.free, work.asked)
    )
    if result.ok and (work.free or work.asked):
        _record(result, rows, batch, actor, now)


def _work(
    result: RosterResult,
    rows: Sequence[Placed],
    held: Mapping[int, RoomSession],
    actor: Actor,
    now: datetime,
) -> _Work:
    """Which rows change something, and by which window."""
    standing = _standing(held)
    waiting = _waiting(held, now)
    left = _left_behind(rows, standing, held)
    windows: dict[int, ChangeWindow | Refusal] = {}
    work = _Work()
    for placed in rows:
        unit = placed.session.site_unit_id
        if unit not in windows:
            windows[unit] = _window(placed, actor, now)
        window = windows[unit]
        if standing.get(placed.place) == placed.person:
            result.unchanged += 1
        elif waiting.get(placed.place) == placed.person:
            result.waiting += 1
        elif isinstance(window, Refusal):
            result.problems.error(placed.row, "unit", window.detail)
        else:
            those = work.free if window is ChangeWindow.FREE else work.asked
            those.append(
                (Move(placed.session, placed.position, placed.person, standing.get(placed.place)), placed)
            )
            if (place := left.get((unit, placed.person))) is not None:
                those.append((Move(held[place[0]], place[1], None, placed.person), placed))
    return work


def _left_behind(
    rows: Sequence[Placed], standing: Mapping[tuple[int, str], int], held: Mapping[int, RoomSession]
) -> dict[tuple[int, int], tuple[int, str]]:
    """(site unit, person) → the place where they stand, if no row says who shall stand there."""
    named = {placed.place for placed in rows}
    return {
        (held[place[0]].site_unit_id, who): place for place, who in standing.items() if place not in named
    }


def _standing(held: Mapping[int, RoomSession]) -> dict[tuple[int, str], int]:
    rows = RosterRow.objects.filter(room_session__in=list(held))
    found = rows.values_list("room_session_id", "position", "proctor_id")
    return {(room, position): who for room, position, who in found}


def _waiting(held: Mapping[int, RoomSession], now: datetime) -> dict[tuple[int, str], int | None]:
    rows = ProctorChange.objects.filter(
        room_session__in=list(held), status=ProctorChange.Status.PENDING, window_until__gt=now
    )
    found = rows.values_list("room_session_id", "position", "incoming_id")
    return {(room, position): who for room, position, who in found}


def _window(placed: Placed, actor: Actor, now: datetime) -> ChangeWindow | Refusal:
    """How a row's unit takes a change now; the refusal when a workbook can't make one."""
    try:
        _, window = askers.asker_window(actor, placed.session, now=now)
    except NotAllowed as refusal:
        return refusal
    if window is ChangeWindow.EMERGENCY:
        return Refusal(detail=_STOPPED)
    return askers.closed(placed.session, now) if window is ChangeWindow.CLOSED else window


def _judge(
    those: Sequence[tuple[Move, Placed]], result: RosterResult, *, together: bool, now: datetime
) -> None:
    for number, refusal in against_all([m for m, _ in those], together=together, now=now).items():
        result.problems.error(those[number][1].row, "username", refusal.detail)


def _ask(
    those: Sequence[tuple[Move, Placed]],
    result: RosterResult,
    batch: UUID,
    reason: str,
    actor: Actor,
    now_of: Callable[[], datetime],
) -> None:
    """One request of as many pieces; what refuses it stands beside its row."""
    if not those:
        return
    pieces = [
        Piece(uuid5(batch, f"{m.session.pk} {m.position}"), m.session.pk, m.outgoing, m.incoming, m.position)
        for m, _ in those
    ]
    try:
        asking.ask(pieces, reason=reason, batch=batch, actor=actor, clock=now_of)
    except Refusal as refusal:
        room = refusal.extra.get("room_session")
        row = next((placed.row for m, placed in those if m.session.pk == room), those[0][1].row)
        result.problems.error(row, "username", refusal.detail)


def _record(result: RosterResult, rows: Sequence[Placed], batch: UUID, actor: Actor, now: datetime) -> None:
    by_plan: dict[ExamPlan, set[str]] = defaultdict(set)
    for placed in rows:
        by_plan[placed.session.site_unit.unit.plan].add(placed.session.site_unit.site.code)
    for plan, sites in by_plan.items():
        events.record(
            LOADED,
            now=now,
            actor=actor.user,
            plan=plan,
            subject=str(batch),
            sites=sorted(sites),
            rows=result.rows,
            placed=result.placed,
            asked=result.asked,
        )
