"""The one table of sheets and columns."""

import pytest

from exam_ops.office import layout
from exam_ops.office.layout import SHEETS

COLUMNS = [pytest.param(s, c, id=f"{s.name}-{c.name}") for s in SHEETS for c in s.columns]


def test_sheets_stand_in_load_order():
    names = "考试计划 时间单元 试卷 分部 学习中心 考点 考场 考生编排 监考教师 监考编排 公网IP 账号"
    assert [s.name for s in SHEETS] == names.split()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda s: s.name)
def test_headers_and_fields_are_unique_and_the_key_is_made_of_fields(sheet):
    fields = [c.field for c in sheet.columns]
    assert len(set(sheet.headers)) == len(set(fields)) == len(sheet.columns)
    assert set(sheet.key) <= set(fields)


@pytest.mark.parametrize(("sheet", "column"), COLUMNS)
def test_a_column_is_explained_in_both_languages(sheet, column):
    assert "" not in (column.help.zh, column.help.en)


@pytest.mark.parametrize(("sheet", "column"), COLUMNS)
def test_choices_belong_to_choice_and_bool_columns(sheet, column):
    assert bool(column.choices) == (column.kind in ("choice", "bool"))
    assert all(isinstance(code, bool) == (column.kind == "bool") for code in column.choices.values())


@pytest.mark.parametrize(("sheet", "column"), [p for p in COLUMNS if p.values[1].refers])
def test_a_column_refers_to_an_earlier_sheet_whose_key_the_row_can_name(sheet, column):
    target = layout.sheet(column.refers)
    assert SHEETS.index(target) < SHEETS.index(sheet)
    assert set(target.key[:-1]) <= {c.field for c in sheet.columns}


def test_what_is_unknown_or_missing_in_a_workbook_is_found():
    rooms = layout.sheet("考场")
    assert rooms.unknown(["考点", "考场编号", "楼层"]) == ("楼层",)
    assert rooms.missing(["考点", "考场编号", "楼层"]) == ("机位数",)
    assert rooms.column("楼层") is None
    assert rooms.column("机位数").field == "seats"


def test_the_sheet_of_explanations_is_not_an_unknown_sheet():
    assert layout.unknown_sheets([layout.IGNORED, "考点", "Sheet1"]) == ("Sheet1",)
