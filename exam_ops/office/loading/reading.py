"""A workbook's bytes as typed rows; what can't be read is reported with sheet, row and column."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from exam_ops.office import layout
from exam_ops.office.layout import Column, Sheet
from exam_ops.office.loading import guard, lengths
from exam_ops.office.loading.book import Book, Row
from exam_ops.office.loading.cells import UnreadableCell, clean, convert, is_blank, same_width
from exam_ops.office.loading.report import Problem, Problems
from exam_ops.rules.text import Text

PLANS = "考试计划"


def read(data: bytes, problems: Problems, *, only: str = "") -> Book:
    """The workbook's rows, or those of the sheet `only`; raises `FileRefused` when it is none or lacks the sheet."""
    guard.look(data)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        book = _read_sheets(workbook, problems, only)
    except (CalamineError, OSError, ValueError):
        raise guard.refuse(
            "not_a_workbook",
            "这个工作簿读不出来，可能已损坏。请用 Excel 打开并另存为 .xlsx 后重新选择。",
            "This workbook can't be read; it may be damaged. Open it in Excel, save it as .xlsx and choose it again.",
        ) from None
    due = only or PLANS
    if due not in book and not problems.errors:
        raise guard.refuse(
            "no_sheet" if only else "no_plan",
            f"工作簿里没有“{due}”工作表。请使用模板，工作表名不可改。",
            f"The workbook has no sheet {due}. Use the template and keep its sheet names.",
        )
    return book


def _read_sheets(workbook: CalamineWorkbook, problems: Problems, only: str) -> Book:
    names = {same_width(clean(name)): name for name in workbook.sheet_names}
    for name in layout.unknown_sheets(names):
        problems.errors.add(Problem(name, None, "", _unknown_sheet(name)))
    book = Book()
    for sheet in layout.SHEETS:
        if sheet.name in names and only in ("", sheet.name):
            table = workbook.get_sheet_by_name(names[sheet.name]).to_python(skip_empty_area=False)
            book.sheets[sheet.name] = list(_rows(sheet, table, book, problems))
    return book


def _unknown_sheet(name: str) -> Text:
    close = get_close_matches(name, [s.name for s in layout.SHEETS], n=1)
    return Text(
        f"不认识的工作表。是否应为“{close[0]}”？"
        if close
        else "不认识的工作表。请删除，或改回模板中的名称。",
        f"Unknown sheet. Is it {close[0]}?"
        if close
        else "Unknown sheet. Delete it or give it its name in the template.",
    )


def _rows(sheet: Sheet, table: Sequence[Sequence[Any]], book: Book, problems: Problems) -> Iterable[Row]:
    columns = _columns(sheet, table[0] if table else [], problems)
    there = {c.field for c in columns.values()}
    if not there.issuperset(sheet.key):
        book.broken.add(sheet.name)
        return
    for number, cells in enumerate(table[1:], start=2):
        if all(is_blank(cell) for cell in cells):
            continue
        yield _row(sheet, number, columns, cells, problems)


def _columns(sheet: Sheet, header: Sequence[Any], problems: Problems) -> Mapping[int, Column]:
    """The layout's columns by their place in the workbook."""
    ours = {same_width(c.name): c for c in sheet.columns}
    found: dict[int, Column] = {}
    for place, cell in enumerate(header):
        if is_blank(cell):
            continue
        name = clean(str(cell))
        column = ours.get(same_width(name))
        if column is None:
            problems.errors.add(Problem(sheet.name, 1, name[:40], _unknown_column(sheet, name)))
        elif column in found.values():
            problems.errors.add(
                Problem(
                    sheet.name,
                    1,
                    name,
                    Text("这一列出现了两次。请删去一列。", "This column stands twice. Delete one."),
                )
            )
        else:
            found[place] = column
    for name in sheet.missing(c.name for c in found.values()):
        problems.errors.add(
            Problem(
                sheet.name,
                1,
                name,
                Text("缺少必填的列。请按模板补上。", "A required column is missing. Add it."),
            )
        )
    return found


def _unknown_column(sheet: Sheet, name: str) -> Text:
    close = get_close_matches(name, sheet.headers, n=1)
    return Text(
        f"不认识的列。是否应为“{close[0]}”？" if close else "不认识的列。请删除，或改回模板中的列名。",
        f"Unknown column. Is it {close[0]}?"
        if close
        else "Unknown column. Delete it or give it its name in the template.",
    )


def _row(
    sheet: Sheet, number: int, columns: Mapping[int, Column], cells: Sequence[Any], problems: Problems
) -> Row:
    values: dict[str, Any] = {}
    row = Row(sheet.name, number, values)
    for place, column in columns.items():
        cell = cells[place] if place < len(cells) else None
        try:
            values[column.field] = _value(sheet, column, cell)
        except UnreadableCell as error:
            problems.error(row, column.field, error.reason)
    return row


def _value(sheet: Sheet, column: Column, cell: Any) -> Any:
    if is_blank(cell):
        if column.required:
            raise UnreadableCell("不能为空。", "May not be empty.")
        return [] if column.many else None
    value = convert(column, cell)
    if column.field == "id_no":
        value = value.upper()
    longest = lengths.of(sheet.name, column.field)
    for part in value if isinstance(value, list) else [value]:
        if longest and isinstance(part, str) and len(part) > longest:
            raise UnreadableCell(f"过长：最多 {longest} 个字。", f"Too long: at most {longest} characters.")
    return value
