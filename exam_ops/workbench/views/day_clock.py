"""The day on one axis: every deadline a tick, as `ui/_exam_clock.html` draws the ticks of one unit."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from exam_ops.core.models import ExamPlan
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from exam_ops.workbench.selectors.deadlines import Line

LEFT, RIGHT = 0.02, 0.08  # of the day's span, beside its outermost deadlines; the right end has a label
_ARIA = Text("{day} 的期限，现在 {now}，{next}", "Deadlines of {day}, now {now}, {next}")
_NEXT = Text("下一个 {at} {label}", "next {at} {label}")
_OVER = Text("这一天的期限都已过", "All deadlines of this day have passed")


def day_clock(found: Sequence[Line], plan: ExamPlan, day: date, now: datetime) -> dict[str, Any] | None:
    """Context of `ui/_exam_clock.html` for all deadlines of a day; None when there is none."""
    if not found:
        return None
    at = plan.plan_time(now)
    marks = _marks(found)
    span = max(max(marks) - min(marks), timedelta(hours=1))
    start, end = min(marks) - span * LEFT, max(marks) + span * RIGHT
    ahead = next((line for line in marks.values() if line.at > at), None)
    said = _NEXT.format(at=_hour(ahead.at), label=ahead.deadline.label) if ahead else _OVER
    return {
        "start": start,
        "end": end,
        "now": at,
        "past_percent": min(max((at - start) / (end - start), 0.0), 1.0) * 100,
        "needle_label": said,
        "ended": _OVER,
        "aria": _ARIA.format(day=f"{day:%m-%d}", now=_hour(at), next=said),
        "ticks": [_tick(line, ahead, at, (line.at - start) / (end - start)) for line in marks.values()],
    }


def _marks(found: Sequence[Line]) -> dict[datetime, Line]:
    """One line an instant, in order of time: a hard one stands for those due together with it."""
    marks: dict[datetime, Line] = {}
    for line in found:
        if line.at not in marks or (line.deadline.hard and not marks[line.at].deadline.hard):
            marks[line.at] = line
    return marks


def _tick(line: Line, ahead: Line | None, at: datetime, place: float) -> dict[str, Any]:
    return {
        "left_percent": place * 100,
        "label": line.deadline.label,
        "time": _hour(line.at),
        "hard": line.deadline.hard,
        "state": "next" if line is ahead else "past" if line.at <= at else "ahead",
        "at": line.at,
    }


def _hour(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%H:%M")
