"""One cell as Excel kept it, turned into what its column means."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from exam_ops.office.layout import Column
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text

LOSES_DIGITS = 10**14  # from 15 digits on a number cell is no longer exact as people typed it
SEPARATORS = re.compile(r"[,，、;；\s]+")
DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
TIME_FORMS = ("%H:%M", "%H:%M:%S")
DEFUSED = re.compile(r"^'(?=[=+\-@\t\r＝＋－＠])")  # as `sheets.plain` wrote it
EXCEL_ERROR = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)$")


class UnreadableCell(ValueError):
    """A cell that its column can't hold; the reason says what to write instead."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason = Text(zh, en)


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not clean(value))


def clean(text: str) -> str:
    """Without surrounding blanks (full-width and no-break ones too) and the quote that defused a formula."""
    return DEFUSED.sub("", text.strip(" \t\r\n\u3000\u00a0\ufeff\u200b"))


def same_width(text: str) -> str:
    """Full-width digits and letters as half-width ones: for codes and headers, never for names."""
    return unicodedata.normalize("NFKC", text)


def convert(column: Column, value: Any) -> Any:
    """The value of a cell that is not blank; raises `UnreadableCell`."""
    if isinstance(value, str) and EXCEL_ERROR.match(clean(value)):
        raise UnreadableCell(
            f"公式出错（{clean(value)}）。请填写值。",
            f"The formula failed ({clean(value)}). Write the value.",
        )
    if column.many:
        return [_one(column, part) for part in SEPARATORS.split(_text(value)) if part]
    return _one(column, value)


def _one(column: Column, value: Any) -> Any:
    return _choice(column, value) if column.choices else READERS[column.kind](value)


def _choice(column: Column, value: Any) -> Any:
    label = same_width(_text(value))
    if label not in column.choices:
        known = "、".join(column.choices)
        raise UnreadableCell(
            f"“{label[:40]}”不在可填的值中。请填：{known}。", f"“{label[:40]}” is none of: {known}."
        )
    return column.choices[label]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        raise UnreadableCell("是逻辑值，应为文本。", "A logical value where text is due.")
    if isinstance(value, float):
        value = int(value) if value.is_integer() and abs(value) < LOSES_DIGITS else value
    if isinstance(value, date | time | timedelta):
        raise UnreadableCell(
            "被 Excel 当成了日期或时间。请设为文本单元格后重新填写。",
            "Excel took it for a date or time. Make it a text cell and write it again.",
        )
    text = clean(str(value))
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise UnreadableCell(
            "含有换行或不可见字符。请删除后重新填写。",
            "It holds line breaks or invisible characters. Remove them.",
        )
    return text


def _id_text(value: Any) -> str:
    if isinstance(value, float) and abs(value) >= LOSES_DIGITS:
        raise UnreadableCell(
            "是数字单元格，15 位以上的号码会丢失末位。请将该列设为文本，再重新填写完整号码。",
            "A number cell: numbers of 15 digits and more lose their last ones. Make the column text and write it again.",
        )
    if isinstance(value, float) and not value.is_integer():
        raise UnreadableCell(
            "是小数，应为文本。请设为文本单元格。", "A decimal where text is due. Make it a text cell."
        )
    return same_width(_text(value))


def _number(value: Any) -> float:
    if isinstance(value, bool | date | time | timedelta):
        raise UnreadableCell("应为数字。", "A number is due.")
    try:
        return float(same_width(value).replace(",", "")) if isinstance(value, str) else float(value)
    except ValueError:
        raise UnreadableCell(f"“{value[:40]}”不是数字。", f"“{value[:40]}” is no number.") from None


def _decimal(value: Any) -> float:
    number = _number(value)
    if not 0 <= number <= 10_000_000:
        raise UnreadableCell("超出范围。请填 0 到 10000000。", "Out of range: 0 to 10,000,000.")
    return number


def _degrees(value: Any) -> float:
    number = _number(value)
    if not -180 <= number <= 180:
        raise UnreadableCell("超出范围。请填 -180 到 180 的度数。", "Out of range: degrees from -180 to 180.")
    return number


def _int(value: Any) -> int:
    number = _number(value)
    if not number.is_integer():
        raise UnreadableCell("应为整数。", "A whole number is due.")
    if not 0 <= number <= 100_000:
        raise UnreadableCell("超出范围。请填 0 到 100000。", "Out of range: 0 to 100,000.")
    return int(number)


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    for form in DATE_FORMS:
        if found := _parsed(value, form):
            return found.date()
    raise UnreadableCell("不是日期。请填如 2025-12-06。", "No date. Write it like 2025-12-06.")


def _datetime(value: Any) -> datetime:
    if not isinstance(value, datetime):
        value = next(
            (found for d in DATE_FORMS for t in TIME_FORMS if (found := _parsed(value, f"{d} {t}"))), None
        )
    if value is None:
        raise UnreadableCell(
            "不是日期和时间。请填北京时间，如 2025-12-06 08:30。",
            "No date and time. Write Beijing time like 2025-12-06 08:30.",
        )
    whole = (value + timedelta(milliseconds=500)).replace(microsecond=0)  # Excel keeps 08:30 as 08:29:59.9999
    return whole.replace(tzinfo=BEIJING)


def _parsed(value: Any, form: str) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.strptime(" ".join(same_width(value).split()), form)  # noqa: DTZ007 (Beijing, set by the caller)
    except ValueError:
        return None


READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "id_text": _id_text,
    "int": _int,
    "decimal": _decimal,
    "degrees": _degrees,
    "date": _date,
    "datetime": _datetime,
}
