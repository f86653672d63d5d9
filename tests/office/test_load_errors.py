"""Each wrong thing in a workbook is named with sheet, row, column and reason, and nothing is written."""

import io
import zipfile
from datetime import UTC, date, datetime

import pytest

from exam_ops.core.models import ExamPlan, User
from exam_ops.office import layout
from exam_ops.office.loading import FileRefused, load
from tests.office.workbooks import PLAN, build, changed, sound

NOW = datetime(2025, 12, 20, 4, 0, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("compared")]


def lines(workbook: bytes) -> list[str]:
    result = load(workbook, now=NOW, actor=None)
    assert result.ok or not (ExamPlan.objects.exists() or User.objects.filter(username="hq9").exists())
    return [problem.line() for problem in result.problems.errors]


ONE_FAULT = {
    "考生编排 第 3 行 座位号: 座位已安排给第 2 行的 考生1": ("考生编排", 1, {"seat_no": "01"}),
    "考生编排 第 3 行 座位号: 已安排考场，座位号不能为空": ("考生编排", 1, {"seat_no": ""}),
    "考生编排 第 3 行 考场: 填了座位号但没有考场": ("考生编排", 1, {"room": ""}),
    "考生编排 第 3 行 考场: “77”不在“考场”工作表中": ("考生编排", 1, {"room": "77"}),
    "考生编排 第 3 行 考点: “90199”不在“考点”工作表中": ("考生编排", 1, {"site": "90199", "room": "", "seat_no": ""}),
    "考生编排 第 3 行 试卷号: “9999”不在“试卷”工作表中": ("考生编排", 1, {"paper_no": "9999"}),
    "考生编排 第 3 行 单元: “U7”不在“时间单元”工作表中": ("考生编排", 1, {"unit": "U7"}),
    "考生编排 第 3 行 学习中心: “1”不在“学习中心”工作表中": ("考生编排", 1, {"centre": "1"}),
    "考生编排 第 3 行 学号: 是数字单元格，15 位以上": ("考生编排", 1, {"student_no": 259010120000212345}),
    "考生编排 第 3 行 证件号码: 是数字单元格，15 位以上": ("考生编排", 1, {"id_no": 999000199901010123}),
    "考生编排 第 3 行 姓名: 不能为空": ("考生编排", 1, {"name": " "}),
    "考生编排 第 3 行 姓名: 过长：最多 64 个字": ("考生编排", 1, {"name": "长" * 65}),
    "考生编排 第 3 行 姓名: 含有换行或不可见字符": ("考生编排", 1, {"name": "考\n生"}),
    "考生编排 第 3 行 准考证号: 与第 2 行的考生 2590101200001 重号": ("考生编排", 1, {"ticket_no": "W001"}),
    "考生编排 第 3 行 留考: “也许”不在可填的值中": ("考生编排", 1, {"held_over": "也许"}),
    "时间单元 第 2 行 结束时间: 结束时间 01-06 08:00 不晚于开始时间 01-06 08:30": (
        "时间单元", 0, {"end": datetime.fromisoformat("2026-01-06 08:00")}),
    "时间单元 第 3 行 开始时间: 2026-02-06 10:30 不在考试计划的日期 2026-01-05 至 2026-01-09 之内": (
        "时间单元", 1, {"start": datetime.fromisoformat("2026-02-06 10:30"), "end": datetime.fromisoformat("2026-02-06 12:00")}),
    "时间单元 第 2 行 开始时间: 不是日期和时间": ("时间单元", 0, {"start": "早上"}),
    "时间单元 第 3 行 计划代码: “P8”不在“考试计划”工作表中": ("时间单元", 1, {"plan": "P8"}),
    "考试计划 第 2 行 结束日期: 结束日期早于开始日期": ("考试计划", 0, {"ends_on": date(2026, 1, 1)}),
    "考试计划 第 2 行 类型: “考试”不在可填的值中": ("考试计划", 0, {"type": "考试"}),
    "试卷 第 2 行 考试时长(分钟): “一小时”不是数字": ("试卷", 0, {"minutes": "一小时"}),
    "学习中心 第 2 行 分部: “902”不在“分部”工作表中": ("学习中心", 0, {"branch": "902"}),
    "考点 第 2 行 学习中心: “9010009”不在“学习中心”工作表中": ("考点", 0, {"centres": "9010001，9010009"}),
    "考点 第 2 行 经度: 纬度和经度要么都填": ("考点", 0, {"longitude": ""}),
    "考点 第 2 行 纬度: 纬度应在 -90 到 90 之间": ("考点", 0, {"latitude": 120.15}),
    "考点 第 2 行 经度: 超出范围。请填 -180 到 180": ("考点", 0, {"longitude": 180.01}),
    "考场 第 3 行 考场编号: 与第 2 行重复（90101 01）": ("考场", 1, {"number": "01"}),
    "监考教师 第 2 行 证件号码: 证件号码校验不通过": ("监考教师", 0, {"username": "t03", "id_no": "999000198001010011"}),
    "监考编排 第 3 行 工号: “t77”不在“监考教师”工作表中": ("监考编排", 1, {"username": "t77"}),
    "监考编排 第 3 行 姓名: 工号 t02 的姓名是 乙二": ("监考编排", 1, {"name": "甲一"}),
    "监考编排 第 3 行 职责: 该考场本单元的这一职责已是第 2 行的 t01": ("监考编排", 1, {"duty": "主监考"}),
    "监考编排 第 3 行 工号: 同一单元已编排在第 2 行（90101 01 考场）": (
        "监考编排", 1, {"username": "t01", "room": "02"}),
    "监考编排 第 2 行 工号: 该监考教师未通过实名认证": ("监考教师", 0, {"id_no": "999000198001010037"}),
    "公网IP 第 2 行 地址: 内网地址不能登记": ("公网IP", 0, {"address": "192.168.1.1"}),
    "公网IP 第 2 行 地址: 无法识别“一楼”": ("公网IP", 0, {"address": "一楼"}),
    "账号 第 3 行 范围: “90101”不是分部的代码": ("账号", 1, {"scope": "90101"}),
    "账号 第 4 行 范围: 该角色的范围必填": ("账号", 2, {"scope": ""}),
    "账号 第 2 行 范围: 总部没有范围": ("账号", 0, {"scope": "901"}),
    "账号 第 4 行 权限: 权限只用于分部考务": ("账号", 2, {"rights": "值班"}),
    "账号 第 2 行 初始密码: 初始密码太弱": ("账号", 0, {"initial_password": "123456"}),
    "账号 第 2 行 姓名: “监考教师”第 2 行同一用户名的姓名是 甲一": ("账号", 0, {"username": "t01"}),
}  # fmt: skip


