"""`manage.py load_plan`."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from exam_ops.core.models import ExamPlan
from tests.office.workbooks import PLAN, build, changed, jpeg, sound, zipped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("compared")]


@pytest.fixture(autouse=True)
def weeks_ahead(compared, at):
    at("T-9d")


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(build(sound()))
    return path


def test_it_loads_and_says_what(workbook, capsys):
    call_command("load_plan", workbook)
    out = capsys.readouterr().out
    assert "考生编排: 4 行，新增 4，变更 0，未变 0" in out
    assert f"已载入 {PLAN}" in out


def test_errors_stand_one_a_line_and_nothing_is_loaded(tmp_path, capsys):
    path = tmp_path / "bad.xlsx"
    path.write_bytes(build(changed("考生编排", 1, seat_no="01")))
    with pytest.raises(CommandError, match="1 处错误"):
        call_command("load_plan", path)
    assert "考生编排 第 3 行 座位号: 座位已安排给第 2 行的 考生1" in capsys.readouterr().err
    assert not ExamPlan.objects.exists()


def test_a_check_loads_nothing(workbook, capsys):
    call_command("load_plan", workbook, "--check")
    assert "检查通过，没有写入" in capsys.readouterr().out
    assert not ExamPlan.objects.exists()


def test_a_drill_with_photos_begins_where_told(workbook, tmp_path, capsys):
    photos = tmp_path / "photos.zip"
    photos.write_bytes(zipped({"2590101200001.jpg": jpeg()}).getvalue())
    call_command("load_plan", workbook, "--photos", photos, "--drill", "--at", "T-30m")
    assert ExamPlan.objects.get().is_drill
    assert "照片: 1 张，无照片的考生 3 人" in capsys.readouterr().out


@pytest.mark.parametrize(("options", "words"), [(["--at", "T-30m"], "只有演练可以"), (["--at", "noon"], "读不懂"),
                                                (["--photos", "nowhere.zip"], "没有这个文件")])  # fmt: skip
def test_what_is_unusable_is_said_in_one_sentence(workbook, options, words):
    with pytest.raises(CommandError, match=words):
        call_command("load_plan", workbook, *options)
    assert not ExamPlan.objects.exists()


def test_a_file_that_is_no_workbook(tmp_path):
    path = tmp_path / "plan.xlsx"
    path.write_text("no workbook")
    with pytest.raises(CommandError, match="不是 Excel 工作簿"):
        call_command("load_plan", path)
