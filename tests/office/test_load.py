"""Loading a plan workbook: what is written, once and again."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from client_support.models import PublicAddress
from exam_ops.core import files
from exam_ops.core.models import (
    Candidate,
    Event,
    ExamPlan,
    ExamSite,
    Membership,
    ProctorProfile,
    RoomSession,
    RosterRow,
    SiteUnit,
    Sitting,
    TimeUnit,
    User,
)
from exam_ops.office.loading import FileRefused, load
from examples import make_example
from tests.office.workbooks import PLAN, build, changed, jpeg, sound, zipped

NOW = datetime(2025, 12, 20, 4, 0, tzinfo=UTC)
EXAMPLES = Path(make_example.__file__).parent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("compared")]


def put(rows=None, **options):
    options.setdefault("now", NOW)
    return load(build(rows or sound()), actor=None, **options)


def errors(result) -> list[str]:
    return [problem.line() for problem in result.problems.errors]


def test_a_sound_workbook_is_written():
    result = put()
    assert errors(result) == []
    assert [plan.code for plan in result.plans] == [PLAN]
    assert result.counts["考生编排"].added == 4
    assert Sitting.objects.filter(room_session__room__room_no="01").count() == 4


def test_times_are_beijing_times():
    put()
    assert TimeUnit.objects.get(code="U1").start == datetime(2026, 1, 6, 0, 30, tzinfo=UTC)


def test_site_units_stand_where_somebody_sits_with_the_lengths_of_their_papers():
    put()
    site_unit = SiteUnit.objects.get()
    assert site_unit.unit.code == "U1"
    assert site_unit.paper_minutes == [60, 90]
    assert site_unit.starts_at == site_unit.unit.start


def test_the_room_session_knows_how_many_are_registered():
    put()
    assert RoomSession.objects.get().registered == 4


def test_a_candidate_without_a_room_stands_on_the_list():
    result = put(changed("考生编排", 0, room="", seat_no=""))
    assert errors(result) == []
    assert Sitting.objects.get(room_session=None).candidate.name == "考生1"
    assert RoomSession.objects.get().registered == 3


def test_id_numbers_are_kept_encrypted_and_found_by_index():
    put()
    candidate = Candidate.objects.get(name="考生1")
    assert candidate.id_no.endswith("0001")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_no FROM core_candidate")
        assert not any(value.endswith("0001") for (value,) in cursor.fetchall())


def test_a_new_proctor_is_claimed_not_certified_and_has_an_account():
    put(
        changed("监考教师", 0, username="t09", id_no="999000198001010037")
        | {"监考编排": sound()["监考编排"][1:]}
    )
    profile = ProctorProfile.objects.get(user__username="t09")
    assert (profile.status, profile.source, profile.claimed) == ("pending", "", True)
    assert profile.phone == "14200000001"
    assert Membership.objects.filter(user=profile.user, role="proctor", site__code="90101").exists()
    assert not profile.user.has_usable_password()


def test_accounts_have_their_scope_and_rights():
    put()
    officer = Membership.objects.get(user__username="b9")
    assert (officer.branch.code, officer.rights) == ("901", ["duty", "integrity"])
    assert Membership.objects.get(user__username="z9").site.code == "90101"


def test_addresses_are_registered():
    put()
    address = PublicAddress.objects.get()
    assert (address.network, address.drill_only) == ("202.112.0.36/32", False)
    assert address.valid_from == datetime(2025, 10, 31, 16, 0, tzinfo=UTC)


def test_sites_share_centres_and_know_where_they_lie():
    put()
    site = ExamSite.objects.get()
    assert (site.centres.get().code, site.place) == ("9010001", (30.27, 120.15))


def test_a_second_load_changes_nothing():
    put(photos=zipped({"2590101200001.jpg": jpeg()}))
    before = Event.objects.count()
    result = put(now=NOW + timedelta(hours=1), photos=zipped({"2590101200001.jpg": jpeg()}))
    assert errors(result) == []
    assert result.is_unchanged
    assert all(c.unchanged == c.rows and not c.removed for c in result.counts.values())
    assert Event.objects.count() == before


def test_a_second_load_with_a_changed_name_changes_one_row():
    put()
    result = put(changed("考生编排", 2, name="新名字"))
    assert (result.counts["考生编排"].changed, result.counts["考生编排"].unchanged) == (1, 3)
    assert Candidate.objects.get(student_no="2590101200003").name == "新名字"


def test_two_candidates_may_swap_their_seats():
    put()
    rows = changed("考生编排", 0, seat_no="02")
    rows["考生编排"][1]["seat_no"] = "01"
    assert errors(put(rows)) == []
    assert Sitting.objects.get(ticket_no="W001").seat_no == "02"


def test_two_proctors_may_swap_their_duties():
    put()
    rows = changed("监考编排", 0, duty="副监考")
    rows["监考编排"][1]["duty"] = "主监考"
    assert errors(put(rows)) == []
    assert RosterRow.objects.get(proctor__username="t02").position == "lead"


def test_a_candidate_who_moves_rooms_moves_the_counters():
    put()
    put(changed("考生编排", 0, room="02"))
    counts = dict(RoomSession.objects.values_list("room__room_no", "registered"))
    assert counts == {"01": 3, "02": 1}


def test_rows_gone_from_the_workbook_are_named_and_stay():
    put()
    rows = sound()
    del rows["考生编排"][3]
    result = put(rows)
    assert result.counts["考生编排"].removed == 1
    assert result.removed["考生编排"] == [f"{PLAN} U1 2590101200004"]
    assert Sitting.objects.count() == 4


def test_a_missing_optional_column_leaves_what_is_stored():
    put()
    headers = {"分部": ("分部代码", "分部名称")}
    result = load(build(sound(), headers=headers), now=NOW, actor=None)
    assert result.is_unchanged


def test_the_initial_password_is_set_once_and_never_again():
    put()
    user = User.objects.get(username="hq9")
    assert user.check_password("Long-enough-4711")
    user.set_password("my own secret 42")
    user.save()
    put(changed("账号", 0, initial_password="Another-long-0815"))
    assert User.objects.get(username="hq9").check_password("my own secret 42")


def test_a_certificate_given_by_a_person_outlives_the_workbook():
    put()
    result = put(changed("监考教师", 0, certified="未认证"))
    assert errors(result) == []
    assert ProctorProfile.objects.get(user__username="t01").status == "certified"


def test_what_an_older_workbook_certified_is_rostered_until_the_claim_is_withdrawn():
    ProctorProfile.objects.update(source="import", document="")
    assert errors(put()) == []
    assert set(ProctorProfile.objects.values_list("status", "source")) == {("certified", "import")}
    put(changed("监考教师", 0, certified="未认证") | {"监考编排": sound()["监考编排"][1:]})
    assert ProctorProfile.objects.get(user__username="t01").status == "pending"


def test_rosters_of_uncertified_proctors_may_wait_and_come_with_the_next_load():
    ProctorProfile.objects.filter(user__username="t01").update(status="pending", source="")
    result = put(hold_rosters=True)
    assert errors(result) == []
    assert [p.line() for p in result.problems.warnings] == [
        "监考编排 第 2 行 工号: 该监考教师未通过实名认证，这一行没有导入。认证后再导入一次。"
    ]
    assert RosterRow.objects.get().proctor.username == "t02"
    ProctorProfile.objects.filter(user__username="t01").update(status="certified", source="person")
    put()
    assert RosterRow.objects.count() == 2


def test_a_check_writes_nothing_and_counts_the_same():
    result = put(check_only=True, photos=zipped({"2590101200001.jpg": jpeg()}))
    assert result.ok
    assert not result.written
    assert result.counts["考生编排"].added == 4
    assert not ExamPlan.objects.exists()
    assert not User.objects.filter(username="hq9").exists()


# --- drills ---------------------------------------------------------------------------------------------------


def test_a_drill_begins_where_it_is_told():
    put(as_drill=True, drill_at="T-30m")
    plan = ExamPlan.objects.get()
    assert plan.kind == "drill"
    assert plan.plan_time(NOW) == datetime(2026, 1, 6, 0, 0, tzinfo=UTC)
    assert SiteUnit.objects.get().starts_at == NOW + timedelta(minutes=30)


def test_deadlines_past_at_load_are_skipped():
    put(as_drill=True, drill_at="T-30m")
    skipped = SiteUnit.objects.get().deadline_records.filter(outcome="skipped")
    assert "roster_locks" in skipped.values_list("deadline", flat=True)
    assert SiteUnit.objects.get().next_due_at == NOW + timedelta(minutes=25)


def test_a_plan_keeps_the_kind_it_was_loaded_with():
    put(as_drill=True)
    assert errors(put()) == [
        "考试计划 第 2 行 类型: 该计划已按“演练”载入，不能再按“正式考试”载入。请换一个计划代码。"
    ]


@pytest.mark.parametrize(("options", "code"), [({"drill_at": "T-30m"}, "not_a_drill"),
                                               ({"as_drill": True, "drill_at": "soon"}, "unreadable_moment")])  # fmt: skip
def test_only_a_drill_is_told_where_to_begin(options, code):
    with pytest.raises(FileRefused) as refused:
        put(**options)
    assert (refused.value.errors[0].field, refused.value.errors[0].code) == ("drill_at", code)
    assert not ExamPlan.objects.exists()


def test_a_second_load_does_not_move_a_drills_clock():
    put(as_drill=True, drill_at="T-30m")
    before = ExamPlan.objects.get().clock_offset
    result = put(as_drill=True, drill_at="T-2h", now=NOW + timedelta(hours=1))
    assert result.ok
    assert ExamPlan.objects.get().clock_offset == before


def test_a_drill_may_register_loopback():
    rows = changed("公网IP", 0, address="127.0.0.1/32")
    assert "本机地址不能登记" in errors(put(rows))[0]
    assert errors(put(rows, as_drill=True)) == []
    assert PublicAddress.objects.get().drill_only


# --- what may change later ------------------------------------------------------------------------------------


def test_a_sitting_with_facts_stays_as_it_is():
    put()
    Sitting.objects.filter(ticket_no="W001").update(entry_status="signed_in")
    result = put(changed("考生编排", 0, seat_no="09"))
    assert errors(result)[0].startswith("考生编排 第 2 行 学号: 该考生在本单元已有签到")
    assert Sitting.objects.get(ticket_no="W001").seat_no == "01"


def test_a_row_of_any_feature_is_a_fact():
    put()
    sitting = Sitting.objects.get(ticket_no="W001")
    Event.objects.create(kind="test", at=NOW, sitting=sitting)
    assert "已有签到" in errors(put(changed("考生编排", 0, seat_no="09")))[0]


def test_a_checked_proctor_stays_in_the_room():
    put()
    RosterRow.objects.filter(proctor__username="t01").update(checked_at=NOW)
    result = put(changed("监考编排", 0, room="02"))
    assert errors(result)[0].startswith("监考编排 第 2 行 工号: 该监考教师在本单元已有核验")


@pytest.mark.parametrize(("hours", "is_free"), [(48.0, True), (47.999, False)])
def test_rosters_change_freely_until_48_hours_before(hours, is_free):
    put()
    at = datetime(2026, 1, 6, 0, 30, tzinfo=UTC) - timedelta(hours=hours)
    result = put(changed("监考编排", 0, room="02"), now=at)
    assert result.ok is is_free
    assert is_free or "锁定" in errors(result)[0]


def test_a_seat_held_by_somebody_the_workbook_forgot_is_named():
    put()
    rows = changed("考生编排", 0, seat_no="04")
    del rows["考生编排"][3]
    assert errors(put(rows)) == [
        "考生编排 第 2 行 座位号: 系统中已属于准考证号 W004 的考生，而该考生不在这个工作簿里。请补上该行或换一个。"
    ]


def test_a_unit_moves_with_its_site_units_until_entry_opens():
    put()
    later = changed("时间单元", 0, start=datetime.fromisoformat("2026-01-06 08:40"))
    assert errors(put(later)) == []
    site_unit = SiteUnit.objects.get()
    assert (site_unit.starts_at, site_unit.generation) == (datetime(2026, 1, 6, 0, 40, tzinfo=UTC), 1)
    opened = put(now=datetime(2026, 1, 6, 0, 10, tzinfo=UTC))
    assert errors(opened)[0].startswith("时间单元 第 2 行 开始时间: 该单元已开始入场")


# --- photos ---------------------------------------------------------------------------------------------------


def test_photos_are_found_by_student_or_id_number_and_drawn_anew():
    result = put(photos=zipped({"2590101200001.jpg": jpeg(), "999000199901010002.JPG": jpeg("#112233")}))
    assert (result.photos.given, result.photos.missing) == (2, 2)
    candidate = Candidate.objects.get(student_no="2590101200002")
    with Image.open(files.path(candidate.photo)) as image:
        assert image.size == (60, 80)
        assert not image.getexif()


def test_a_missing_photo_is_missing():
    result = put(photos=zipped({"2590101200001.jpg": jpeg()}))
    assert result.ok
    assert result.photos.missing == 3
    assert Candidate.objects.get(student_no="2590101200002").photo == ""


def test_a_photo_stays_when_the_next_load_brings_none():
    put(photos=zipped({"2590101200001.jpg": jpeg()}))
    put()
    assert Candidate.objects.get(student_no="2590101200001").photo


@pytest.mark.parametrize("content", [b"", b"not a picture", jpeg()[:300], b"\x89PNG\r\n\x1a\n" + b"\0" * 99])
def test_an_unreadable_photo_is_a_row_error(content):
    result = put(photos=zipped({"2590101200003.jpg": content}))
    assert errors(result)[0].startswith("考生编排 第 4 行 学号: 照片 2590101200003.jpg 打不开")
    assert not Candidate.objects.exists()


def test_paths_in_the_zip_lead_nowhere():
    hostile = {f"{way}2590101200001.jpg": jpeg() for way in ("../../", "/etc/", "C:\\", "..\\")}
    result = put(photos=zipped(hostile))
    assert result.photos.given == 0
    assert "4 个文件的路径不安全" in next(iter(result.problems.warnings)).reason.zh


def test_a_plain_folder_in_the_zip_does_no_harm():
    assert put(photos=zipped({"照片/2590101200001.jpg": jpeg(), "readme.txt": b"x"})).photos.given == 1


def test_a_photo_that_inflates_without_end_is_stopped(monkeypatch):
    monkeypatch.setattr("exam_ops.office.loading.album.MAX_PHOTO_BYTES", 1000)
    result = put(photos=zipped({"2590101200001.jpg": jpeg(size=(900, 900))}))
    assert "打不开" in errors(result)[0]


def test_an_archive_that_inflates_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("exam_ops.office.loading.album.MAX_ALL_BYTES", 500)
    with pytest.raises(FileRefused) as refused:
        put(photos=zipped({"2590101200001.jpg": jpeg()}))
    assert refused.value.errors[0].code == "inflates_too_far"


def test_photos_that_are_no_zip_are_refused():
    with pytest.raises(FileRefused) as refused:
        put(photos=BytesIO(b"no archive"))
    assert (refused.value.errors[0].field, refused.value.errors[0].code) == ("photos", "not_a_zip")


# --- the example, and size ------------------------------------------------------------------------------------


def test_the_example_workbook_loads_without_a_word():
    name = make_example.PLAN
    result = load(
        EXAMPLES / f"{name}.xlsx",
        photos=EXAMPLES / f"{name}-照片.zip",
        now=NOW,
        actor=None,
        as_drill=True,
        hold_rosters=True,
    )
    assert errors(result) == []
    assert dict(result.problems.warnings.by_sheet) == {"监考编排": 159}  # until their proctors are certified
    assert Sitting.objects.count() == 2000
    assert result.photos.missing == 30


def statements(per_unit: int, folder: Path, **options) -> int:
    workbook, photos = make_example.write(folder, per_unit=per_unit)
    with CaptureQueriesContext(connection) as captured:
        assert load(
            workbook, photos=photos, now=NOW, actor=None, as_drill=True, hold_rosters=True, **options
        ).ok
    return len(captured)


def test_a_load_is_set_wise(tmp_path):
    few, many = (statements(per_unit, tmp_path, check_only=True) for per_unit in (40, 400))
    assert few < 150
    assert many - few < 40  # for 720 more sittings: SQLite takes some hundred rows a statement


def test_a_second_load_only_reads(tmp_path):
    statements(40, tmp_path)
    assert statements(40, tmp_path) < 50
