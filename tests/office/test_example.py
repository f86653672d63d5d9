"""The example workbook: what the script makes, and what is committed."""

import io
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from python_calamine import CalamineWorkbook

from exam_ops.office import layout
from examples import make_example
from examples.people import checksum

FOLDER = Path(make_example.__file__).parent
PROVINCES = {  # first and last of each of the standard's groups
    f"{code}"
    for first, last in (
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 83),
        (91, 91),
    )
    for code in range(first, last + 1)
}


def read(path: Path) -> dict[str, list[dict]]:
    """The rows of a workbook by sheet and field name; the first row must be the layout's headers."""
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == [layout.IGNORED, *(s.name for s in layout.SHEETS)]
    found = {}
    for sheet in layout.SHEETS:
        header, *rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
        assert tuple(header) == sheet.headers
        fields = [c.field for c in sheet.columns]
        found[sheet.name] = [dict(zip(fields, row, strict=True)) for row in rows]
    return found


@pytest.fixture(scope="module")
def rows():
    return read(FOLDER / f"{make_example.PLAN}.xlsx")


@pytest.fixture(scope="module")
def photos():
    with zipfile.ZipFile(FOLDER / f"{make_example.PLAN}-照片.zip") as archive:
        yield archive


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return make_example.write(tmp_path_factory.mktemp("sample"), per_unit=60)


def test_a_small_sample_has_the_layouts_headers(sample):
    assert len(read(sample[0])["考生编排"]) == 120


def test_the_same_call_makes_the_same_bytes(sample, tmp_path):
    again = make_example.write(tmp_path, per_unit=60)
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in sample]


def test_the_committed_workbook_is_what_the_script_makes(rows):
    made = make_example.build().rows
    for name, found in rows.items():
        assert [_filled(r) for r in found] == [_filled(r) for r in made[name]], name


def _filled(row: dict) -> dict:
    return {k: v for k, v in row.items() if v not in ("", None)}


def test_counts(rows):
    counts = {name: len(found) for name, found in rows.items()}
    assert counts == {
        **{"考试计划": 1, "时间单元": 2, "试卷": 5, "分部": 3, "学习中心": 10, "考点": 8, "考场": 40},
        **{"考生编排": 2000, "监考教师": 90, "监考编排": 159, "公网IP": 24, "账号": 129},
    }
    assert Counter(r["kind"] for r in rows["考点"]) == {"正式": 6, "临时": 2}
    assert all(24 <= r["seats"] <= 30 for r in rows["考场"])
    assert Counter(r["unit"] for r in rows["考生编排"]) == {"U1": 1000, "U2": 1000}
    assert sum(not r["room"] for r in rows["考生编排"]) == 3
    assert sum(r["held_over"] == "是" for r in rows["考生编排"]) == 1


@pytest.mark.parametrize("sheet", layout.SHEETS, ids=lambda s: s.name)
def test_cells_fit_the_layout(rows, sheet):
    for column in sheet.columns:
        values = [r[column.field] for r in rows[sheet.name]]
        assert not column.required or "" not in values
        labels = [v for v in values if v != ""]
        assert not column.choices or set(labels) <= set(column.choices)
        assert column.kind != "id_text" or all(isinstance(v, str) for v in labels)


@pytest.mark.parametrize("sheet", layout.SHEETS, ids=lambda s: s.name)
def test_keys_are_unique_and_references_exist(rows, sheet):
    keys = [tuple(r[f] for f in sheet.key) for r in rows[sheet.name]]
    assert len(set(keys)) == len(keys)
    for column in (c for c in sheet.columns if c.refers):
        target = layout.sheet(column.refers)
        there = {tuple(r[f] for f in target.key) for r in rows[target.name]}
        for row in rows[sheet.name]:
            for value in filter(None, row[column.field].split(",") if column.many else [row[column.field]]):
                assert (*(row[f] for f in target.key[:-1]), value) in there


