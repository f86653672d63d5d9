"""监考编排 as a grid: a place is filled, emptied, taken back; a request is collected; every refusal says what next."""

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core.models import ExamRoom, Membership, ProctorProfile, RoomSession, RosterRow, SiteUnit, User
from proctors.models import ProctorChange
from tests import world as worlds
from tests.journeys.voices import text

PLACES, UNDO, CHOICES, REQUESTS, PAGE = (
    "/roster/places/", "/roster/places/undo/", "/roster/choices/", "/roster/requests/", "/roster/"
)  # fmt: skip


@pytest.fixture
def fill(world, page):
    """`fill(user, room, incoming)` puts somebody into the second place of a room, for whom `outgoing` stands there."""

    def call(user, room, incoming=None, *, outgoing=None, position="second", **more):
        body = {"id": str(uuid.uuid4()), "room": room.pk, "position": position,
                "outgoing": outgoing.pk if outgoing else "", "incoming": incoming.pk if incoming else ""}  # fmt: skip
        return page(user).post(PLACES, body | more)

    return call


@pytest.fixture
def send(page):
    """`send(user, (room, position, outgoing, incoming), …)` sends the pieces as one request."""

    def call(user, *pieces, reason="生病", id=None):
        keys = [":".join(str(getattr(part, "pk", part) or "") for part in piece) for piece in pieces]
        return page(user).post(REQUESTS, {"id": id or str(uuid.uuid4()), "reason": reason, "piece": keys})

    return call


def test_a_free_place_is_filled_at_once_and_drawn_anew(world, cast, at, fill, spare, standing):
    at("T-3d")
    room = world.rooms["A1/302"]
    answer = fill(cast.site_admin, room, spare)
    assert standing(room) == {"lead": "next_room", "second": "spare"}
    shown = answer.content.decode()
    assert f'id="c{room.pk}" hx-swap-oob="true"' in shown
    assert f'id="w{spare.pk}"' in shown
    assert f'id="k{room.site_unit_id}"' in shown
    assert "新增 spare" in text(answer)


def test_the_place_that_is_meant_is_filled(world, cast, at, fill, spare, standing):
    at("T-3d")
    room = world.rooms["A1/302"]
    fill(cast.site_admin, room, outgoing=cast.next_room, position="lead")
    fill(cast.site_admin, room, spare)
    assert standing(room) == {"second": "spare"}


def test_the_last_act_is_taken_back(world, cast, at, page, fill, spare, standing):
    at("T-3d")
    fill(cast.site_admin, world.room, spare, outgoing=cast.second)
    done = ProctorChange.objects.get()
    answer = page(cast.site_admin).post(UNDO, {"id": str(uuid.uuid4()), "change": str(done.pk)})
    assert answer.status_code == 200
    assert standing(world.room)["second"] == "second"


def test_only_the_own_act_is_taken_back_while_it_stands_and_the_window_is_free(
    world, cast, at, page, fill, spare
):
    at("T-3d")
    fill(cast.site_admin, world.room, spare, outgoing=cast.second)
    body = {"id": str(uuid.uuid4()), "change": str(ProctorChange.objects.get().pk)}
    assert page(cast.chief).post(UNDO, body).status_code == 409
    at("T-172799s")
    assert "不能直接修改" in text(page(cast.site_admin).post(UNDO, body))
    at("T-3d")
    fill(cast.site_admin, world.room, outgoing=spare)
    assert "不能撤销" in text(page(cast.site_admin).post(UNDO, body))


@pytest.mark.parametrize(
    ("when", "status"), [("T-172801s", 200), ("T-48h", 200), ("T-172799s", 409), ("T-7200s", 409)]
)
def test_a_place_is_filled_at_once_in_the_free_window_alone(world, cast, at, fill, spare, when, status):
    at(when)
    assert fill(cast.site_admin, world.rooms["A1/302"], spare).status_code == status
    assert ProctorChange.objects.exists() is (status == 200)


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("next_room", "已安排在城东考点 302考场"),
        ("fresh", "尚未通过实名认证"),
        ("sibling_proctor", "没有这条记录"),
    ],
)
def test_who_may_not_come_is_named_with_the_reason(world, cast, at, fill, who, words):
    worlds.proctor("fresh", world.site, certified=False)
    at("T-3d")
    RosterRow.objects.filter(proctor=cast.second).delete()
    answer = fill(cast.site_admin, world.room, User.objects.get(username=who))
    assert words in text(answer)


def test_a_place_that_somebody_else_has_just_filled_is_said(world, cast, at, fill, spare):
    at("T-3d")
    assert "已由他人安排" in text(fill(cast.site_admin, world.room, spare))
    assert "不在该考场的监考编排中" in text(fill(cast.site_admin, world.room, outgoing=spare))


