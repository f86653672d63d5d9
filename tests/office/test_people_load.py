"""Proctors by workbook: claims certify nobody, wrong rows are placed, nothing is half done (B2, E5)."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

from exam_ops.core import files
from exam_ops.core.access import actor_for
from exam_ops.core.models import Event, Membership, ProctorProfile, User
from exam_ops.office.loading import FileRefused
from exam_ops.office.loading.people import load_people
from tests.office.workbooks import build, jpeg, zipped
from tests.proctors import people


def row(seq: int = 1, **more) -> dict[str, str]:
    said = {"username": f"t{seq:04d}", "name": f"教师{seq}", "id_no": people.number(seq), "site": "A1"}
    return said | {"certified": "已认证"} | more


@pytest.fixture
def load(world, cast, at):
    def put(*rows, who=None, **options):
        book = BytesIO(build({"监考教师": list(rows)}))
        return load_people(book, actor=actor_for(who or cast.site_admin, now=at.now), now=at.now, **options)

    return put


def lines(result) -> list[str]:
    return [problem.line() for problem in result.problems.errors]


def test_a_claim_certifies_nobody(load, world):
    result = load(
        row(phone="１４２００００００01"), row(2, certified="未认证", id_no=people.number(2).lower())
    )
    assert lines(result) == []
    first, second = ProctorProfile.objects.filter(user__username__startswith="t000").order_by(
        "user__username"
    )
    assert (first.status, first.source, first.claimed) == ("pending", "", True)
    assert (second.status, second.claimed, second.id_no) == ("pending", False, people.number(2))
    assert set(first.needs) == {"photo", "document_photo"}
    assert Membership.objects.filter(user=first.user, role="proctor", site=world.site).exists()
    assert first.checks.get().kind == "entered"
    assert Event.objects.get(kind="proctor.imported").data == {"added": 2, "changed": 0}
    assert load(row(phone="14200000001"), row(2, certified="未认证")).is_unchanged


FAULTS = {
    "监考教师 第 3 行 证件号码: 证件号码校验不通过": {"id_no": "99900019900307001"},
    "监考教师 第 3 行 证件号码: 证件号码校验不通过（位数、出生日期": {"id_no": "999000199002310013"},
    "监考教师 第 3 行 证件号码: 与第 2 行是同一证件号码": {"id_no": people.number(1)},
    "监考教师 第 3 行 证件号码: 该证件号码已登记在账号 held 名下": {"id_no": people.number(9)},
    "监考教师 第 3 行 工号: 与第 2 行是同一工号": {"username": "t0001", "name": "教师1"},
    "监考教师 第 3 行 考点: 考点“B1”不存在，或不在您的范围内": {"site": "B1"},
    "监考教师 第 3 行 工号: 该工号已被您范围之外的账号占用": {"username": "foreign_proctor"},
    "监考教师 第 3 行 工号: 该工号已被您范围之外的账号占用。": {"username": "hq"},
    "监考教师 第 3 行 实名认证: 护照没有 GB 11643 号码": {"document": "护照", "id_no": "E1234567"},
    "监考教师 第 3 行 证件类型: 这个号码的形式是外国人永久居留身份证": {"document": "居民身份证"},
}


@pytest.mark.parametrize("expected", FAULTS)
def test_a_wrong_row_is_placed_and_nothing_is_half_done(load, cast, expected):
    people.add(cast.site_admin, 9, username="held", name="已登记")
    found = lines(load(row(1), row(2, **FAULTS[expected])))
    assert len(found) == 1, found
    assert found[0].startswith(expected)
    assert not User.objects.filter(username="t0001").exists()


def test_one_person_with_two_documents_is_doubted(load, cast):
    people.add(cast.site_admin, 9, username="held", name="教师1", id_no=people.number(9, "19851224"))
    passport = row(
        2, name="教师1", id_no="E1234567", document="护照", certified="未认证", phone="14200000001"
    )
    result = load(
        row(phone="14200000001"), passport, row(3, name="教师1", id_no=people.number(3, "19851224"))
    )
    assert lines(result) == []
    assert [problem.line().partition(" 姓名相同")[0] for problem in result.problems.warnings] == [
        "监考教师 第 3 行 姓名: 与账号 t0001",
        "监考教师 第 4 行 姓名: 与账号 held",
    ]


def test_pictures_come_by_zip_by_account_or_number(load):
    photos = zipped(
        {
            "t0001.jpg": jpeg("#112233"),
            "t0001-证件.jpg": jpeg(size=(900, 600)),
            f"{people.number(2)}.jpg": jpeg(),
        }
    )
    assert lines(load(row(), row(2), photos=photos)) == []
    first, second = ProctorProfile.objects.filter(user__username__startswith="t000").order_by(
        "user__username"
    )
    assert (first.needs, second.needs) == ([], ["document_photo"])
    assert files.exists(first.photo)
    assert files.exists(first.document_photo)
    assert load(row(), row(2), photos=photos).is_unchanged


def test_a_workbook_takes_a_certificate_back_where_it_changes_one_of_the_three(load, cast):
    load(row(), photos=zipped({"t0001.jpg": jpeg("#112233"), "t0001-证件.jpg": jpeg("#332211")}))
    profile = ProctorProfile.objects.get(user__username="t0001")
    people.compare(cast.branch, profile)
    load(row(phone="14200000001", certified="未认证"))
    profile.refresh_from_db()
    assert profile.is_certified
    load(row(name="教师乙"))
    profile.refresh_from_db()
    assert (profile.status, profile.status_reason) == ("pending", "姓名已变更，须核对")


def test_the_page_places_errors_and_its_template_loads(world, cast, page):
    browser = page(cast.site_admin)
    bad = SimpleUploadedFile("p.xlsx", build({"监考教师": [row(site="B1")]}))
    answer = browser.post(reverse("registry-import"), {"workbook": bad})
    assert answer.status_code == 422
    assert "第 2 行" in answer.content.decode() or "B1" in answer.content.decode()
    sheet = CalamineWorkbook.from_filelike(BytesIO(browser.get(reverse("registry-template")).content))
    assert sheet.sheet_names == ["说明", "监考教师"]
    good = SimpleUploadedFile("p.xlsx", build({"监考教师": [row()]}))
    assert "已导入" in browser.post(reverse("registry-import"), {"workbook": good}).content.decode()


def test_a_workbook_without_proctors_is_refused(world, cast, at):
    book = BytesIO(build({"分部": [{"code": "1", "name": "x"}]}))
    with pytest.raises(FileRefused):
        load_people(book, actor=actor_for(cast.hq, now=at.now), now=at.now)


def test_the_list_goes_out_masked_and_on_record(world, cast, page):
    people.add(cast.site_admin, phone="14200000001")
    answer = page(cast.branch).get(reverse("registry-export"), {"site": "A1"})
    table = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    said = str(table)
    assert "教师1" in said
    assert people.number() not in said
    assert "14200000001" not in said
    assert Event.objects.get(kind="proctor.listed").subject == "A1"
