"""The sheets and columns of an exam plan workbook: one table for loader, template, export and example.

A new column is one line below. Sheets stand in load order: what a column `refers` to stands in an earlier
sheet. Nothing here reads or writes a file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Literal

from exam_ops.rules.certification import DOCUMENT_WORDS
from exam_ops.rules.text import Text

Kind = Literal["text", "id_text", "int", "decimal", "degrees", "date", "time", "datetime", "choice", "bool"]

IGNORED = "说明"  # the sheet of explanations: for people, never loaded


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Chinese header, the field that it fills and what a cell may hold.

    `required`: the column must be there and no cell of it may be empty. `choices`: label → code, a `bool`
    for yes and no. `many`: a list, separated by `,`, `，` or `、`. `refers`: the sheet whose row is named:
    the cell is the last field of that sheet's key, the others are this row's fields of the same name.
    """

    name: str
    field: str
    kind: Kind
    help: Text
    required: bool = True
    choices: Mapping[str, str | bool] = dataclass_field(default_factory=dict, hash=False)
    refers: str = ""
    many: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its columns in order and the fields (`key`) that make a row unique."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    help: Text

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    def column(self, header: str) -> Column | None:
        """The column under this header; None when the layout does not know it."""
        return next((c for c in self.columns if c.name == header), None)

    def unknown(self, found: Iterable[str]) -> tuple[str, ...]:
        """Those of the headers found in a workbook that this sheet does not have."""
        return tuple(h for h in found if h not in self.headers)

    def missing(self, found: Iterable[str]) -> tuple[str, ...]:
        """The required headers that a workbook lacks."""
        there = set(found)
        return tuple(c.name for c in self.columns if c.required and c.name not in there)


def _must(name: str, field: str, kind: Kind, zh: str, en: str, **more: Any) -> Column:
    return Column(name, field, kind, Text(zh, en), **more)


def _may(name: str, field: str, kind: Kind, zh: str, en: str, **more: Any) -> Column:
    return Column(name, field, kind, Text(zh, en), required=False, **more)


def _sheet(name: str, key: str, zh: str, en: str, *columns: Column) -> Sheet:
    return Sheet(name, tuple(key.split()), columns, Text(zh, en))


PLAN_TYPES = {"正式考试": "real", "模拟考试": "mock", "演练": "drill"}
PLAN_MODES = {"网考": "cbe", "纸考": "paper"}
SITE_KINDS = {"正式": "formal", "临时": "temporary"}
SITE_STATES = {"正常": "normal", "暂停组考": "suspended", "撤销": "revoked"}
PROCTOR_DUTIES = {"主监考": "lead", "副监考": "second"}
OFFICER_RIGHTS = {"考风考纪": "integrity", "值班": "duty"}
CERTIFIED = {"已认证": True, "未认证": False}
DOCUMENTS = {words.zh: document.value for document, words in DOCUMENT_WORDS.items()}
YES_NO = {"是": True, "否": False}
ROLES = {
    "总部": "hq",
    "分部考务": "branch_officer",
    "考点管理员": "site_admin",
    "主考": "chief",
    "监考教师": "proctor",
    "学习中心考务管理员": "centre_officer",
    "技术支持": "support",
    "巡考": "inspector",
    "考生": "candidate",
}

_PLAN = _must("计划代码", "plan", "id_text", "考试计划的计划代码", "Code of the exam plan", refers="考试计划")
_UNIT = _must("单元", "unit", "id_text", "时间单元的单元代码", "Code of the time unit", refers="时间单元")
_BRANCH = _must("分部", "branch", "id_text", "分部代码", "Code of the branch", refers="分部")
_SITE = _must("考点", "site", "id_text", "考点代码", "Code of the exam site", refers="考点")
_PERSON = _must("姓名", "name", "text", "与证件一致", "As on the document")
_ID_NO = _must("证件号码", "id_no", "id_text", "文本单元格；加密保存", "A text cell; stored encrypted")

