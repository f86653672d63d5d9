"""What a site sends to its students: text and list, with its own times (B4)."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from exam_ops.core.models import Event, SiteUnit
from exam_ops.rules.student_notice import student_notice
from exam_ops.rules.tickets import entry_times
from tests.world import E, T

PAGE = "/plans/P1/students/"


def test_the_text_names_entry_times_place_and_advice_in_both_languages():
    text = student_notice(plan="2025秋-网考", unit="第1单元", place="城东考点", times=entry_times(T, E))
    for words in ("2025-12-06（周六）08:30 开考，10:00 结束", "08:00 开始核验，09:00 停止入场", "城东考点"):
        assert words in text.zh
    assert "Saturday 2025-12-06, 08:30 to 10:00" in text.en
    assert text.zh.count("\n") == text.en.count("\n")
    assert "摄像头" in text.zh
    assert "{" not in text.zh + text.en


@pytest.mark.parametrize("who", ["site_admin", "chief"])
def test_a_site_copies_the_text_of_each_unit(world, cast, page, who):
    text = page(getattr(cast, who)).get(PAGE).text
    assert "08:00 开始核验，09:00 停止入场" in text
    assert "10:00 开始核验，11:00 停止入场" in text
    assert "示例市示例路 18 号" in text
    assert "城西考点" not in text


def test_a_moved_site_tells_its_own_time_and_place(world, cast, page):
    SiteUnit.objects.filter(pk=world.site_unit.pk).update(
        start=T + timedelta(minutes=15), place="新地址 1 号"
    )
    text = page(cast.chief).get(PAGE).text
    assert "08:15 开始核验，09:15 停止入场" in text
    assert "新地址 1 号" in text


def test_the_list_is_a_workbook_and_on_record(world, cast, page):
    answer = page(cast.site_admin).get(f"{PAGE}A1/list.xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + 12
    assert [rows[1][i] for i in (0, 2, 3, 4, 5)] == ["考生101", "T101", "第1单元", "2025-12-06", "08:00"]
    assert Event.objects.get(kind="student.listed").data == {"rows": 12}


def test_another_site_s_list_is_not_found(world, cast, page):
    assert page(cast.site_admin).get(f"{PAGE}A2/list.xlsx").status_code == 404
