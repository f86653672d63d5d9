"""What the callers know from the plan's workbook: who sits where, and the secrets that no API gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from python_calamine import CalamineWorkbook


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sitting of the sheet 考生编排; `room` and `seat` are empty while not arranged."""

    unit: str
    ticket_no: str
    student_no: str
    name: str
    last4: str  # of the ID number
    paper_no: str
    minutes: int  # of the paper
    site: str
    room: str
    seat: str
    centre: str  # learning centre


@dataclass(frozen=True, slots=True)
class Duty:
    """One row of the sheet 监考编排."""

    unit: str
    site: str
    room: str
    username: str
    is_lead: bool


@dataclass(frozen=True)
class Book:
    """The workbook as the callers need it."""

    candidates: tuple[Candidate, ...]
    duties: tuple[Duty, ...]
    addresses: dict[str, str]  # site → address
    branches: dict[str, str]  # site → branch
    uncertified: frozenset[str]  # proctors
    centre_officers: dict[str, str]  # learning centre → user name of its exam officer

    @cached_property
    def by_ticket(self) -> dict[tuple[str, str], Candidate]:
        """(unit, ticket) → candidate."""
        return {(c.unit, c.ticket_no): c for c in self.candidates}

    def proctors(self, unit: str) -> dict[tuple[str, str], list[str]]:
        """(site, room) → user names of its proctors in a unit, the lead first."""
        found: dict[tuple[str, str], list[str]] = {}
        for duty in sorted(self.duties, key=lambda d: not d.is_lead):
            if duty.unit == unit:
                found.setdefault((duty.site, duty.room), []).append(duty.username)
        return dict(sorted(found.items()))


def read(path: Path) -> Book:
    """Reads a plan workbook. KeyError names a sheet or column that is not there."""
    book = CalamineWorkbook.from_path(str(path))
    minutes = {r["试卷号"]: int(float(r["考试时长(分钟)"])) for r in _rows(book, "试卷")}
    sites = list(_rows(book, "考点"))
    officers = [r for r in _rows(book, "账号") if r["角色"] == "学习中心考务管理员"]
    return Book(
        candidates=tuple(_candidate(r, minutes) for r in _rows(book, "考生编排")),
        duties=tuple(
            Duty(r["单元"], r["考点"], r["考场"], r["工号"], r["职责"] == "主监考")
            for r in _rows(book, "监考编排")
        ),
        addresses={r["考点代码"]: r["地址"] for r in sites},
        branches={r["考点代码"]: r["分部"] for r in sites},
        uncertified=frozenset(r["工号"] for r in _rows(book, "监考教师") if r["实名认证"] == "未认证"),
        centre_officers={r["范围"]: r["用户名"] for r in officers},
    )


def _candidate(row: dict[str, str], minutes: dict[str, int]) -> Candidate:
    return Candidate(
        unit=row["单元"],
        ticket_no=row["准考证号"],
        student_no=row["学号"],
        name=row["姓名"],
        last4=row["证件号码"][-4:],
        paper_no=row["试卷号"],
        minutes=minutes[row["试卷号"]],
        site=row["考点"],
        room=row["考场"],
        seat=row["座位号"],
        centre=row["学习中心"],
    )


def _rows(book: CalamineWorkbook, sheet: str) -> Iterator[dict[str, str]]:
    """The rows of a sheet as header → text."""
    if sheet not in book.sheet_names:
        raise KeyError(sheet)
    rows = iter(book.get_sheet_by_name(sheet).to_python())
    headers = [str(cell).strip() for cell in next(rows, [])]
    for row in rows:
        if any(cell not in ("", None) for cell in row):
            yield dict(zip(headers, (str(cell).strip() for cell in row), strict=False))