SHEETS: tuple[Sheet, ...] = (
    _sheet(
        "考试计划",
        "code",
        "一行一个考试计划",
        "One row per exam plan",
        _must("计划代码", "code", "id_text", "如 2025秋-网考", "Such as 2025秋-网考"),
        _must("计划名称", "name", "text", "页面上显示的名称", "The name shown on pages"),
        _must("类型", "type", "choice", "正式、模拟或演练", "Real, mock or drill", choices=PLAN_TYPES),
        _must("形式", "mode", "choice", "网考或纸考", "Online or paper", choices=PLAN_MODES),
        _must("开始日期", "starts_on", "date", "考试窗口的第一天", "First day of the window"),
        _must("结束日期", "ends_on", "date", "窗口的最后一天（含）", "Its last day, included"),
    ),
    _sheet(
        "时间单元",
        "plan code",
        "一行一个时间单元，在计划的日期之内",
        "One row per time unit, inside the dates of its plan",
        _PLAN,
        _must("单元代码", "code", "id_text", "计划内唯一，如 U1", "Unique in its plan, such as U1"),
        _must("单元名称", "name", "text", "如 12月6日第一单元", "Such as 6 December, first unit"),
        _must("开始时间", "start", "datetime", "北京时间", "Beijing time"),
        _must("结束时间", "end", "datetime", "北京时间，晚于开始", "Beijing time, after the start"),
    ),
    _sheet(
        "试卷",
        "plan paper_no",
        "一行一份试卷",
        "One row per paper",
        _PLAN,
        _must("试卷号", "paper_no", "id_text", "4 或 5 位数字", "4 or 5 digits"),
        _must("试卷名称", "name", "text", "课程名称", "Name of the course"),
        _must("考试时长(分钟)", "minutes", "int", "如 60、90", "Such as 60 or 90"),
        _must("听力", "listening", "bool", "是否含听力", "Whether it has listening", choices=YES_NO),
    ),
    _sheet(
        "分部",
        "code",
        "一行一个分部（学院）",
        "One row per branch",
        _must("分部代码", "code", "id_text", "3 位，同学号第 3 至 5 位", "3 digits, as in student numbers"),
        _must("分部名称", "name", "text", "全称", "Full name"),
        _may("值班电话", "duty_phone", "id_text", "考试期间有人接听", "Answered in exams"),
    ),
    _sheet(
        "学习中心",
        "code",
        "一行一个学习中心",
        "One row per learning centre",
        _must("学习中心代码", "code", "id_text", "7 位数字", "7 digits"),
        _must("学习中心名称", "name", "text", "全称", "Full name"),
        _BRANCH,
    ),
    _sheet(
        "考点",
        "code",
        "一行一个考点",
        "One row per exam site",
        _must("考点代码", "code", "id_text", "全国唯一", "Unique in the country"),
        _must("考点名称", "name", "text", "全称", "Full name"),
        _BRANCH,
        _must("地址", "address", "text", "准考证上的地址", "The address printed on tickets"),
        _must("类别", "kind", "choice", "正式或临时", "Formal or temporary", choices=SITE_KINDS),
        _must("状态", "status", "choice", "正常的才组考", "Only normal ones sit", choices=SITE_STATES),
        _may(
            "学习中心",
            "centres",
            "id_text",
            "代码，逗号分隔",
            "Codes, with commas",
            refers="学习中心",
            many=True,
        ),
        _may("上行带宽", "uplink_mbps", "decimal", "Mb/s", "Mb/s"),
        _may("下行带宽", "downlink_mbps", "decimal", "Mb/s", "Mb/s"),
        _may(
            "纬度",
            "latitude",
            "degrees",
            "北纬为正，如 30.27（WGS-84）",
            "North positive, such as 30.27 (WGS 84)",
        ),
        _may(
            "经度",
            "longitude",
            "degrees",
            "东经为正，如 120.15（WGS-84）",
            "East positive, such as 120.15 (WGS 84)",
        ),
    ),
    _sheet(
        "考场",
        "site number",
        "一行一个考场",
        "One row per exam room",
        _SITE,
        _must("考场编号", "number", "id_text", "考点内唯一，如 01", "Unique in its site, such as 01"),
        _may("考场名称/位置", "name", "text", "如 1号楼201机房", "Such as building 1, 201"),
        _must("机位数", "seats", "int", "可用机位（座位）数", "Usable machines or desks"),
    ),
    _sheet(
        "考生编排",
        "plan unit student_no",
        "一行一个科次：一名考生在一个单元考一份试卷",
        "One row per sitting: a candidate, a unit, a paper",
        _PLAN,
        _UNIT,
        _must("学号", "student_no", "id_text", "13 位数字，照片文件名", "13 digits, the name of the photo"),
        _PERSON,
        _ID_NO,
        _must("准考证号", "ticket_no", "id_text", "同一计划内一人一号", "One per candidate and plan"),
        _must("试卷号", "paper_no", "id_text", "试卷的试卷号", "Number of the paper", refers="试卷"),
        _SITE,
        _may("考场", "room", "id_text", "空着表示尚未安排", "Empty: no room arranged yet", refers="考场"),
        _may("座位号", "seat_no", "id_text", "有考场时必填", "Due with a room, once in a unit"),
        _must("学习中心", "centre", "id_text", "考生所属", "The candidate's", refers="学习中心"),
        _may("留考", "held_over", "bool", "冲突科目顺延至此", "A clashing paper moved here", choices=YES_NO),
    ),
    _sheet(
        "监考教师",
        "username",
        "一行一名监考教师",
        "One row per proctor",
        _must("工号", "username", "id_text", "登录用户名", "The user name"),
        _PERSON,
        _ID_NO,
        _may("手机", "phone", "id_text", "11 位", "11 digits"),
        _SITE,
        _must(
            "实名认证",
            "certified",
            "bool",
            "仅供参考，须另经核对",
            "A claim to be compared",
            choices=CERTIFIED,
        ),
        _may("证件类型", "document", "choice", "空着按号码识别", "Empty: by the number", choices=DOCUMENTS),
    ),
    _sheet(
        "监考编排",
        "plan unit username",
        "一行一次监考，每场两名",
        "One row per proctor and unit, two for each room",
        _PLAN,
        _UNIT,
        _SITE,
        _must("考场", "room", "id_text", "考场编号", "Room number", refers="考场"),
        _must("工号", "username", "id_text", "已认证的监考教师", "A certified proctor", refers="监考教师"),
        _may("姓名", "name", "text", "可以空着；填了须与工号一致", "May be empty; else the account's own"),
        _must("职责", "duty", "choice", "主监考或副监考", "Lead or second", choices=PROCTOR_DUTIES),
    ),
    _sheet(
        "公网IP",
        "site address",
        "一行一个登记地址；回环和文档地址只供演练",
        "One row per address; loopback and documentation ranges for drills only",
        _SITE,
        _must("地址", "address", "id_text", "IPv4、IPv6 或 CIDR", "IPv4, IPv6 or CIDR"),
        _may("运营商", "carrier", "text", "线路的运营商", "Carrier of the line"),
        _may("生效日期", "valid_from", "date", "空着表示即刻", "Empty: at once"),
        _may("失效日期", "valid_to", "date", "含当日；空着表示长期", "Included; empty: no end"),
    ),
    _sheet(
        "账号",
        "username role scope",
        "一行一个账号的一个角色",
        "One row per account and role",
        _must("用户名", "username", "id_text", "同一人可以有多行", "A person may have several rows"),
        _PERSON,
        _must("角色", "role", "choice", "一行一个角色", "One role per row", choices=ROLES),
        _may("范围", "scope", "id_text", "代码或学号；总部空着", "Code or student number; headquarters none"),
        _may(
            "权限",
            "rights",
            "choice",
            "只用于分部考务",
            "For branch officers",
            choices=OFFICER_RIGHTS,
            many=True,
        ),
        _may("初始密码", "initial_password", "text", "只在新建时生效", "Set on a new account"),
    ),
)

_BY_NAME = {s.name: s for s in SHEETS}


def sheet(name: str) -> Sheet:
    """The sheet of this name. KeyError when the layout has none."""
    return _BY_NAME[name]


def headers(name: str) -> tuple[str, ...]:
    """The headers of a sheet, in order. KeyError when the layout has no such sheet."""
    return sheet(name).headers


def unknown_sheets(found: Iterable[str]) -> tuple[str, ...]:
    """Those of the sheets found in a workbook that are neither in the layout nor `IGNORED`."""
    return tuple(n for n in found if n not in _BY_NAME and n != IGNORED)
