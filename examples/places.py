"""The fictional places and times of the example: plan, units, papers, branches, centres, sites, rooms, addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random
from typing import Any

PLAN = "2025秋-网考"
DAY = date(2025, 12, 6)
UNITS = (
    ("U1", "12月6日第一单元", datetime.combine(DAY, time(8, 30)), datetime.combine(DAY, time(10, 0))),
    ("U2", "12月6日第二单元", datetime.combine(DAY, time(10, 30)), datetime.combine(DAY, time(12, 0))),
)
PAPERS = (
    ("9101", "管理学基础（示例）", 90, "否"),
    ("9102", "公共英语（示例，含听力）", 90, "是"),
    ("9103", "法学概论（示例）", 60, "否"),
    ("9104", "计算机应用基础（示例）", 60, "否"),
    ("9105", "社会调查方法（示例）", 90, "否"),
)
LISTENING = "9102"
SILENT_PAPERS = tuple(p[0] for p in PAPERS if p[0] != LISTENING)
BRANCHES = (
    ("901", "示例省东海分部", "000-90100001"),
    ("902", "示例省云岭分部", "000-90200001"),
    ("903", "示例省江北分部", "000-90300001"),
)
CENTRES = (
    ("9010001", "东海第一学习中心"),
    ("9010002", "东海第二学习中心"),
    ("9010003", "东海滨港学习中心"),
    ("9010004", "东海盐田学习中心"),
    ("9020001", "云岭第一学习中心"),
    ("9020002", "云岭第二学习中心"),
    ("9020003", "云岭山口学习中心"),
    ("9030001", "江北第一学习中心"),
    ("9030002", "江北第二学习中心"),
    ("9030003", "江北芦荡学习中心"),
)


@dataclass(frozen=True, slots=True)
class Site:
    code: str
    name: str
    address: str
    kind: str
    centre_codes: str
    rooms: int
    bandwidth: tuple[int, int]  # Mb/s up, down; the least at 90203, too little for its seats
    spares: tuple[str, ...]  # certification of the proctors beyond two per room
    test_range: str  # an address of a documentation range

    @property
    def branch(self) -> str:
        return self.code[:3]

    @property
    def centres(self) -> list[str]:
        return self.centre_codes.split(",")


_EAST, _WEST, _SOUTH = "示例省示例东市", "示例省示例西市", "示例省示例南市"
_ONE, _TWO = ("已认证",), ("已认证", "未认证")
# fmt: off
SITES = (
    Site("90101", "东海第一考点", _EAST + "虚构路1号", "正式", "9010001,9010002", 6, (120, 1000), _ONE, "203.0.113.11/32"),
    Site("90102", "东海第二考点", _EAST + "样例街22号", "正式", "9010003", 5, (100, 1000), _TWO, "203.0.113.12/32"),
    Site("90103", "东海滨港考点", _EAST + "假想道33号", "临时", "9010003,9010004", 4, (60, 500), _ONE, "203.0.113.13/32"),
    Site("90201", "云岭第一考点", _WEST + "虚构路4号", "正式", "9020001", 6, (120, 1000), _ONE, "203.0.113.21/32"),
    Site("90202", "云岭第二考点", _WEST + "样例街55号", "正式", "9020002", 5, (100, 1000), _ONE, "203.0.113.22/32"),
    Site("90203", "云岭山口考点", _WEST + "假想道66号", "临时", "9020002,9020003", 4, (30, 200), _TWO, "2001:db8:9023::/48"),
    Site("90301", "江北第一考点", _SOUTH + "虚构路7号", "正式", "9030001,9030002", 5, (100, 1000), _ONE, "203.0.113.31/32"),
    Site("90302", "江北第二考点", _SOUTH + "样例街88号", "正式", "9030002,9030003", 5, (100, 1000), _ONE, "2001:db8:9032::/48"),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Room:
    site: Site
    number: str
    seats: int


def rooms(dice: Random) -> list[Room]:
    """Every room of every site, with 24 to 30 seats."""
    return [Room(s, f"{n:02d}", dice.randint(24, 30)) for s in SITES for n in range(1, s.rooms + 1)]


def rows(rooms: list[Room]) -> dict[str, list[dict[str, Any]]]:
    """The rows of every sheet that names no person."""
    plan = {
        "code": PLAN,
        "name": "2025年秋季学期期末网络考试（示例）",
        "type": "正式考试",
        "mode": "网考",
        "starts_on": date(2025, 12, 5),
        "ends_on": date(2026, 1, 16),
    }
    return {
        "考试计划": [plan],
        "时间单元": [
            {"plan": PLAN, **dict(zip(("code", "name", "start", "end"), u, strict=True))} for u in UNITS
        ],
        "试卷": [
            {"plan": PLAN, **dict(zip(("paper_no", "name", "minutes", "listening"), p, strict=True))}
            for p in PAPERS
        ],
        "分部": [dict(zip(("code", "name", "duty_phone"), b, strict=True)) for b in BRANCHES],
        "学习中心": [{"code": code, "name": name, "branch": code[:3]} for code, name in CENTRES],
        "考点": [_site_row(s) for s in SITES],
        "考场": [
            {
                "site": r.site.code,
                "number": r.number,
                "name": f"{r.site.name}机房{r.number}",
                "seats": r.seats,
            }
            for r in rooms
        ],
        "公网IP": [row for s in SITES for row in _addresses(s)],
    }


def _site_row(site: Site) -> dict[str, Any]:
    return {
        "code": site.code,
        "name": site.name,
        "branch": site.branch,
        "address": site.address,
        "kind": site.kind,
        "status": "正常",
        "centres": site.centre_codes,
        "uplink_mbps": site.bandwidth[0],
        "downlink_mbps": site.bandwidth[1],
    }


def _addresses(site: Site) -> Iterator[dict[str, Any]]:
    for address, carrier in (("127.0.0.1/32", "演练"), ("::1/128", "演练"), (site.test_range, "示例网络")):
        yield {
            "site": site.code,
            "address": address,
            "carrier": carrier,
            "valid_from": date(2025, 11, 1),
        }
