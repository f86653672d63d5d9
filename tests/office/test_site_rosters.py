"""Workbooks of rosters: out and in again, by the windows and rules of the roster's pages (C8, E5)."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from exam_ops.core import schedule
from exam_ops.core.models import Event, Membership, RoomSession, RosterRow, SiteUnit, TimeUnit
from proctors.models import ProctorChange, Recusal
from tests import world as worlds
from tests.office.workbooks import build

SHEET = "监考编排"
LOAD = "/roster/load/"


def row(username, room="302", duty="副监考", unit="U1", **more):
    return {"plan": "P1", "unit": unit, "site": "A1", "room": room, "username": username, "duty": duty} | more


@pytest.fixture
def spare(world):
    return worlds.proctor("spare", world.site)


@pytest.fixture
def load(world, page, spare):
    """`load(row, …)` uploads a workbook of these rows as the site's administrator."""

    def call(*rows, user=None, content=None, **fields):
        data = content if content is not None else build({SHEET: list(rows)})
        file = SimpleUploadedFile("rosters.xlsx", data)
        body = {"workbook": file, "reason": "", "load": "1"} | fields
        return page(user or world.cast.site_admin).post(LOAD, body)

    return call


def standing(room):
    return dict(RosterRow.objects.filter(room_session=room).values_list("position", "proctor__username"))


def problems(answer) -> list[str]:
    """Row, column and reason of each error shown."""
    cells = re.findall(r"<td[^>]*>(.*?)</td>", answer.text)
    return [" ".join(cells[i + 1 : i + 4]) for i in range(0, len(cells), 4)]


def test_what_goes_out_comes_in_again_and_changes_nothing(cast, at, page, load):
    at("T-3d")
    out = page(cast.site_admin).get("/roster/export.xlsx", {"plan": "P1", "site": "A1"})
    assert out.status_code == 200
    header, *rows = CalamineWorkbook.from_filelike(BytesIO(out.content)).get_sheet_by_name(SHEET).to_python()
    assert {tuple(zip(header, r, strict=True))[4] for r in rows} == {
        ("工号", "proctor"), ("工号", "second"), ("工号", "next_room")
    }  # fmt: skip
    answer = load(content=out.content)
    assert "没有变化" in answer.text
    assert not ProctorChange.objects.exists()
    assert Event.objects.get(kind="roster.exported").data == {"rows": 3}


def test_the_first_sheet_names_who_may_be_placed(cast, at, page, spare):
    out = page(cast.site_admin).get("/roster/export.xlsx", {"plan": "P1"})
    book = CalamineWorkbook.from_filelike(BytesIO(out.content)).get_sheet_by_name("说明")
    assert any("spare" in str(cell) for line in book.to_python() for cell in line)


def test_in_the_free_window_it_is_written_at_once(world, at, load):
    at("T-3d")
    answer = load(row("spare"))
    assert answer.status_code == 200
    assert standing(world.rooms["A1/302"]) == {"lead": "next_room", "second": "spare"}
    assert ProctorChange.objects.get().status == "applied"
    assert Event.objects.get(kind="roster.loaded").data["placed"] == 1


def test_two_proctors_change_rooms_and_who_is_replaced_goes(world, at, load):
    at("T-3d")
    load(row("next_room", "301", "主监考"), row("proctor", "302", "主监考"), row("spare", "301", "副监考"))
    assert standing(world.room) == {"lead": "next_room", "second": "spare"}
    assert standing(world.rooms["A1/302"]) == {"lead": "proctor"}


def test_whoever_is_named_elsewhere_leaves_the_old_place(world, at, load):
    at("T-3d")
    load(row("second"))
    assert standing(world.room) == {"lead": "proctor"}
    answer = load(row("proctor", "302", "主监考"))
    assert "撤下后该考场没有已认证的监考教师" in answer.text
    assert standing(world.room) == {"lead": "proctor"}


WRONG = {
    "2 考点 没有这个考点，或它不在您的范围内": [row("spare", site="B1")],
    "2 计划代码 这个考点没有参加": [row("spare") | {"plan": "P7"}],
    "2 单元 这个考点在该计划中没有这个单元": [row("spare", unit="U7")],
    "2 考场 这个考点本单元没有使用这个考场": [row("spare", "999")],
    "2 工号 不是这个考点的监考教师": [row("sibling_proctor")],
    "2 姓名 工号 spare 的姓名是 spare": [row("spare", name="别人")],
    "2 职责 “队长”不在可填的值中": [row("spare", duty="队长")],
    "2 工号 不能为空": [row("")],
    "3 工号 同一单元已编排在第 2 行": [row("spare"), row("spare", "301", "主监考")],
    "3 职责 该考场本单元的这一职责已是第 2 行的 spare": [row("spare"), row("proctor")],
    "2 工号 fresh 尚未通过实名认证": [row("fresh")],
    "2 工号 shy 须回避该考场": [row("shy")],
    "3 工号 spare 在": [row("spare"), row("spare", unit="U3")],
}  # fmt: skip