def test_units_are_beijing_datetimes_to_the_minute(rows):
    times = [(u["start"], u["end"]) for u in rows["时间单元"]]
    assert times == [
        (datetime.fromisoformat(f"2025-12-06 {start}"), datetime.fromisoformat(f"2025-12-06 {end}"))
        for start, end in (("08:30", "10:00"), ("10:30", "12:00"))
    ]


def test_no_two_candidates_on_one_seat_and_no_seat_that_is_not_there(rows):
    seated = [r for r in rows["考生编排"] if r["room"]]
    assert max(Counter((r["unit"], r["site"], r["room"], r["seat_no"]) for r in seated).values()) == 1
    seats = {(r["site"], r["number"]): r["seats"] for r in rows["考场"]}
    assert all(1 <= int(r["seat_no"]) <= seats[r["site"], r["room"]] for r in seated)


def test_a_student_number_is_one_person_with_one_ticket(rows):
    people = {(r["student_no"], r["name"], r["id_no"], r["ticket_no"]) for r in rows["考生编排"]}
    for part in (0, 2, 3):
        assert len({p[part] for p in people}) == len(people)
    assert all(len(p[0]) == 13 and p[0].isdigit() for p in people)


def test_the_held_over_candidate_sits_in_both_units(rows):
    held = next(r for r in rows["考生编排"] if r["held_over"] == "是")
    papers = {r["unit"]: r["paper_no"] for r in rows["考生编排"] if r["student_no"] == held["student_no"]}
    assert held["unit"] == "U2"
    assert papers["U1"] != papers["U2"]


def test_id_numbers_are_well_formed_and_nobodys(rows):
    id_nos = {r["id_no"] for name in ("考生编排", "监考教师") for r in rows[name]}
    for id_no in id_nos:
        assert len(id_no) == 18
        assert id_no[:2] not in PROVINCES
        assert checksum(id_no[:17]) == id_no[17]
        assert datetime.strptime(id_no[6:14], "%Y%m%d").year > 1960  # noqa: DTZ007 (a birth date)


def test_the_checksum_is_the_standards_own_example():
    assert checksum("11010519491231002") == "X"


def test_names_with_rare_characters_come_back_whole(rows):
    assert {"钟𬭎", "苏㛃", "龙龘"} <= {r["name"] for r in rows["考生编排"]}


def test_every_room_has_two_certified_proctors_but_one_in_the_second_unit(rows):
    certified = {r["username"] for r in rows["监考教师"] if r["certified"] == "已认证"}
    assert {r["username"] for r in rows["监考编排"]} <= certified
    staff = Counter((r["unit"], r["site"], r["room"]) for r in rows["监考编排"])
    assert [place for place, count in staff.items() if count != 2] == [make_example.SHORT_ROOM]
    assert len(staff) == 80


def test_every_site_lets_the_demo_in_from_loopback(rows):
    loopback = Counter(r["address"] for r in rows["公网IP"])
    assert loopback["127.0.0.1/32"] == loopback["::1/128"] == 8


def test_accounts(rows):
    roles = Counter(r["role"] for r in rows["账号"])
    assert roles["总部"] == 2
    assert roles["监考教师"] == 90
    assert all(roles[role] == 8 for role in ("考点管理员", "主考"))
    rights = Counter((r["scope"], r["rights"]) for r in rows["账号"] if r["role"] == "分部考务")
    assert set(rights) == {(b, right) for b in ("901", "902", "903") for right in ("考风考纪", "值班")}
    assert not any(r["initial_password"] for r in rows["账号"])


def test_photos_belong_to_candidates_and_some_are_missing(rows, photos):
    students = {f"{r['student_no']}.jpg" for r in rows["考生编排"]}
    names = set(photos.namelist())
    assert names < students
    assert 0.01 < 1 - len(names) / len(students) < 0.03


def test_photos_are_small_jpegs(photos):
    assert max(i.file_size for i in photos.infolist()) < 6_000
    for name in photos.namelist()[::100]:
        with Image.open(io.BytesIO(photos.read(name)), formats=("JPEG",)) as image:
            assert image.size == (180, 240)
