"""A small plan workbook: two sites of two branches with six rooms each, two units."""

from pathlib import Path
from typing import Any

import xlsxwriter

SITES = {"A1": "A", "B1": "B"}
ROOMS = ("01", "02", "03", "04", "05", "06")
UNITS = ("U1", "U2")
SEATS = 9

HEADERS = {
    "试卷": ("试卷号", "考试时长(分钟)"),
    "考点": ("考点代码", "分部", "地址"),
    "考生编排": (
        "单元",
        "学号",
        "姓名",
        "证件号码",
        "准考证号",
        "试卷号",
        "考点",
        "考场",
        "座位号",
        "学习中心",
    ),
    "账号": ("用户名", "角色", "范围"),
    "监考教师": ("工号", "实名认证"),
    "监考编排": ("单元", "考点", "考场", "工号", "职责"),
}


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each sheet, in the order of `HEADERS`."""
    places = [(site, room) for site in SITES for room in ROOMS]
    people = [_person(unit, site, room, n) for unit in UNITS for site, room in places for n in range(SEATS)]
    duties = [
        (unit, site, room, f"t{site}{room}{letter}", duty)
        for unit in UNITS
        for site, room in places
        for letter, duty in (("a", "主监考"), ("b", "副监考"))
    ]
    return {
        "试卷": [("9101", 90), ("9103", 60)],
        "考点": [(site, branch, f"示例路 {site}") for site, branch in SITES.items()],
        "考生编排": people,
        "监考教师": [(d[3], "已认证") for d in duties],
        "监考编排": duties,
        "账号": [(f"officer{site}", "学习中心考务管理员", f"C{site}") for site in SITES],
    }


def _person(unit: str, site: str, room: str, n: int) -> tuple[Any, ...]:
    key = f"{site}{room}{n}"
    paper = "9101" if n % 2 else "9103"
    return (
        unit,
        f"25{key}",
        f"考生{n}",
        f"99900119990101{room}{n}X",
        f"{unit}{key}",
        paper,
        site,
        room,
        f"{n:02d}",
        f"C{site}",
    )


def write(path: Path) -> Path:
    """Writes the workbook and returns its path."""
    with xlsxwriter.Workbook(path) as book:
        for name, content in rows().items():
            page = book.add_worksheet(name)
            for i, row in enumerate([HEADERS[name], *content]):
                page.write_row(i, 0, row)
    return path


def accounts() -> list[dict[str, Any]]:
    """Everybody of var/demo.json who plays a part."""

    def account(
        username: str, role: str, branch: str | None = None, site: str | None = None
    ) -> dict[str, Any]:
        scope = {"branch": branch, "site": site, "rooms": []}
        return {"username": username, "password": "x", "role": role, "scope": scope}

    offices = [
        account("hq1", "hq"),
        account("bA", "branch_officer", "A"),
        account("bB", "branch_officer", "B"),
    ]
    for site, branch in SITES.items():
        offices += [
            account(f"chief{site}", "chief", branch, site),
            account(f"admin{site}", "site_admin", branch, site),
        ]
    offices += [account(f"officer{site}", "centre_officer", branch, site) for site, branch in SITES.items()]
    proctors = sorted({(d[3], d[1]) for d in rows()["监考编排"]})
    return offices + [account(name, "proctor", SITES[site], site) for name, site in proctors]