@pytest.mark.parametrize("said", WRONG)
def test_each_wrong_cell_is_named_and_nothing_is_written(world, cast, at, load, said):
    at("T-3d")
    worlds.proctor("fresh", world.site, certified=False)
    Recusal.objects.create(
        proctor=worlds.proctor("shy", world.site), site=world.site, room=world.rooms["A1/302"].room,
        relation="other", reason="x", entered_by=cast.site_admin, entered_at=at.now,
    )  # fmt: skip
    if "U3" in str(WRONG[said]):
        clashing(world)
    before = RosterRow.objects.count()
    answer = load(*WRONG[said], row("spare", unit="U2"))
    assert answer.status_code == 422
    number, column, words = said.split(" ", 2)
    assert any(p.startswith(f"{number} {column}") and words in p for p in problems(answer)), problems(answer)
    assert RosterRow.objects.count() == before
    assert not ProctorChange.objects.exists()


def clashing(world):
    """A third unit that runs while the first does."""
    unit = TimeUnit.objects.create(plan=world.plan, code="U3", start=worlds.T, end=worlds.E)
    made = schedule.create(
        [SiteUnit(site=world.site, unit=unit, start=unit.start, end=unit.end)], world.plan, now=worlds.T
    )
    RoomSession.objects.create(site_unit=made[0], room=world.rooms["A1/302"].room)


def test_inside_48_hours_rows_become_requests_with_a_reason(world, at, load):
    at("T-172799s")
    refused = load(row("spare"))
    assert refused.status_code == 422
    assert "请填写原因后再导入" in refused.text
    answer = load(row("spare"), reason="原监考生病")
    assert answer.status_code == 200
    change = ProctorChange.objects.get()
    assert (change.status, change.reason, change.position) == ("pending", "原监考生病", "second")
    assert standing(world.rooms["A1/302"]) == {"lead": "next_room"}
    assert "已在等待审批" in load(row("spare"), reason="x").text


@pytest.mark.parametrize(
    ("moment", "status"), [("T-7201s", 200), ("T-2h", 422), ("T-1h", 422), ("T+30m", 422)]
)
def test_inside_two_hours_rows_are_refused(at, load, moment, status):
    at(moment)
    answer = load(row("spare"), reason="x")
    assert answer.status_code == status
    assert ProctorChange.objects.count() == (status == 200)


def test_a_chief_can_t_ask_for_an_emergency_by_workbook(cast, at, load):
    at("T-1h")
    assert "不足 2 小时" in load(row("spare"), reason="x", user=cast.chief).text


def test_checking_alone_writes_nothing(at, load):
    at("T-3d")
    answer = load(row("spare"), check="1")
    assert "检查通过" in answer.text
    assert not ProctorChange.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "这个文件是空的"),
        (b"no workbook", "不是 Excel 工作簿"),
        (build({"考场": []}), "没有“监考编排”工作表"),
    ],
)
def test_a_file_that_is_none_is_refused_beside_its_field(at, load, content, said):
    answer = load(content=content)
    assert answer.status_code == 422
    assert said in answer.text


def test_the_errors_are_a_workbook_too(cast, at, load, page):
    at("T-3d")
    answer = load(row("spare", "999"))
    errors = re.search(r'name="errors" value="([^"]+)"', answer.text).group(1)
    out = page(cast.site_admin).post("/roster/load/errors/", {"errors": errors})
    assert CalamineWorkbook.from_filelike(BytesIO(out.content)).get_sheet_by_index(0).to_python()[1][1] == 2


def test_the_sheet_for_the_door_has_names_alone(world, cast, at, page):
    world.cast.second.name = "乙二"
    world.cast.second.save()
    text = page(cast.chief).get("/roster/doors/", {"plan": "P1", "day": "2025-12-06"}).text
    assert "301考场" in text
    assert "乙二" in text
    assert "2025-12-06" in text


def test_of_another_site_nothing_goes_out(cast, page):
    out = page(cast.site_admin)
    assert out.get("/roster/export.xlsx", {"plan": "P1", "site": "A2"}).status_code == 404
    assert out.get("/roster/doors/", {"plan": "P1", "site": "B1"}).status_code == 404


def test_one_who_is_of_two_sites_is_known_at_both(world, at, load):
    at("T-3d")
    Membership.objects.create(user=world.cast.sibling_proctor, role="proctor", site=world.site)
    answer = load(row("sibling_proctor"))
    assert "已安排在城西考点" in answer.text
