"""Looks at a workbook from outside, before a parser allocates what a hostile one asks for.

An .xlsx is a ZIP: it may inflate without end, and one cell at XFD1048576 makes a dense table of 17 billion.
"""

import re
import zipfile
from io import BytesIO

from django.conf import settings

from exam_ops.office.loading.report import FileRefused
from exam_ops.rules.text import Text

MAX_INFLATED = 800 * 1024 * 1024  # bytes, all parts together
MAX_PARTS = 500
MAX_ROWS = 300_000
MAX_COLUMNS = 60
MAX_CELLS = 4_000_000  # of one sheet's rectangle, which the parser lays out in full
CHUNK = 1024 * 1024
OVERLAP = 200  # bytes kept of a chunk, so that a cell's tag is not cut in two
CELL = re.compile(rb"""<(?:\w+:)?(?:c|row)\b[^<>]*?\sr\s*=\s*["']\s*([A-Za-z]{0,8})([0-9]{1,12})""")


def refuse(code: str, zh: str, en: str) -> FileRefused:
    return FileRefused("workbook", code, Text(zh, en))


def look(data: bytes) -> None:
    """Raises `FileRefused` unless `data` is an .xlsx of bearable size."""
    limit = settings.MAX_WORKBOOK_BYTES
    if len(data) > limit:
        raise refuse(
            "too_large",
            f"工作簿超过 {limit // 2**20} MB。请分成几个工作簿载入。",
            f"The workbook is larger than {limit // 2**20} MB. Load it in parts.",
        )
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _look_inside(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        if isinstance(error, FileRefused):
            raise
        raise _not_a_workbook() from None


def _not_a_workbook() -> FileRefused:
    return refuse(
        "not_a_workbook",
        "这个文件不是 Excel 工作簿（.xlsx），或者已损坏、有密码。请用 Excel 另存为 .xlsx 后重新选择。",
        "This file is no Excel workbook (.xlsx), or it is damaged or has a password. Save it as .xlsx and choose it again.",
    )


def _look_inside(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        raise _not_a_workbook()
    if len(parts) > MAX_PARTS or sum(p.file_size for p in parts) > MAX_INFLATED:
        raise refuse(
            "inflates_too_far",
            "工作簿解压后过大，没有载入。请删去无关的工作表和图片。",
            "The workbook inflates too far and was not loaded. Remove sheets and pictures that don't belong.",
        )
    for part in parts:
        _walk(archive, part)


def _walk(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Inflates a part (its checksum is compared at the end) and looks where its cells stand."""
    is_sheet = part.filename.lower().startswith("xl/worksheets/") and part.filename.lower().endswith(".xml")
    tail, farthest = b"", (0, 0)
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            if is_sheet:
                farthest = _measure(tail + chunk, *farthest)
                tail = chunk[-OVERLAP:]


def _measure(chunk: bytes, rows: int, columns: int) -> tuple[int, int]:
    """The farthest row and column so far; raises `FileRefused` when they lie too far out."""
    for letters, digits in CELL.findall(chunk):
        rows, columns = max(rows, int(digits)), max(columns, _column(letters))
        if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
            place = (letters + digits).decode()
            raise refuse(
                "too_many_cells",
                f"工作簿的 {place} 有内容：最多 {MAX_ROWS} 行、{MAX_COLUMNS} 列。请删除多余的行和列，或分成几个工作簿。",
                f"There is something at {place}: at most {MAX_ROWS} rows and {MAX_COLUMNS} columns. Delete the rest.",
            )
    return rows, columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