def test_the_list_names_who_is_free_first_and_why_others_are_not(world, cast, at, page, spare):
    worlds.proctor("fresh", world.site, certified=False)
    at("T-3d")
    shown = page(cast.site_admin).get(CHOICES, {"room": world.room.pk, "position": "second"})
    said = text(shown)
    assert said.index("spare") < said.index("fresh")
    assert "fresh 未通过实名认证" in said
    assert "移来：302考场监考一" in said
    assert f'data-pick="{spare.pk}"' in shown.content.decode()


def test_several_places_go_to_the_branch_as_one_request(world, cast, at, send, spare):
    other = worlds.proctor("other", world.site)
    at("T-40h")
    answer = send(
        cast.site_admin,
        (world.room, "second", cast.second, spare),
        (world.rooms["A1/302"], "second", "", other),
    )
    assert "2 项变更已提交分部" in json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert set(ProctorChange.objects.values_list("status", "reason")) == {("pending", "生病")}
    assert ProctorChange.objects.values("batch").distinct().count() == 1
    assert "待批：spare" in text(answer)


def test_a_request_that_is_refused_names_the_place_and_nothing_is_sent(world, cast, at, send, spare):
    at("T-40h")
    pieces = [(world.room, "second", cast.second, spare), (world.rooms["A1/302"], "second", "", spare)]
    answer = send(cast.site_admin, *pieces)
    assert answer.status_code == 422
    assert "第1单元 302考场：spare" in text(answer)
    assert not ProctorChange.objects.exists()
    assert "请填写原因" in text(send(cast.site_admin, *pieces, reason=" "))
    assert "请刷新页面后重试" in text(send(cast.site_admin, ("x", "second", "", spare)))


def test_the_emergency_is_the_chiefs_to_ask_and_the_duty_officers_to_carry_out(world, cast, at, send, spare):
    at("T-1h")
    piece = (world.room, "second", cast.second, spare)
    assert "请主考提交紧急更换" in text(send(cast.site_admin, piece))
    assert send(cast.chief, piece).status_code == 200
    assert ProctorChange.objects.get().window == "emergency"


def test_what_is_wrong_with_a_place_is_said_on_the_page(world, cast, at, page, send, spare):
    worlds.proctor("fresh", world.site, world.rooms["A1/302"], certified=False, position="second")
    at("T-40h")
    send(cast.site_admin, (world.room, "second", cast.second, spare))
    later = world.later_unit.site_units.get(site=world.site)
    RosterRow.objects.create(room_session=later.room_sessions.get(room__room_no="301"), proctor=cast.proctor)
    moved = {name: getattr(world.site_unit, name) for name in ("start", "end", "starts_at", "ends_at")}
    SiteUnit.objects.filter(pk=later.pk).update(**moved)
    said = text(page(cast.site_admin).get(PAGE))
    for words in ("未认证", "空缺", "待批：spare", "同时段冲突", "变更须分部批准"):
        assert words in said


def wide(world, rooms: int) -> list[RoomSession]:
    """`rooms` more rooms of the own site, each in both units, each with two proctors in the first."""
    units = SiteUnit.objects.filter(site=world.site, unit__plan=world.plan)
    number = ExamRoom.objects.count()
    made = ExamRoom.objects.bulk_create(
        ExamRoom(site=world.site, room_no=f"{number + n}") for n in range(rooms)
    )
    sessions = RoomSession.objects.bulk_create(RoomSession(site_unit=u, room=r) for u in units for r in made)
    first = [s for s in sessions if s.site_unit_id == world.site_unit.pk]
    people = User.objects.bulk_create(
        User(username=f"g{number}-{n}", name=f"监考{n}") for n in range(2 * rooms)
    )
    Membership.objects.bulk_create(Membership(user=u, role="proctor", site=world.site) for u in people)
    ProctorProfile.objects.bulk_create(
        ProctorProfile(user=u, site=world.site, status="certified") for u in people
    )
    RosterRow.objects.bulk_create(
        RosterRow(room_session=s, proctor=people[2 * n + k], position=("lead", "second")[k])
        for n, s in enumerate(first)
        for k in (0, 1)
    )
    return sessions


def test_neither_page_nor_act_costs_more_statements_in_a_larger_grid(world, cast, at, page, fill, spare):
    at("T-3d")
    browser, costs = page(cast.site_admin), []
    browser.get(PAGE)
    for rooms in (2, 12):
        wide(world, rooms)
        with CaptureQueriesContext(connection) as drawn:
            browser.get(PAGE)
        with CaptureQueriesContext(connection) as acted:
            assert fill(cast.site_admin, world.rooms["A1/302"], spare).status_code == 200
        fill(cast.site_admin, world.rooms["A1/302"], outgoing=spare)
        costs.append((len(drawn), len(acted)))
    assert costs[0] == costs[1]
    assert costs[0][0] <= 26
    assert costs[0][1] <= 60
