"""The exam clock on top of every page of a unit: its deadlines from the opening of entry to the close of evidence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from exam_ops.core.deadlines import wake
from exam_ops.core.models import ExamPlan, SiteUnit
from exam_ops.core.schedule import dues_of
from exam_ops.rules.deadlines import Anchor, Due
from exam_ops.rules.moments import BEIJING, offset_label
from exam_ops.rules.text import Text

MARGIN = 0.04  # of the span, left and right of the outermost ticks

_START = Text("开考", "Start")
_STOPPED = Text("停考", "Stopped")
_NEEDLE = Text("距{label} {left}", "{left} to {label}")
_ENDED = Text("本单元已结束", "This unit is over")
_ARIA = Text("{unit} {start}–{end}，现在 {now}，{needle}", "{unit} {start}–{end}, now {now}, {needle}")


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of the clock, in plan time."""

    at: datetime
    label: Text
    time: str  # `T−5`, or the time of day for what everybody knows by it
    hard: bool


def exam_clock(site_unit: SiteUnit, plan: ExamPlan, now: datetime) -> dict[str, Any]:
    """Context of `ui/_exam_clock.html` at the real instant `now`, drawn to scale in plan time.

    Beside what the fragment draws: `next` is the next tick ahead (a dict as in `ticks`) or None. A unit
    whose deadline has come and is not carried out wakes the engine by being looked at.
    """
    wake.if_overdue(site_unit, now=now)
    at = plan.plan_time(now)
    marks = _ticks(site_unit, plan)
    span = marks[-1].at - marks[0].at
    start, end = marks[0].at - span * MARGIN, marks[-1].at + span * MARGIN
    ahead = next((mark for mark in marks if mark.at > at), None)
    needle = _NEEDLE.format(label=ahead.label, left=_left(ahead.at - at)) if ahead else _ENDED
    ticks = [_drawn(mark, start, end, _state(mark, ahead, at)) for mark in marks]
    return {
        "start": start,
        "end": end,
        "now": at,
        "past_percent": _percent(at, start, end),
        "needle_label": needle,
        "aria": _ARIA.format(
            unit=str(site_unit.unit),
            start=_hour(site_unit.start),
            end=_hour(site_unit.end),
            now=_hour(at),
            needle=needle,
        ),
        "ticks": ticks,
        "next": next((tick for tick in ticks if tick["state"] == "next"), None),
    }


def _ticks(site_unit: SiteUnit, plan: ExamPlan) -> list[Tick]:
    """One tick an instant: of several deadlines due together the table's first stands for them."""
    dues = dues_of(site_unit, plan)
    opens = next((due.at for due in dues if due.key == "entry_opens"), site_unit.start)
    closes = site_unit.evidence_until
    found = {site_unit.start: Tick(site_unit.start, _START, _hour(site_unit.start), hard=True)}
    if site_unit.stopped_at is not None:
        stopped = plan.laid_time(site_unit.stopped_at)
        found[stopped] = Tick(stopped, _STOPPED, _hour(stopped), hard=True)
    for due in dues:
        if opens <= due.at <= closes and due.at not in found:
            found[due.at] = Tick(due.at, due.deadline.label, _short(due, site_unit), due.deadline.hard)
    return _in_order(found.values())


def _in_order(ticks: Iterable[Tick]) -> list[Tick]:
    return sorted(ticks, key=lambda tick: tick.at)


def _short(due: Due, site_unit: SiteUnit) -> str:
    """`T−5`, `E−15`; the time of day for the end itself and for a paper's own end."""
    if due.deadline.anchor is Anchor.START:
        return offset_label(due.at - site_unit.start, "T")
    if due.deadline.anchor is Anchor.EVIDENCE_END and due.at != site_unit.evidence_until:
        return offset_label(due.at - site_unit.evidence_until, "E")
    return _hour(due.at)


def _state(tick: Tick, ahead: Tick | None, at: datetime) -> str:
    if tick.at <= at:
        return "past"
    return "next" if tick is ahead else "ahead"


def _drawn(tick: Tick, start: datetime, end: datetime, state: str) -> dict[str, Any]:
    return {
        "left_percent": _percent(tick.at, start, end),
        "label": tick.label,
        "time": tick.time,
        "hard": tick.hard,
        "state": state,
        "at": tick.at,
    }


def _percent(at: datetime, start: datetime, end: datetime) -> float:
    return min(max((at - start) / (end - start), 0.0), 1.0) * 100


def _hour(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%H:%M")


def _left(span: timedelta) -> Text:
    """`02:19`, `1:02:19`, `3 天 02:19`; rounded up, so that 00:00 is only said when the moment has come."""
    minutes, seconds = divmod(ceil(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return Text(f"{days} 天 {hours:02d}:{minutes:02d}", f"{days} d {hours:02d}:{minutes:02d}")
    said = f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"
    return Text(said, said)