@pytest.mark.parametrize("expected", ONE_FAULT)
def test_one_fault_is_one_line(expected):
    sheet, row, values = ONE_FAULT[expected]
    found = lines(build(changed(sheet, row, **values)))
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_a_candidate_may_not_stand_twice_in_a_unit():
    rows = sound()
    rows["考生编排"].append(rows["考生编排"][0] | {"seat_no": "09"})
    assert lines(build(rows))[0].startswith("考生编排 第 6 行 学号: 与第 2 行重复")


def test_a_student_number_is_one_person():
    rows = sound()
    rows["考生编排"].append(rows["考生编排"][0] | {"unit": "U2", "name": "别人"})
    assert lines(build(rows)) == ["考生编排 第 6 行 姓名: 与第 2 行同一学号的内容不一致。请核对两行。"]


def test_a_code_has_no_slash():
    assert lines(build(changed("时间单元", 1, code="U/2"))) == [
        "时间单元 第 3 行 单元代码: 代码不能含“/”。请改用“-”。"
    ]


def test_a_suspended_site_is_said_once():
    found = lines(build(changed("考点", 0, status="暂停组考")))
    assert found == ["考生编排 第 2 行 考点: 该考点已暂停组考或撤销，不能安排考生。"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"考场": ("考点", "考场编号", "座位数")}, ["考场 第 1 行 座位数: 不认识的列",
                                             "考场 第 1 行 机位数: 缺少必填的列。请按模板补上。"]),
        ({"考场": ("考点", "考场编号", "机位数", "机位数")}, ["考场 第 1 行 机位数: 这一列出现了两次"]),
        ({"分部": ("分部代码", "分部名称", "备注")}, ["分部 第 1 行 备注: 不认识的列。请删除"]),
        ({"考场": ("考场编号", "机位数")}, ["考场 第 1 行 考点: 缺少必填的列"]),
    ],
)  # fmt: skip
def test_columns_must_be_those_of_the_layout(headers, expected):
    found = lines(build(sound(), headers=headers))
    assert len(found) == len(expected)
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found


