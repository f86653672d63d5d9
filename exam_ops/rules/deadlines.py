"""The one table of a unit's deadlines. Countdowns, timelines, reminders and the engine loop over it.

A new deadline is one row here and its test; what happens at it is registered by the feature that owns it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from exam_ops.rules.moments import BEIJING, offset_label
from exam_ops.rules.policy import DEFAULT, Policy
from exam_ops.rules.text import Text
from exam_ops.rules.working_days import working_day_before


class Anchor(StrEnum):
    START = "start"
    END = "end"
    EVIDENCE_END = "evidence_end"  # the end, or the later instant until which headquarters took evidence (A4)
    PAPER_END = "paper_end"  # start + the paper's minutes, at the latest end


class Sent(StrEnum):
    """How a due instant that people would sleep through is moved."""

    AT_ONCE = "at_once"
    BY_DAY = "by_day"  # due between 21:00 and 08:00 → 17:00 before
    EVE = "eve"  # only when due before 09:00: 17:00 of the working day before


@dataclass(frozen=True, slots=True)
class Deadline:
    """One moment of a unit: `key` is stored, `offset` is counted from `anchor`, `hard` refuses or raises.

    `repeats` stands at what acts upon a state that a later time opens again: it must act upon it again.
    """

    key: str
    name: str
    anchor: Anchor
    offset: timedelta
    label: Text
    clause: str
    repeats: bool = False  # fires again when a move lays it ahead once more
    hard: bool = False
    sent: Sent = Sent.AT_ONCE
    outlives_stop: bool = False  # still comes after headquarters stopped the exam (A4)
    mock_only: bool = False  # of mock exams alone


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline of one unit with its instant; `key` is unique within the unit."""

    key: str
    at: datetime
    deadline: Deadline

    @property
    def short(self) -> str:
        """`T−5`, `E−15` …"""
        anchor = "T" if self.deadline.anchor is Anchor.START else "E"
        return offset_label(self.deadline.offset, anchor)


def _m(value: float) -> timedelta:
    return timedelta(minutes=value)


def _h(value: float) -> timedelta:
    return timedelta(hours=value)


_START, _END, _EVIDENCE_END = Anchor.START, Anchor.END, Anchor.EVIDENCE_END
_REMINDER = Text("监考编排提醒", "Roster reminder")
_READINESS = Text("考前准备提醒", "Readiness reminder")
_WARNING = Text("监考变更即将截止", "Proctor changes close soon")
_EVIDENCE = Text("应急材料提醒", "Evidence reminder")

TABLE: tuple[Deadline, ...] = (
    Deadline(
        "roster_reminder_7d", "roster_reminder", _START, _h(-168), _REMINDER, "二(三)6", sent=Sent.BY_DAY
    ),
    Deadline(
        "roster_reminder_72h", "roster_reminder", _START, _h(-72), _REMINDER, "二(三)6", sent=Sent.BY_DAY
    ),
    Deadline(
        "roster_reminder_54h", "roster_reminder", _START, _h(-54), _REMINDER, "二(三)6", sent=Sent.BY_DAY
    ),
    Deadline(
        "readiness_reminder_7d",
        "readiness_reminder",
        _START,
        _h(-168),
        _READINESS,
        "二(一)2",
        sent=Sent.BY_DAY,
        mock_only=True,
    ),
    Deadline(
        "readiness_reminder_72h",
        "readiness_reminder",
        _START,
        _h(-72),
        _READINESS,
        "二(一)2",
        sent=Sent.BY_DAY,
        mock_only=True,
    ),
    Deadline(
        "readiness_reminder_24h",
        "readiness_reminder",
        _START,
        _h(-24),
        _READINESS,
        "二(一)2",
        sent=Sent.BY_DAY,
        mock_only=True,
    ),
    Deadline(
        "roster_locks",
        "roster_locks",
        _START,
        _h(-48),
        Text("监考编排锁定", "Roster locks"),
        "二(三)6",
        repeats=True,
        hard=True,
    ),
    Deadline("change_warning_eve", "change_warning", _START, _h(-2), _WARNING, "二(三)6", sent=Sent.EVE),
    Deadline("change_warning_3h", "change_warning", _START, _h(-3), _WARNING, "二(三)6"),
    Deadline("change_warning_150m", "change_warning", _START, _m(-150), _WARNING, "二(三)6"),
    Deadline(
        "change_requests_close",
        "change_requests_close",
        _START,
        _h(-2),
        Text("监考变更截止", "Proctor changes close"),
        "二(三)6",
        repeats=True,
        hard=True,
    ),
    Deadline("entry_opens", "entry_opens", _START, _m(-30), Text("开始入场", "Entry opens"), "二(三)"),
    Deadline(
        "escalation",
        "escalation",
        _START,
        _m(-5),
        Text("逐级上报", "Escalation"),
        "一",
        repeats=True,
        hard=True,
    ),
    Deadline(
        "sync_lag",
        "sync_lag",
        _START,
        _m(15),
        Text("未到达转应急", "Not arrived becomes emergency"),
        "二(三)4",
        repeats=True,
    ),
    Deadline(
        "panorama_photo",
        "panorama_photo",
        _START,
        _m(30),
        Text("停止入场 · 全景照", "Entry closes · panorama"),
        "二(三)2",
        repeats=True,
    ),
    Deadline(
        "evidence_warning_45",
        "evidence_warning",
        _START,
        _m(45),
        _EVIDENCE,
        "二(三)11",
        repeats=True,
        outlives_stop=True,
    ),
    Deadline(
        "evidence_warning_e15",
        "evidence_warning",
        _EVIDENCE_END,
        _m(-15),
        _EVIDENCE,
        "二(三)11",
        repeats=True,
        outlives_stop=True,
    ),
    Deadline(
        "evidence_warning_e5",
        "evidence_warning",
        _EVIDENCE_END,
        _m(-5),
        _EVIDENCE,
        "二(三)11",
        repeats=True,
        outlives_stop=True,
    ),
    Deadline(
        "evidence_closes",
        "evidence_closes",
        _EVIDENCE_END,
        _m(0),
        Text("材料截止", "Evidence closes"),
        "二(三)11",
        repeats=True,
        hard=True,
        outlives_stop=True,
    ),
    Deadline(
        "forced_submission",
        "forced_submission",
        Anchor.PAPER_END,
        _m(0),
        Text("强制交卷", "Forced submission"),
        "二(四)6",
        repeats=True,
        hard=True,
    ),
    Deadline(
        "offline_closes",
        "offline_closes",
        _END,
        _h(24),
        Text("离线试卷上传截止", "Offline upload closes"),
        "二(四)6",
        repeats=True,
        outlives_stop=True,
    ),
)

