"""Workbooks out: nothing that a person typed becomes a formula."""

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from exam_ops.office import workbooks
from exam_ops.office.loading.cells import clean


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_formulas_are_defused(start):
    assert workbooks.plain(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("text", ["考生", "1=1", "", "'quoted"])
def test_other_text_stays(text):
    assert workbooks.plain(text) == text


def test_what_was_defused_comes_back_as_typed():
    assert clean(workbooks.plain("-")) == "-"
    assert clean("'quoted") == "'quoted"


def test_a_table_is_written_defused():
    content = workbooks.table("表", ["甲", "乙"], [["=1+1", 3]])
    rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name("表").to_python()
    assert rows == [["甲", "乙"], ["'=1+1", 3]]
