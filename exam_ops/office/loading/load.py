"""Loads a plan workbook: reads, checks, writes in one transaction, reports."""

from datetime import datetime
from pathlib import Path
from typing import IO

from django.db import transaction

from exam_ops.core import clock
from exam_ops.core.models import User
from exam_ops.office.loading import album, checking, reading
from exam_ops.office.loading.report import FileRefused, Problem, Problems, Result
from exam_ops.office.loading.writing import Writing, write
from exam_ops.rules.moments import UnreadableMoment, moment
from exam_ops.rules.text import Text

Source = IO[bytes] | Path | str
NO_ROWS = Text("没有任何一行。请填写考试计划。", "There is no row. Write the exam plan.")


def load(
    workbook: Source | bytes,
    *,
    now: datetime,
    actor: User | None,
    photos: Source | None = None,
    as_drill: bool = False,
    drill_at: str = "",
    hold_rosters: bool = False,
    check_only: bool = False,
) -> Result:
    """Loads `workbook` with the photos of `photos`; nothing is written when anything is wrong (E5).

    `as_drill` overrides the kind of every plan; `drill_at` (`T-30m`) is where the clock of a *new* drill
    begins, counted from its first unit. `hold_rosters` leaves rows of 监考编排 out whose proctor is not certified yet
    (B2), each named. `check_only` reports what a load would do. Raises `FileRefused`
    (field and reason) when a file or an option is unusable as a whole.
    """
    began = clock.monotonic()
    if drill_at:
        _check_moment(drill_at, now)
    problems = Problems()
    book = reading.read(_bytes(workbook), problems)
    if not book["考试计划"] and "考试计划" not in book.broken:
        problems.errors.add(Problem("考试计划", None, "", NO_ROWS))
    checking.check(book, problems, as_drill=as_drill, hold_rosters=hold_rosters)
    result = Result(check_only=check_only, problems=problems)
    with album.read(_openable(photos), book, problems) as pictures:
        writing = Writing(book, pictures, problems, now, actor, as_drill, drill_at)
        if not problems.errors:
            _write(writing, check_only=check_only)
        _tell(result, writing)
    result.seconds = clock.monotonic() - began
    return result


def _write(writing: Writing, *, check_only: bool) -> None:
    with transaction.atomic():
        write(writing)
        if writing.problems.errors or check_only:
            transaction.set_rollback(True)
        else:
            writing.album.store()


def _tell(result: Result, writing: Writing) -> None:
    result.photos = writing.album.counts
    if result.ok:
        result.counts, result.removed = writing.counts(), dict(writing.gone)
        result.plan_codes = [row["code"] for row in writing.book["考试计划"]]


def _check_moment(expression: str, now: datetime) -> None:
    try:
        moment(expression, now, now)
    except UnreadableMoment:
        reason = Text(
            f"读不懂“{expression[:20]}”。请写成 T-30m、T-2h、T+10m 这样的形式。",
            f"“{expression[:20]}” is no moment. Write it like T-30m, T-2h or T+10m.",
        )
        raise FileRefused("drill_at", "unreadable_moment", reason) from None


def _bytes(workbook: Source | bytes) -> bytes:
    if isinstance(workbook, bytes):
        return workbook
    return Path(workbook).read_bytes() if isinstance(workbook, str | Path) else workbook.read()


def _openable(source: Source | None) -> IO[bytes] | str | None:
    return str(source) if isinstance(source, Path) else source
