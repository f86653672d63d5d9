"""The watermark in a picture of a room, as it was read: its time and its address beside what was claimed (reading 16).

A watermark can be set by hand, and reading errs: what comes of it is a hint, and below `SURE_FROM` only that a
person should look.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from itertools import chain

from exam_ops.rules.evidence_checks import APART_FROM, SURE_FROM, Found, State
from exam_ops.rules.moments import BEIJING

ALIKE_FROM = 0.6  # share of the address's signs that stand in the watermark, in runs of two and more
SHOWN = 80  # signs of what was read that are shown

_LOOK_ALIKE = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "|": "1"})
_MONTH, _DAY = r"(1[0-2]|0?[1-9])", r"(3[01]|[12]\d|0?[1-9])"
_DATES = (
    re.compile(rf"(?<!\d)(20\d\d)\s?[-./年]\s?{_MONTH}\s?[-./月]\s?{_DAY}(?:\s?日)?"),
    re.compile(rf"(?<!\d)(){_MONTH}\s?[-/月]\s?{_DAY}(?:\s?日)?"),  # a point alone is more often a version
)
_TIME = re.compile(r"(?<!\d)(2[0-3]|[01]?\d)\s?[:.]\s?([0-5]\d)(?:\s?[:.]\s?([0-5]\d))?(?!\d)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read in a picture, and how sure the reader is of it, 0..1."""

    text: str
    score: float


def taken_at(lines: Sequence[Line], *, day: date) -> tuple[datetime, float] | None:
    """The time that the lines name in Beijing, on `day` where they name no date, and how surely it was read."""
    dated = [(line, found) for line in lines if (found := _date_of(_plain(line.text), day))]
    for line, (on, rest) in dated:
        for other in (Line(rest, line.score), *lines):
            if (at := _time_of(_plain(other.text), on)) is not None:
                return at, min(line.score, other.score)
    for line in lines:
        if not _date_of(_plain(line.text), day) and (at := _time_of(_plain(line.text), day)) is not None:
            return at, line.score
    return None


def likeness(lines: Sequence[Line], address: str) -> float:
    """The share of the address's signs that stand in the lines, in order and in runs of two and more."""
    wanted, read = _signs(address), _signs("".join(line.text for line in lines))
    if not wanted:
        return 0.0
    blocks = SequenceMatcher(None, wanted, read, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size > 1) / len(wanted)


def judge(
    lines: Sequence[Line], *, claimed: datetime | None, start: datetime, received: datetime, address: str
) -> Found:
    """What the watermark says beside the claimed time (without one: the unit until it was received) and the address."""
    found = taken_at(lines, day=start.astimezone(BEIJING).date())
    is_here = not address or likeness(lines, address) >= ALIKE_FROM
    if found is None and (not address or not is_here):
        return Found(State.MISSING, "no_watermark")
    read = " ".join(line.text for line in lines)[:SHOWN]
    if found is None:
        return Found(State.FLAGGED, "mark_no_time", {"read": read})
    at, sure = found
    if sure < SURE_FROM:
        return Found(State.FLAGGED, "read_unsurely", {"read": read, "score": round(sure, 2)})
    off = abs(at - claimed) if claimed else max(start - at, at - received, timedelta(0))
    if off > APART_FROM:
        minutes = round(off / timedelta(minutes=1))
        return Found(State.FLAGGED, "mark_off", {"taken": f"{at:%Y-%m-%d %H:%M:%S}", "minutes": minutes})
    if not is_here:
        return Found(State.FLAGGED, "mark_elsewhere", {"read": read})
    return Found(State.PASSED, "mark_fits", {"read": read})


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKE)


def _signs(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isalnum())


def _date_of(text: str, day: date) -> tuple[date, str] | None:
    """A date in the text with what follows it; the year of `day` where none is named."""
    for found in chain.from_iterable(dates.finditer(text) for dates in _DATES):
        year, month, of_month = found.groups()
        try:
            return date(int(year or day.year), int(month), int(of_month)), text[found.end() :]
        except ValueError:
            continue
    return None


def _time_of(text: str, on: date) -> datetime | None:
    found = _TIME.search(text)
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    return datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=BEIJING)
