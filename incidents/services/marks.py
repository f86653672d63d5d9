"""Where candidates sit in a picture, as senders write it: JSON `[{sitting, x, y}]`."""

import json
from dataclasses import dataclass
from typing import Any, TypeGuard

from exam_ops.core.api_parts import MAX_KEY
from exam_ops.core.errors import FieldError, Invalid
from exam_ops.rules.text import Text

MOST_MARKS = 500  # candidates in one picture


@dataclass(frozen=True, slots=True)
class Mark:
    """A candidate in the picture; x, y in 0..1 of the image, or None when marked in the picture itself."""

    sitting: int
    x: float | None = None
    y: float | None = None


def parse(text: str) -> list[Mark]:
    """Marks from their JSON text `[{sitting, x, y}]`; raises `Invalid` naming the entry."""
    wrong = Text(
        "请按 [{{sitting, x, y}}] 填写，x、y 在 0 到 1 之间或为空。",
        "Write [{{sitting, x, y}}] with x, y from 0 to 1 or null.",
    )
    try:
        rows = json.loads(text or "[]")
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list) or len(rows) > MOST_MARKS:
        raise Invalid(errors=[FieldError("marks", "invalid", wrong.format())])
    marks = []
    for place, row in enumerate(rows):
        mark = _mark(row)
        if mark is None:
            raise Invalid(errors=[FieldError(f"marks.{place}", "invalid", wrong.format())])
        marks.append(mark)
    return marks


def _mark(row: Any) -> Mark | None:
    if not isinstance(row, dict) or not _is_key(row.get("sitting")):
        return None
    x, y = row.get("x"), row.get("y")
    if x is None and y is None:
        return Mark(row["sitting"])
    if not (_is_share(x) and _is_share(y)):
        return None
    return Mark(row["sitting"], float(x), float(y))


def _is_key(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_KEY


def _is_share(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
