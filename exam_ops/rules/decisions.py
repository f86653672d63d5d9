"""What headquarters may decide of a unit, when, and what becomes of its times (A4; readings 18, 20, 28, 29).

All instants are plan times. A decision is judged for each site unit on its own: those that it can't reach
any more are left out with the reason.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from exam_ops.rules.policy import DEFAULT, Policy
from exam_ops.rules.text import Text


class Kind(StrEnum):
    DELAY = "delay"  # start and end later by `minutes`
    EXTEND = "extend"  # end later by `minutes`; every paper has them too
    MANUAL_CHECK = "manual_check"
    MOVE = "move"  # to `new_start` keeping the length, to `new_place`, or both
    STOP = "stop"
    REOPEN_EVIDENCE = "reopen_evidence"  # until `evidence_until`


LATER_END = frozenset({Kind.DELAY, Kind.EXTEND})
GRAVE = 2  # the least grade of an incident for which evidence is reopened


@dataclass(frozen=True, slots=True)
class Wish:
    """What is decided; only the fields of its kind count."""

    kind: Kind
    minutes: int = 0
    new_start: datetime | None = None
    new_place: str = ""
    evidence_until: datetime | None = None
    evidence_owed: bool = False  # whether a panorama is owed for whoever is let in by a manual check


@dataclass(frozen=True, slots=True)
class Standing:
    """How a site unit stands, in plan time; `evidence_until` is when its evidence closes."""

    start: datetime
    end: datetime
    evidence_until: datetime
    stopped: datetime | None = None
    manual_check_for_all: bool = False
    place: str = ""


class Why(StrEnum):
    """Why a decision does not reach a site unit."""

    START_IN_THE_PAST = "start_in_the_past"
    PAPERS_COLLECTED = "papers_collected"
    ENTRY_CLOSED = "entry_is_over"
    STOPPED = "already_stopped"
    NOTHING_CHANGES = "nothing_changes"
    NOT_LATER = "evidence_not_later"
    TOO_LONG = "evidence_too_long"


REASONS: dict[Why, Text] = {
    Why.START_IN_THE_PAST: Text(
        "新的开考时间 {start} 已经过去，不能把开考改到过去。请选更晚的时间；已开考的单元请改用延长结束。",
        "The new start {start} has passed; a start can't be moved into the past. Choose a later one; "
        "for a unit that has begun extend its end instead.",
    ),
    Why.PAPERS_COLLECTED: Text(
        "单元已于 {end} 结束，试卷已收。不能再延迟、延长或停考；如需补交应急材料，请用重开应急材料。",
        "The unit ended at {end} and the papers were collected: it can't be delayed, extended, moved or "
        "stopped. For evidence that is missing reopen the evidence.",
    ),
    Why.ENTRY_CLOSED: Text(
        "已于 {entry_closes} 停止入场，人工核验不再有作用。如需重新入场，请先延迟开考。",
        "Entry closed at {entry_closes}; manual checks change nothing any more. Delay the start if people "
        "must come in again.",
    ),
    Why.STOPPED: Text(
        "该单元已于 {stopped} 停考。如要补考，请用调整时间改到新的开考时间。",
        "This unit was stopped at {stopped}. To sit it later move it to a new start.",
    ),
    Why.NOTHING_CHANGES: Text("已经如此，无需再作决定。", "It stands so already; nothing would change."),
    Why.NOT_LATER: Text(
        "应急材料的新截止时间必须晚于现在，也晚于原截止时间 {evidence_until}。",
        "The new close of evidence must lie after now and after the old one, {evidence_until}.",
    ),
    Why.TOO_LONG: Text(
        "应急材料最多重开到 {limit}。请选更早的时间。",
        "Evidence may be reopened until {limit} at the latest. Choose an earlier time.",
    ),
}


def why_not(wish: Wish, unit: Standing, *, now: datetime, policy: Policy = DEFAULT) -> Why | None:
    """None when the decision may reach the unit at the plan time `now`, else the reason.

    A start is moved only to an instant ahead of `now`; nothing but evidence is touched once the end has
    come, since the papers are collected then. A stopped unit can only be moved to a new start.
    """
    if wish.kind is Kind.REOPEN_EVIDENCE:
        return _evidence(wish, unit, now, policy)
    if unit.stopped is not None and wish.new_start is None:
        return Why.STOPPED
    if unit.stopped is None and now >= unit.end:
        return Why.PAPERS_COLLECTED
    becomes = outcome(wish, unit, now=now)
    if becomes.start != unit.start and becomes.start <= now:
        return Why.START_IN_THE_PAST
    if wish.kind is Kind.MANUAL_CHECK and now >= unit.start + policy.entry_closes_after:
        return Why.ENTRY_CLOSED
    return Why.NOTHING_CHANGES if becomes == unit else None


def outcome(wish: Wish, unit: Standing, *, now: datetime) -> Standing:
    """How the unit stands after the decision."""
    later = timedelta(minutes=wish.minutes)
    match wish.kind:
        case Kind.DELAY:
            return _between(unit, unit.start + later, unit.end + later)
        case Kind.EXTEND:
            return _between(unit, unit.start, unit.end + later)
        case Kind.MOVE:
            start = wish.new_start or unit.start
            moved = _between(unit, start, start + (unit.end - unit.start))
            stopped = None if wish.new_start else unit.stopped
            return replace(moved, place=wish.new_place or unit.place, stopped=stopped)
        case Kind.MANUAL_CHECK:
            return replace(unit, manual_check_for_all=True)
        case Kind.STOP:
            return replace(unit, stopped=now)
        case Kind.REOPEN_EVIDENCE:
            return replace(unit, evidence_until=wish.evidence_until or unit.evidence_until)


def _between(unit: Standing, start: datetime, end: datetime) -> Standing:
    """The unit at another time. Evidence goes with the end, unless headquarters took it longer than that."""
    reopened = unit.evidence_until if unit.evidence_until > unit.end else end
    return replace(unit, start=start, end=end, evidence_until=max(end, reopened))


def _evidence(wish: Wish, unit: Standing, now: datetime, policy: Policy) -> Why | None:
    until = wish.evidence_until
    if until is None or until <= now or until <= unit.evidence_until:
        return Why.NOT_LATER
    return Why.TOO_LONG if until > now + policy.evidence_reopens_at_most else None


def minutes_fit(wish: Wish, policy: Policy = DEFAULT) -> bool:
    """Whether the minutes of a delay or an extension are 1 … the policy's most."""
    return wish.kind not in LATER_END or 1 <= wish.minutes <= policy.decision_minutes_most
