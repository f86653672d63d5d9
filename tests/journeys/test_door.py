"""The door, from a proctor's login to the panorama (C0, C2, C3, C4, C12, C14, C15, C17)."""

import pytest

from tests.client_support.conftest import Machine
from tests.journeys.voices import (
    HERE,
    check_own_face,
    code,
    emergencies,
    panorama,
    put_photo,
    roster,
    stats,
    statuses,
    text,
)
from tests.verification.helpers import ask, check, decide, send

DECIDE = "/sign-ins/decisions/"


@pytest.fixture
def people(world):
    return world.sittings["A1/301"]


def board_of(browser) -> str:
    """Where 人脸识别签到管理 takes somebody of one site."""
    return browser.get("/sign-ins/")["Location"]


def test_a_proctor_checks_the_own_face_and_then_the_candidates(phone, cast, world, people):
    proctor = phone(cast.proctor)
    [duty] = proctor.get("/api/v1/app/duties/").json()["results"]
    assert (duty["room"]["number"], duty["room_session"]) == ("301", world.room.pk)
    mine = check_own_face(proctor, world.room)
    assert mine.status_code == 201
    assert put_photo(proctor, "proctor-sign-ins", mine.json()["id"]).status_code == 201
    results = send(proctor, *(check(person) for person in people[:4]))
    assert {row["entry_status"] for row in results} == {"signed_in"}
    told = stats(proctor, world.room)
    assert (told["registered"], told["signed_in"], told["pending"]) == (6, 4, 0)


def test_the_board_shows_it_from_plan_to_candidate(phone, page, cast, world, people):
    send(phone(cast.proctor), check(people[0]))
    hq = page(cast.hq)
    assert "/sign-ins/plans/P1/" in hq.get("/sign-ins/").content.decode()
    assert "第1单元" in text(hq.get("/sign-ins/plans/P1/"))
    assert "东海分部" in text(hq.get("/sign-ins/plans/P1/U1/"))
    assert "城东考点" in text(hq.get("/sign-ins/plans/P1/U1/A/"))
    assert "301考场" in text(hq.get(f"/sign-ins/sites/{world.site_unit.pk}/"))
    assert "08:10:00" in text(hq.get(f"/sign-ins/rooms/{world.room.pk}/"))
    assert "人脸识别通过" in text(hq.get(f"/sign-ins/sittings/{people[0].pk}/"))


def test_who_fails_the_check_gets_in_by_the_chief_and_owes_a_panorama(phone, page, cast, world, people, at):
    proctor, chief, who = phone(cast.proctor), page(cast.chief), people[0]
    send(proctor, check(who, outcome="failed"))
    asked = ask(proctor, who)
    assert asked.status_code == 201
    assert put_photo(proctor, "entry-requests", asked.json()["id"]).status_code == 201
    at("T-18m")
    seen = text(chief.get(board_of(chief), {"room": world.room.pk, "show": "pending"}))
    assert who.candidate.name in seen
    assert "人脸识别 1 次未通过" in seen
    chief.post(DECIDE, {"ids": [asked.json()["id"]], "outcome": "approved"})
    assert statuses(proctor, world.room)[0] == "approved"
    assert emergencies(proctor, world.room) == [who.candidate.name]
    at("T+31m"), at.fire()
    assert panorama(proctor, world.room).status_code == 201  # nobody marked: still owed
    assert "待提交 1" in text(chief.get("/integrity/records/", HERE))
    assert panorama(proctor, world.room, who).status_code == 201
    records = text(chief.get("/integrity/records/", HERE))
    assert "待提交 1" not in records
    assert "已提交 1" in records


def test_many_are_approved_after_a_preview(phone, page, cast, world, people):
    proctor, chief = phone(cast.proctor), page(cast.chief)
    ids = [ask(proctor, person).json()["id"] for person in people[:3]]
    send(proctor, check(people[2]))  # passed after all: the request is withdrawn
    many = {"ids": ids, "outcome": "approved", "many": 1, "next": "/"}
    assert "将批准 2 名，跳过 1 名：已签到 1" in text(chief.post(DECIDE, many))
    assert statuses(proctor, world.room)[:3] == ["pending", "pending", "signed_in"]
    chief.post(DECIDE, many | {"confirmed": 1})
    assert statuses(proctor, world.room)[:3] == ["approved", "approved", "signed_in"]