NAMES = tuple(dict.fromkeys(d.name for d in TABLE))
BY_KEY = {d.key: d for d in TABLE}


def get(key: str) -> Deadline:
    """The row of a stored key; a paper's own forced submission (`forced_submission+60`) is its table row."""
    return BY_KEY[key.partition("+")[0]]


def paper_end(start: datetime, end: datetime, minutes: int, added: timedelta = timedelta(0)) -> datetime:
    """When a paper is handed in by itself (D7): start + its minutes + what headquarters added, at the latest end."""
    return min(start + _m(minutes) + added, end)


def due_times(
    start: datetime,
    end: datetime,
    *,
    paper_minutes: Iterable[int] = (),
    policy: Policy = DEFAULT,
    added: timedelta = timedelta(0),
    evidence_end: datetime | None = None,
    stopped: datetime | None = None,
    mock: bool = False,
) -> list[Due]:
    """Every deadline of a unit that runs `[start, end)` in plan time, in order of time.

    `paper_minutes` are the lengths of the papers sat there: each that ends before the unit has its own
    forced submission. What headquarters decided (A4): `added` is the time that an extension gave to every
    paper, `evidence_end` the end of evidence where it is later than the unit's, `stopped` the instant from
    which only evidence and offline papers have deadlines left. `mock`: of a mock exam, which is prepared for (B8).
    """
    bases = {Anchor.START: start, Anchor.END: end, Anchor.EVIDENCE_END: max(end, evidence_end or end)}
    dues: list[Due] = []
    for row in TABLE:
        if row.mock_only and not mock:
            continue
        offset = policy.deadline_offsets.get(row.key, row.offset)
        if row.anchor is Anchor.PAPER_END:
            dues += _paper_ends(row, start, end, paper_minutes, added)
        else:
            at = _sent(row.sent, bases[row.anchor] + offset)
            dues += [Due(row.key, at, row)] if at else []
    if stopped is not None:
        dues = [due for due in dues if due.at <= stopped or due.deadline.outlives_stop]
    return sorted(dues, key=lambda due: due.at)  # the sort is stable: the table's order decides ties


def _paper_ends(
    row: Deadline, start: datetime, end: datetime, paper_minutes: Iterable[int], added: timedelta
) -> list[Due]:
    ends = {m: paper_end(start, end, m, added) for m in sorted(set(paper_minutes))}
    early = [Due(f"{row.key}+{m}", at, row) for m, at in ends.items() if at < end]
    return [*early, Due(row.key, end, row)]


def _sent(how: Sent, at: datetime) -> datetime | None:
    if how is Sent.AT_ONCE:
        return at
    local = at.astimezone(BEIJING)
    if how is Sent.EVE:
        eve = datetime.combine(working_day_before(local.date()), time(17), BEIJING)
        return eve if local.time() < time(9) else None
    if time(8) <= local.time() < time(21):
        return at
    before = local.date() if local.time() >= time(21) else local.date() - timedelta(days=1)
    return datetime.combine(before, time(17), BEIJING)


def next_due(dues: Iterable[Due], after: datetime) -> Due | None:
    """The first deadline still ahead of `after`."""
    return next((due for due in dues if due.at > after), None)
