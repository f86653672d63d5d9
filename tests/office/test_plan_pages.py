"""考试计划 and 导入计划: pages."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

from exam_ops.core.models import ExamPlan, User
from exam_ops.office import layout
from exam_ops.office.loading import load
from tests.office.workbooks import PLAN, build, changed, jpeg, sound, zipped


@pytest.fixture
def hq(page, cast):
    return page(cast.hq)


pytestmark = pytest.mark.usefixtures("compared")


def upload(browser, content: bytes, **fields):
    return browser.post(
        reverse("plan-load"), {"workbook": SimpleUploadedFile("plan.xlsx", content), **fields}
    )


def text(response) -> str:
    return response.content.decode()


# --- 考试计划 ----------------------------------------------------------------------------------------------------


def test_the_list_shows_plans_with_their_figures(hq, world):
    shown = text(hq.get(reverse("plan-list")))
    assert "P1" in shown
    assert '<td class="num" data-label="科次">24</td>' in shown
    assert '<td class="num" data-label="考点">3</td>' in shown


def test_figures_are_those_of_the_own_scope(page, world):
    shown = text(page(world.cast.site_admin).get(reverse("plan-list")))
    assert '<td class="num" data-label="科次">12</td>' in shown
    assert '<td class="num" data-label="考点">1</td>' in shown


def test_an_empty_list_says_what_to_do(hq, world):
    shown = text(hq.get(reverse("plan-list"), {"words": "没有的"}))
    assert "没有符合条件的计划" in shown


def test_without_plans_headquarters_are_led_to_the_load(page, db):
    boss = User.objects.create(username="boss", name="boss")
    boss.memberships.create(role="hq")
    shown = text(page(boss).get(reverse("plan-list")))
    assert "还没有考试计划" in shown
    assert reverse("plan-load") in shown


def test_a_plan_shows_every_deadline_of_its_units(hq, world):
    shown = text(hq.get(reverse("plan-detail", args=["P1"])))
    for words in (
        "监考编排锁定",
        "逐级上报",
        "停止入场 · 全景照",
        "材料截止",
        "离线试卷上传截止",
        "T−48h",
        "T−5",
    ):
        assert words in shown
    assert "12-06 08:25" in shown
    assert 'class="drillbar"' not in shown


def test_a_drill_shows_its_bar(page, drill_world):
    shown = text(page(drill_world.cast.hq).get(reverse("plan-detail", args=["P1"])))
    assert 'class="drillbar"' in shown


def test_a_site_sees_its_own_place_in_a_plan_alone(page, world):
    shown = text(page(world.cast.site_admin).get(reverse("plan-detail", args=["P1"])))
    assert "城东考点" in shown
    assert "云岭考点" not in shown


def test_an_unknown_plan_is_not_found(hq):
    assert hq.get(reverse("plan-detail", args=["P0"])).status_code == 404


# --- 导入计划 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["branch", "site_admin", "chief", "proctor", "support", "nobody"])
@pytest.mark.parametrize("name", ["plan-load", "plan-template"])
def test_only_headquarters_load(page, cast, who, name):
    assert page(getattr(cast, who)).get(reverse(name)).status_code == 403


def test_a_workbook_is_loaded(hq):
    response = upload(hq, build(sound()))
    assert response.status_code == 200
    assert "已导入" in text(response)
    assert reverse("plan-detail", args=[PLAN]) in text(response)
    assert ExamPlan.objects.get(code=PLAN).kind == "real"


def test_photos_come_along(hq):
    photos = SimpleUploadedFile("p.zip", zipped({"2590101200001.jpg": jpeg()}).getvalue())
    assert "照片 1 张；没有照片的考生 3 人。" in text(upload(hq, build(sound()), photos=photos))


def test_a_drill_is_loaded_with_its_clock(hq):
    upload(hq, build(sound()), as_drill="on", drill_at="T-30m")
    assert ExamPlan.objects.get(code=PLAN).is_drill


def test_checking_alone_writes_nothing(hq):
    response = upload(hq, build(sound()), check="1")
    assert "检查通过，没有写入任何内容" in text(response)
    assert not ExamPlan.objects.filter(code=PLAN).exists()


def test_bad_rows_come_back_as_a_table_and_the_options_stay(hq):
    response = upload(hq, build(changed("考生编排", 1, seat_no="01")), as_drill="on", drill_at="T-2h")
    shown = text(response)
    assert response.status_code == 422
    assert "1 处错误，没有导入任何内容" in shown
    assert "座位已安排给第 2 行的 考生1" in shown
    assert 'value="T-2h"' in shown
    assert "checked" in shown
    assert not ExamPlan.objects.filter(code=PLAN).exists()


@pytest.mark.parametrize(
    ("content", "words"), [(b"no workbook", "不是 Excel 工作簿"), (b"", "这个文件是空的")]
)
def test_a_wrong_file_is_said_beside_its_field(hq, content, words):
    response = upload(hq, content)
    assert response.status_code == 422
    assert words in text(response)
    assert 'id="id_workbook_error"' in text(response)


def test_a_missing_file_is_said_beside_its_field(hq):
    response = hq.post(reverse("plan-load"), {})
    assert response.status_code == 422
    assert "请选择工作簿。" in text(response)


def test_an_unreadable_moment_is_said_beside_its_field(hq):
    response = upload(hq, build(sound()), as_drill="on", drill_at="noon")
    assert 'id="id_drill_at_error"' in text(response)


def test_the_error_list_can_be_downloaded(hq):
    response = upload(hq, build(changed("考生编排", 1, name="=cmd()", seat_no="01")))
    listed = hq.post(reverse("plan-load-errors"), {"errors": response.context["error_list"]})
    header, row = CalamineWorkbook.from_filelike(BytesIO(listed.content)).get_sheet_by_index(0).to_python()
    assert header == ["工作表", "行", "列", "原因"]
    assert row[:3] == ["考生编排", 3, "座位号"]
    assert "attachment" in listed["Content-Disposition"]


def test_a_forged_error_list_is_refused(hq):
    assert hq.post(reverse("plan-load-errors"), {"errors": "forged"}).status_code == 422


def test_the_template_holds_every_sheet_and_loads_as_empty(hq, db):
    content = hq.get(reverse("plan-template")).content
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    assert book.sheet_names == [layout.IGNORED, *(s.name for s in layout.SHEETS)]
    assert tuple(book.get_sheet_by_name("考场").to_python()[0]) == layout.headers("考场")
    result = load(content, now=ExamPlan.objects.get().units.first().start, actor=None)
    assert [p.line() for p in result.errors] == ["考试计划: 没有任何一行。请填写考试计划。"]
