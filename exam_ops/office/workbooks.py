"""Workbooks out: exam plans as an exam office keeps them, the empty template, and plain tables.

Every text goes through `plain`, so that nothing a person typed becomes a formula on somebody's desk.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from exam_ops.office import layout
from exam_ops.office.layout import Column, Sheet

Row = Mapping[str, Any]  # field name → value; a choice by its label
Rows = Mapping[str, Iterable[Row]]  # sheet name → its rows

CREATED = datetime.combine(date(2025, 11, 1), time())  # fixed, so that the same rows make the same bytes
SPARE_ROWS = 500  # rows below the last one that still have their validation
NUMBER_FORMATS = {
    "text": "@",
    "id_text": "@",
    "choice": "@",
    "bool": "@",
    "int": "0",
    "decimal": "0.##",
    "degrees": "0.######",
    "date": "yyyy-mm-dd",
    "time": "hh:mm",
    "datetime": "yyyy-mm-dd hh:mm",
}
NOTES = (  # of a whole plan; for some of its sheets the second and third alone hold
    "本工作簿是一个考试计划的全部数据，按工作表从左到右载入；“说明”表不载入。",
    "表头为深蓝色的列必填，灰色的列可以空着；表头不可改名，不认识的列会被指出。",
    "学号、证件号码、准考证号、座位号等一律是文本单元格；时间是北京时间。",
    "One exam plan. Sheets are loaded from left to right, this one is not. Dark headers are required.",
    "Ids are text cells, times are Beijing time.",
)
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula, also where the file is turned into CSV."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write(
    target: Path | IO[bytes],
    rows: Rows,
    *,
    title: str,
    notes: Sequence[str] = (),
    sheets: Sequence[Sheet] = layout.SHEETS,
) -> None:
    """Writes a workbook with every sheet of the layout, or some; `rows` gives the values by field name."""
    with xlsxwriter.Workbook(target, {"in_memory": not isinstance(target, Path)}) as book:
        book.set_properties({"title": title, "created": CREATED})
        is_whole = tuple(sheets) == layout.SHEETS
        told = NOTES if is_whole else NOTES[1:3]
        _write_notes(book, "考试计划工作簿" if is_whole else title, (*told, *notes), sheets)
        for sheet in sheets:
            _write_sheet(book, sheet, list(rows.get(sheet.name, ())))


def template(*names: str) -> bytes:
    """The empty workbook to fill in, with the sheets of these names alone if any are given."""
    out = BytesIO()
    sheets = tuple(layout.sheet(name) for name in names) or layout.SHEETS
    write(out, {}, title="、".join(names) or "考试计划模板", sheets=sheets)
    return out.getvalue()


def table(title: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one plain table."""
    out = BytesIO()
    every = list(rows)
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet(title)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(len(every), 1), len(headers) - 1)
        style = book.add_format({"text_wrap": True, "valign": "top"})
        for i, header in enumerate(headers):
            page.write_string(0, i, header, _header(book))
            for r, row in enumerate(every, start=1):
                _write_cell(page, r, i, row[i], style)
            page.set_column(
                i, i, min(80, max(_shown_width(str(v)) for v in (header, *(row[i] for row in every))))
            )
    return out.getvalue()


def _header(book: Workbook, required: bool = True) -> Format:
    colour = "#1f4e79" if required else "#7f7f7f"
    return book.add_format({"bold": True, "font_color": "white", "bg_color": colour, "valign": "vcenter"})


def _write_notes(book: Workbook, title: str, notes: Sequence[str], sheets: Sequence[Sheet]) -> None:
    page = book.add_worksheet(layout.IGNORED)
    page.hide_gridlines(2)
    page.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 16}))
    for i, note in enumerate(notes, start=1):
        page.write_string(i, 0, note)
    top = len(notes) + 2
    page.write_row(top, 0, ("工作表", "列", "必填", "可填的值", "说明", "In English"), _header(book))
    bold, row = book.add_format({"bold": True, "top": 1}), top + 1
    for sheet in sheets:
        page.write_row(row, 0, (sheet.name, "", "", "", sheet.help.zh, sheet.help.en), bold)
        for i, column in enumerate(sheet.columns, start=1):
            page.write_row(row + i, 1, _explained(column))
        row += len(sheet.columns) + 1
    for i, width in enumerate((14, 18, 6, 30, 36, 44)):
        page.set_column(i, i, width)


def _explained(column: Column) -> tuple[str, ...]:
    need = "是" if column.required else ""
    return (column.name, need, "、".join(column.choices), column.help.zh, column.help.en)


def _write_sheet(book: Workbook, sheet: Sheet, rows: list[Row]) -> None:
    page = book.add_worksheet(sheet.name)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(rows), 1), len(sheet.columns) - 1)
    page.set_row(0, 22)
    for i, column in enumerate(sheet.columns):
        style = book.add_format({"num_format": NUMBER_FORMATS[column.kind]})
        values = [row.get(column.field) for row in rows]
        page.set_column(i, i, _width(column, values), style)
        page.write_string(0, i, column.name, _header(book, column.required))
        _validate(page, i, column, len(rows) + SPARE_ROWS)
        for r, value in enumerate(values, start=1):
            _write_cell(page, r, i, value, style)


def _write_cell(page: Worksheet, row: int, col: int, value: Any, style: Format) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        page.write_string(row, col, plain(value), style)
    elif isinstance(value, date):
        page.write_datetime(row, col, value, style)
    else:
        page.write_number(row, col, value, style)


def _validate(page: Worksheet, col: int, column: Column, last: int) -> None:
    if column.choices and not column.many:
        rule = {
            "validate": "list",
            "source": list(column.choices),
            "ignore_blank": not column.required,
            "error_title": column.name,
            "error_message": "请选择：" + "、".join(column.choices),
        }
        page.data_validation(1, col, last, col, rule)


def _width(column: Column, values: list[Any]) -> int:
    shown = [column.name, *(v for v in values if isinstance(v, str))]
    floor = 18 if column.kind == "datetime" else 11
    return min(44, max(floor, *map(_shown_width, shown)))


def _shown_width(text: str) -> int:
    """Characters that a cell takes, Chinese counted double."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text) + 3
