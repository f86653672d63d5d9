"""The ready text that a site sends to its students before a unit (B4; 二(一)1, 4 and 5)."""

from datetime import datetime

from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from exam_ops.rules.tickets import ADVICE, RULES, EntryTimes

_WEEKDAYS = (
    Text("周一", "Monday"),
    Text("周二", "Tuesday"),
    Text("周三", "Wednesday"),
    Text("周四", "Thursday"),
    Text("周五", "Friday"),
    Text("周六", "Saturday"),
    Text("周日", "Sunday"),
)
_FACTS = Text(
    "【{plan}】{unit}：{date}（{weekday}）{start} 开考，{end} 结束。\n"
    "入场：{opens} 开始核验，{closes} 停止入场，之后不得入场。\n"
    "考点：{place}",
    "[{plan}] {unit}: {weekday} {date}, {start} to {end}.\n"
    "Entry: checks begin at {opens} and close at {closes}; nobody enters after that.\n"
    "Site: {place}",
)
_POINTS = (*RULES[:2], *ADVICE)


def student_notice(*, plan: str, unit: str, place: str, times: EntryTimes) -> Text:
    """The text for one unit of one site; `times` are plan time, `place` the site's name with its address."""
    day = times.start.astimezone(BEIJING)
    values = {
        "plan": plan,
        "unit": unit,
        "place": place,
        "date": f"{day:%Y-%m-%d}",
        "weekday": _WEEKDAYS[day.weekday()],
        "opens": _clock(times.opens),
        "start": _clock(times.start),
        "closes": _clock(times.closes),
        "end": _clock(times.end),
    }
    facts = _FACTS.format(**values)
    return Text(_joined(facts.zh, [p.zh for p in _POINTS]), _joined(facts.en, [p.en for p in _POINTS]))


def _joined(facts: str, points: list[str]) -> str:
    return "\n".join([facts, *(f"{n}. {point}" for n, point in enumerate(points, start=1))])


def _clock(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%H:%M")