def test_the_second_to_decide_is_told_who_and_when(phone, page, cast, people, at):
    asked = ask(phone(cast.proctor), people[0]).json()["id"]
    at("T-18m")
    page(cast.chief).post(DECIDE, {"ids": [asked], "outcome": "approved"})
    at("T-17m")
    late = decide(phone(cast.chief), asked, "rejected", "证件与本人不符")
    assert code(late) == (409, "already_decided")
    assert (late.json()["decided_by"], late.json()["outcome"]) == ("chief", "approved")
    assert late.json()["decided_at"] == "2025-12-06T00:12:00+00:00"


def test_undecided_at_close_of_entry_is_not_admitted(phone, page, cast, world, people, at, machine):
    proctor = phone(cast.proctor)
    asked = ask(proctor, people[0]).json()["id"]
    assert machine.knock(people[0]).json()["message"] == "待主考审批"
    at("T+1799s"), at.fire()
    assert statuses(proctor, world.room)[0] == "pending"
    at("T+30m"), at.fire()
    assert statuses(proctor, world.room)[0] == "absent"
    assert code(decide(phone(cast.chief), asked)) == (409, "expired")
    said = text(
        page(cast.chief).post(DECIDE, {"ids": [asked], "outcome": "approved"}, headers={"hx-request": "true"})
    )
    assert "申请已失效" in said
    assert code(machine.knock(people[0])) == (403, "entry_expired")


def test_who_is_rejected_cannot_sit(phone, page, cast, world, people, machine: Machine):
    proctor, chief, who = phone(cast.proctor), page(cast.chief), people[0]
    asked = ask(proctor, who).json()["id"]
    reject = {"outcome": "rejected", "reason": "证件与本人不符"}
    chief.post(DECIDE, {"ids": [asked]} | reject)
    assert send(proctor, check(who))[0]["code"] == "entry_rejected"
    assert code(machine.knock(who)) == (403, "entry_rejected")
    again = ask(proctor, who, note="已核对户口本")  # one new try, with a new note
    assert again.status_code == 201
    chief.post(DECIDE, {"ids": [again.json()["id"]]} | reject)
    assert code(ask(proctor, who, note="再核对一次")) == (409, "rejected_before")
    assert statuses(proctor, world.room)[0] == "rejected"


def test_sending_twice_is_one_record(phone, cast, world, people):
    proctor, once = phone(cast.proctor), check(people[0])
    assert [send(proctor, once)[0]["status"] for _ in range(3)] == ["created", "duplicate", "duplicate"]
    assert stats(proctor, world.room)["signed_in"] == 1


@pytest.mark.parametrize("when", ["T-1801s", "T+30m"])
def test_before_and_after_entry_the_door_is_shut(phone, cast, world, people, at, when):
    at(when)
    proctor = phone(cast.proctor)
    assert send(proctor, check(people[0], when))[0]["code"] == "not_open"
    assert code(ask(proctor, people[0])) == (409, "not_open")
    assert code(check_own_face(proctor, world.room, when)) == (409, "not_open")


def test_only_who_gave_no_sign_is_absent_and_a_late_sign_in_turns_it_back(
    phone, cast, world, people, at, machine
):
    proctor = phone(cast.proctor)
    send(proctor, check(people[0]))
    machine.log_in(people[1])
    at("T+30m"), at.fire()
    assert statuses(proctor, world.room) == ["signed_in", "not_signed_in"] + ["absent"] * 4
    at("T+40m")
    assert send(proctor, check(people[2], "T+5m"))[0]["entry_status"] == "signed_in"
    assert statuses(proctor, world.room)[2] == "signed_in"


def test_evidence_that_names_an_absent_candidate_turns_it_back(phone, cast, world, people, at):
    proctor = phone(cast.proctor)
    at("T+30m"), at.fire()
    at("T+31m")
    panorama(proctor, world.room, people[0])
    assert roster(proctor, world.room)[0]["entry_status"] == "approved"
