"""Bad input: a code of the contract on the API, a sentence beside the field on the page, nothing changed."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile

from exam_ops.core.models import RoomSession, Sitting
from tests import pictures
from tests.journeys.voices import check_own_face, code, mark_on_the_page, panorama, report, text
from tests.office.workbooks import build, changed, compare_proctors, sound
from tests.verification.helpers import ask, check, send

OURS = ("core", "incidents", "verification", "proctors", "client_support")


@contextmanager
def nothing_changes(*besides: str) -> Iterator[None]:
    """Every table of ours but `besides` holds as many rows as before, every sitting and every counter stands as it stood."""
    apart = {"AccessToken", "Device", *besides}

    def now() -> tuple:
        counts = {
            m.__name__: m._default_manager.count()
            for label in OURS
            for m in apps.get_app_config(label).get_models()
        }
        counts = {name: n for name, n in counts.items() if name not in apart}
        return (
            counts,
            list(Sitting.objects.order_by("pk").values()),
            list(RoomSession.objects.order_by("pk").values()),
        )

    before = now()
    yield
    assert now() == before


def beside(answer, field: str) -> str:
    """The error that stands beside a field of a page."""
    html = answer.content.decode()
    found = re.search(rf'id="{field}_error"[^>]*>(.*?)</ul>', html, re.S)
    assert found, f"no error beside {field}"
    return re.sub(r"<[^>]+>", "", found[1]).strip()


@pytest.fixture
def load(world, page) -> Callable:
    """Headquarters load a workbook on the page; its proctors are certified."""
    compare_proctors()

    def sent(content: bytes, name: str = "plan.xlsx"):
        return page(world.cast.hq).post("/plan-loads/", {"workbook": SimpleUploadedFile(name, content)})

    return sent


@pytest.mark.parametrize("content", [b"no workbook", b"", pictures.jpeg(), build(sound())[:3000]])
def test_a_wrong_workbook(load, content):
    with nothing_changes():
        answer = load(content)
    assert answer.status_code == 422
    assert beside(answer, "id_workbook")


WRONG_ROWS = {
    "考场 1 座位数 不认识的列": lambda: build(sound(), headers={"考场": ("考点", "考场编号", "座位数")}),
    "考生编排 3 座位号 座位已安排给第 2 行的 考生1": lambda: build(changed("考生编排", 1, seat_no="01")),
    "时间单元 2 结束时间 结束时间 01-06 08:30 不晚于开始时间 01-06 08:30": lambda: build(
        changed("时间单元", 0, end=sound()["时间单元"][0]["start"])
    ),
    "时间单元 2 开始时间 2026-01-06 08:30 不在考试计划的日期": lambda: build(
        changed("考试计划", 0, starts_on=sound()["考试计划"][0]["ends_on"])
    ),
    "公网IP 2 地址 内网地址不能登记": lambda: build(changed("公网IP", 0, address="192.168.1.1")),
}


@pytest.mark.parametrize("expected", WRONG_ROWS)
def test_a_wrong_row_by_sheet_row_and_column(load, expected):
    content = WRONG_ROWS[expected]()
    with nothing_changes():
        answer = load(content)
    assert answer.status_code == 422
    assert expected in text(answer)


def test_a_site_outside_the_scope(phone, page, cast, new_id):
    admin, browser = phone(cast.site_admin), page(cast.site_admin)
    with nothing_changes():
        for site in ("A2", "B1", "nowhere"):
            assert code(report(admin, "NET", site=site, unit="U1", plan="P1")) == (404, "not_found")
        form = {"id": new_id(), "plan": "P1", "unit": "U1", "site": "B1", "room": "", "type": "NET"}
        answer = browser.post("/incidents/new/", form)
        assert (answer.status_code, beside(answer, "id_site")) == (
            422,
            "这个选项不在您的范围内，请重新选择。",
        )
        assert browser.get("/sites/B1/").status_code == 404
        assert browser.post("/sites/B1/addresses/", {"network": "36.110.8.20"}).status_code == 404


def test_a_sign_in_for_another_room(phone, cast, world):
    proctor, elsewhere = phone(cast.proctor), world.sittings["A1/302"][0]
    before = list(Sitting.objects.order_by("pk").values())
    mine, others, abroad = send(
        proctor, check(world.sitting), check(elsewhere), check(world.sittings["B1/201"][0])
    )
    assert [mine["status"], others["code"], abroad["code"]] == ["created", "out_of_scope", "unknown_sitting"]
    assert list(Sitting.objects.order_by("pk").values())[1:] == before[1:]
    with nothing_changes("WantedDuty", "Event", "OutboxMessage"):  # its site is told, to mend it by one touch
        face = check_own_face(proctor, world.rooms["A1/302"])
        assert (code(face), face.json()["missing"]) == ((403, "out_of_scope"), "room")
        asked = ask(proctor, elsewhere)
        assert (code(asked), asked.json()["missing"]) == ((403, "out_of_scope"), "room")


NO_PICTURES = [
    b"",
    b"GIF89a" + b"\0" * 50,
    b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    pictures.jpeg()[:200],
]


@pytest.mark.parametrize("content", NO_PICTURES, ids=["empty", "gif", "svg", "torn"])
def test_an_image_that_is_none(phone, page, cast, world, at, content):
    at("T-10m")
    proctor, fact = phone(cast.proctor), check(world.sitting, "T-10m")
    send(proctor, fact)
    with nothing_changes():
        refused = proctor.put(f"/api/v1/sign-ins/{fact['id']}/photo/", content, content_type="image/jpeg")
        assert refused.status_code in (415, 422)
    at("T+31m")
    with nothing_changes():
        assert code(panorama(proctor, world.room, photo=pictures.upload(content))) == (422, "not_an_image")
        answer = mark_on_the_page(page(cast.proctor), world.room, photo=pictures.upload(content))
        assert answer.status_code == 422
        assert beside(answer, "id_photo")
        assert "已人工核对证件" in answer.content.decode()  # what was typed is still there


def test_an_upload_one_second_late(phone, page, cast, world, at):
    proctor, browser = phone(cast.proctor), page(cast.proctor)
    at("E+1s")
    with nothing_changes():
        assert code(panorama(proctor, world.room, world.sitting)) == (403, "evidence_closed")
        answer = mark_on_the_page(browser, world.room, world.sitting)
        assert (answer.status_code, "应急材料已截止" in text(answer)) == (403, True)


@pytest.mark.parametrize("network", ["10.0.0.1", "0.0.0.0/0", "一楼", ""])
def test_an_address_that_is_none_of_the_sites(page, cast, network):
    with nothing_changes():
        answer = page(cast.site_admin).post("/sites/A1/addresses/", {"network": network})
    assert answer.status_code == 422
    assert beside(answer, "id_network")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{", (400, "malformed")),
        ("[]", (422, "invalid")),
        ('{"items": []}', (422, "invalid")),
        ("{}", (422, "invalid")),
    ],
)
def test_a_body_that_is_none(phone, cast, body, expected):
    proctor = phone(cast.proctor)
    with nothing_changes():
        assert (
            code(proctor.generic("POST", "/api/v1/sign-ins/", body, content_type="application/json"))
            == expected
        )


def test_another_body_under_a_used_id(phone, cast, world, new_id):
    proctor, id = phone(cast.proctor), new_id()
    ask(proctor, world.sitting, id=id)
    with nothing_changes():
        assert code(ask(proctor, world.sitting, id=id, note="别的")) == (409, "id_reused")


def test_without_a_token_or_a_role(api, cast, world):
    with nothing_changes():
        assert code(api().post("/api/v1/sign-ins/", {"items": [check(world.sitting)]})) == (
            401,
            "not_authenticated",
        )
        assert code(api(cast.nobody).post("/api/v1/sign-ins/", {"items": [check(world.sitting)]})) == (
            403,
            "not_allowed",
        )


@pytest.mark.parametrize(
    "address",
    ["/registry/?q=%00", "/roster/?plan=P1&site=%00", "/roster/export.xlsx?plan=%00", "/sites/%00/"],
)
def test_an_address_with_a_nul_is_not_known(page, cast, address):
    assert page(cast.hq).get(address).status_code == 404


@pytest.mark.parametrize("address", ["/api/v1/incidents/?plan=%00", "/api/v1/incidents/?cursor=%00"])
def test_a_question_with_a_nul_is_refused(api, cast, address):
    answer = api(cast.hq).get(address)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