def test_an_unknown_sheet_is_named():
    assert lines(build(sound(), sheets=["考场表"])) == ["考场表: 不认识的工作表。是否应为“考场”？"]


def test_the_sheet_of_explanations_and_blank_rows_are_skipped():
    rows = sound()
    rows["考场"].insert(1, {})
    assert lines(build(rows, sheets=[layout.IGNORED])) == []


def test_full_width_digits_and_blanks_are_forgiven():
    assert lines(build(changed("考生编排", 0, room="０１ ", site="\u300090101"))) == []


def test_short_numbers_may_stand_as_numbers():
    assert lines(build(changed("考生编排", 0, site=90101, student_no=2590101200001))) == []


def test_a_room_over_its_seats_is_a_warning():
    result = load(build(changed("考场", 0, seats=3)), now=NOW, actor=None)
    assert result.ok
    assert "该考场只有 3 个机位" in next(iter(result.problems.warnings)).reason.zh


def test_all_faults_are_told_at_once():
    rows = changed("考生编排", 0, room="77")
    rows["时间单元"][1]["end"] = rows["时间单元"][1]["start"]
    rows["账号"][1]["scope"] = "999"
    assert len(lines(build(rows))) == 3


def test_problems_speak_english_too():
    result = load(build(changed("考生编排", 1, seat_no="01")), now=NOW, actor=None)
    problem = next(iter(result.problems.errors))
    assert problem.line("en").startswith("考生编排 row 3 座位号: The seat is taken by 考生1 in row 2.")


def refused(workbook: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        load(workbook, now=NOW, actor=None)
    assert caught.value.errors[0].field == "workbook"
    return caught.value.errors[0].code


def archive(**parts: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", "学号,姓名\n".encode(), archive(**{"a.txt": "x"}), build(sound())[:2000],
                archive(**{"xl/workbook.xml": "<broken"})]
)  # fmt: skip
def test_a_file_that_is_no_workbook_is_refused(content):
    assert refused(content) == "not_a_workbook"


def test_a_workbook_without_a_plan_is_refused():
    rows = sound()
    del rows["考试计划"]
    assert refused(build({"分部": rows["分部"]})) == "no_plan"


def test_a_workbook_larger_than_allowed_is_refused(settings):
    settings.MAX_WORKBOOK_BYTES = 1000
    assert refused(build(sound())) == "too_large"


def test_a_bomb_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr("exam_ops.office.loading.guard.MAX_INFLATED", 50_000)
    bomb = archive(**{"xl/workbook.xml": "<x/>", "xl/worksheets/sheet1.xml": b"0" * 200_000})
    assert refused(bomb) == "inflates_too_far"


@pytest.mark.parametrize("cell", ["XFD1", "A1048576", "AAAAAAAA1", "AZ200000"])
def test_a_cell_far_away_is_refused_before_it_is_parsed(cell):
    sheet = f'<worksheet><sheetData><row r="1"><c r="{cell}" t="n"><v>1</v></c></row></sheetData></worksheet>'
    assert (
        refused(archive(**{"xl/workbook.xml": "<x/>", "xl/worksheets/sheet1.xml": sheet})) == "too_many_cells"
    )


def test_a_plan_code_is_enough_to_add_to_a_stored_plan():
    load(build(sound()), now=NOW, actor=None)
    rows = {name: sound()[name] for name in ("考试计划", "考生编排")}
    rows["考生编排"] = [rows["考生编排"][0] | {"student_no": "2590101200099", "ticket_no": "W099", "seat_no": "20",
                                           "id_no": "999000199901019999"}]  # fmt: skip
    result = load(build(rows), now=NOW, actor=None)
    assert result.ok
    assert (result.counts["考生编排"].added, result.counts["考生编排"].removed) == (1, 4)
    assert list(result.counts) == ["考试计划", "考生编排"]
    assert result.plan_codes == [PLAN]
