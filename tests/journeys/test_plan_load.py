"""Real input (E5): the example workbook by page, twice; a wrong one named by sheet, row and column."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from exam_ops.core.models import ExamPlan, ProctorProfile, RosterRow, User
from exam_ops.rules.permissions import Role
from tests.journeys.voices import text
from tests.office.workbooks import PLAN, build, changed, compare_proctors, sound
from tests.world import member

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BOOK, PHOTOS = EXAMPLES / "2025秋-网考.xlsx", EXAMPLES / "2025秋-网考-照片.zip"


@pytest.fixture
def hq(db, at, page):
    """Headquarters of an empty portal, nine days before."""
    at("T-9d")
    return page(member("boss", Role.HQ))


def load(browser, content: bytes, **more):
    return browser.post("/plan-loads/", {"workbook": SimpleUploadedFile("plan.xlsx", content), **more})


def test_the_example_loads_by_page_and_again_changes_nothing(hq):
    photos = SimpleUploadedFile("photos.zip", PHOTOS.read_bytes())
    said = {"as_drill": "on", "drill_at": "T-9d"}
    first = load(hq, BOOK.read_bytes(), photos=photos, hold_rosters="on", **said)
    assert "已导入" in text(first)
    assert not RosterRow.objects.exists()  # a workbook's claim certifies nobody (B2)
    ProctorProfile.objects.filter(claimed=True).update(status="certified", source="person")
    plan = ExamPlan.objects.get()
    seen = text(hq.get(f"/plans/{plan.code}/"))
    assert "演练" in seen
    assert "考点 8 场次 80 科次 2,000 试卷 5" in seen
    load(hq, BOOK.read_bytes(), **said)
    assert RosterRow.objects.count() == 159
    again = load(hq, BOOK.read_bytes(), **said)
    assert "已导入，内容与系统中一致，没有变化" in text(again)


def test_a_wrong_row_is_named_and_nothing_is_half_loaded(hq):
    compare_proctors()
    people = User.objects.count()
    told = load(hq, build(changed("考生编排", 1, seat_no="01")))
    assert told.status_code == 422
    assert "考生编排 3 座位号 座位已安排给第 2 行的 考生1" in text(told)
    assert not ExamPlan.objects.exists()
    assert User.objects.count() == people
    assert "已导入" in text(load(hq, build(sound())))


def test_checking_first_writes_nothing(hq):
    compare_proctors()
    assert "检查通过，没有写入任何内容" in text(load(hq, build(sound()), check="1"))
    assert not ExamPlan.objects.exists()


def test_a_password_of_the_workbook_is_for_new_accounts_alone(hq, client):
    compare_proctors()
    load(hq, build(sound()))
    assert client.post("/login/", {"username": "hq9", "password": "Long-enough-4711"}).status_code == 302
    load(hq, build(changed("账号", 0, initial_password="Another-one-4711")))
    client.post("/logout/")
    assert client.post("/login/", {"username": "hq9", "password": "Long-enough-4711"}).status_code == 302


def test_what_was_loaded_is_seen_by_whom_it_concerns(hq, page):
    compare_proctors()
    load(hq, build(sound()))
    chief = page(User.objects.get(username="z9"))
    assert "东海考点" in text(chief.get(f"/plans/{PLAN}/"))
    assert "示例计划" in text(chief.get("/plans/"))


@pytest.mark.parametrize("who", ["branch", "site_admin", "chief", "support"])
def test_nobody_else_loads(world, page, who):
    assert load(page(getattr(world.cast, who)), build(sound())).status_code == 403
    assert not ExamPlan.objects.filter(code=PLAN).exists()
