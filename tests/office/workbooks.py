"""Small workbooks built from the layout: a sound one, changed by each test in one place."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import xlsxwriter
from PIL import Image

from exam_ops.core.fields import blind_index
from exam_ops.core.models import Branch, ExamSite, ProctorProfile, User
from exam_ops.office import layout
from exam_ops.rules.certification import document_of

PLAN = "P9"
Rows = dict[str, list[dict[str, Any]]]

SOUND: Rows = {
    "考试计划": [
        {"code": PLAN, "name": "示例计划", "type": "正式考试", "mode": "网考", "starts_on": date(2026, 1, 5),
         "ends_on": date(2026, 1, 9)}
    ],
    "时间单元": [
        {"plan": PLAN, "code": "U1", "name": "第一单元", "start": datetime.fromisoformat("2026-01-06 08:30"),
         "end": datetime.fromisoformat("2026-01-06 10:00")},
        {"plan": PLAN, "code": "U2", "name": "第二单元", "start": datetime.fromisoformat("2026-01-06 10:30"),
         "end": datetime.fromisoformat("2026-01-06 12:00")},
    ],
    "试卷": [
        {"plan": PLAN, "paper_no": "1357", "name": "课程一", "minutes": 60, "listening": "否"},
        {"plan": PLAN, "paper_no": "2149", "name": "课程二", "minutes": 90, "listening": "否"},
    ],
    "分部": [{"code": "901", "name": "东海分部", "duty_phone": "000-1"}],
    "学习中心": [{"code": "9010001", "name": "东海中心", "branch": "901"}],
    "考点": [
        {"code": "90101", "name": "东海考点", "branch": "901", "address": "虚构路1号", "kind": "正式",
         "status": "正常", "centres": "9010001", "uplink_mbps": 100, "downlink_mbps": 500,
         "latitude": 30.27, "longitude": 120.15}
    ],
    "考场": [
        {"site": "90101", "number": "01", "name": "1号楼", "seats": 30},
        {"site": "90101", "number": "02", "name": "2号楼", "seats": 30},
    ],
    "考生编排": [
        {"plan": PLAN, "unit": "U1", "student_no": f"25901012000{n:02d}", "name": f"考生{n}",
         "id_no": f"99900019990101{n:04d}", "ticket_no": f"W{n:03d}", "paper_no": "1357" if n % 2 else "2149",
         "site": "90101", "room": "01", "seat_no": f"{n:02d}", "centre": "9010001"}
        for n in range(1, 5)
    ],
    "监考教师": [
        {"username": "t01", "name": "甲一", "id_no": "999000198001010010", "phone": "14200000001",
         "site": "90101", "certified": "已认证"},
        {"username": "t02", "name": "乙二", "id_no": "999000198001010029", "phone": "", "site": "90101",
         "certified": "已认证"},
    ],
    "监考编排": [
        {"plan": PLAN, "unit": "U1", "site": "90101", "room": "01", "username": "t01", "duty": "主监考"},
        {"plan": PLAN, "unit": "U1", "site": "90101", "room": "01", "username": "t02", "duty": "副监考"},
    ],
    "公网IP": [{"site": "90101", "address": "202.112.0.36", "carrier": "教育网", "valid_from": date(2025, 11, 1)}],
    "账号": [
        {"username": "hq9", "name": "总一", "role": "总部", "initial_password": "Long-enough-4711"},
        {"username": "b9", "name": "分一", "role": "分部考务", "scope": "901", "rights": "考风考纪、值班"},
        {"username": "z9", "name": "主一", "role": "主考", "scope": "90101"},
    ],
}  # fmt: skip


def compare_proctors() -> None:
    """The workbook's proctors as they stand once somebody has compared them: only such are rostered (B2)."""
    row = SOUND["考点"][0]
    branch = Branch.objects.create(code=row["branch"], name="东海分部", duty_phone="000-1")
    site = ExamSite.objects.create(code=row["code"], name=row["name"], branch=branch)
    for row in SOUND["监考教师"]:
        ProctorProfile.objects.create(
            user=User.objects.create_user(row["username"], name=row["name"]),
            site=site,
            id_no=row["id_no"],
            id_no_index=blind_index(row["id_no"]),
            document=document_of(row["id_no"]),
            phone=row["phone"],
            claimed=True,
            status="certified",
            source="person",
        )


def sound() -> Rows:
    return deepcopy(SOUND)


def changed(sheet: str, row: int, **values: Any) -> Rows:
    """The sound workbook with some cells of one row (counted from 0) changed."""
    rows = sound()
    rows[sheet][row].update(values)
    return rows


def build(
    rows: Rows, *, headers: Mapping[str, Iterable[str]] | None = None, sheets: Iterable[str] = ()
) -> bytes:
    """An .xlsx; `headers` replaces a sheet's header, `sheets` adds sheets that nobody knows."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        for name in rows:
            sheet = layout.sheet(name)
            page = book.add_worksheet(name)
            names = list((headers or {}).get(name, sheet.headers))
            page.write_row(0, 0, names)
            for r, row in enumerate(rows[name], start=1):
                for c, header in enumerate(names):
                    column = sheet.column(header)
                    value = row.get(column.field if column else header)
                    if value not in (None, ""):
                        page.write(r, c, value) if not isinstance(value, str) else page.write_string(
                            r, c, value
                        )
        for name in sheets:
            book.add_worksheet(name)
    return out.getvalue()


def jpeg(colour: str = "#aabbcc", size: tuple[int, int] = (60, 80)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def zipped(files: Mapping[str, bytes]) -> BytesIO:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    out.seek(0)
    return out
