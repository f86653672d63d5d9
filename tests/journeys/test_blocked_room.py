"""A room whose App does not work: both proctors locked out, or no response to scanning (C5, C7, C14)."""

import pytest

from tests.journeys.voices import HERE, code, emergencies, mark_on_the_page, page_of, report, statuses, text
from tests.verification.helpers import check, send

OF_THE_ROOM = "开考 30 分钟时列出仍未签到的考生"
TYPES = pytest.mark.parametrize("type", ["IDV-03", "IDV-05"])


@TYPES
def test_the_report_shows_its_card_and_reaches_chief_and_administrator(
    phone, page, cast, world, at, deliver, type
):
    told = report(phone(cast.proctor), type, room=world.room, note="两台手机都不行").json()
    assert told["level"] == "site"
    assert told["action_card"]
    deliver()
    for who in (cast.chief, cast.site_admin):
        assert told["number"] in text(page(who).get("/inbox/"))
    assert "两台手机都不行" in text(page(cast.chief).get(page_of(page(cast.chief), told)))


@TYPES
def test_not_repaired_at_t5_it_is_the_evidence_path(phone, page, cast, world, at, type):
    proctor, people = phone(cast.proctor), world.sittings["A1/301"]
    report(proctor, type, room=world.room)
    at("T-301s"), at.fire()
    place = f"/integrity/records/{world.room.pk}/"
    assert OF_THE_ROOM not in text(page(cast.chief).get(place))
    at("T-5m"), at.fire()
    assert OF_THE_ROOM in text(page(cast.chief).get(place))
    at("T+2m")
    send(proctor, check(people[0], "T+1m"))  # repaired after the start: checks go on one by one
    at("T+30m"), at.fire()
    assert emergencies(proctor, world.room) == [p.candidate.name for p in people[1:]]
    assert "absent" not in statuses(proctor, world.room)
    at("T+31m")
    assert mark_on_the_page(page(cast.chief), world.room, *people[1:]).status_code == 302
    assert "已提交 5" in text(page(cast.chief).get("/integrity/records/", HERE))
    assert "absent" not in statuses(proctor, world.room)


def test_the_duty_closes_itself_when_everybody_has_signed_in(phone, page, cast, world, at):
    proctor, people = phone(cast.proctor), world.sittings["A1/301"]
    report(proctor, "IDV-05", room=world.room)
    at("T-5m"), at.fire()
    at("T+5m")
    send(proctor, *(check(person, "T+4m") for person in people))
    at("T+30m"), at.fire()
    assert emergencies(proctor, world.room) == []
    assert "待提交 1" not in text(page(cast.chief).get("/integrity/records/", HERE))


def test_repaired_before_t5_there_is_nothing_to_send(phone, page, cast, world, at):
    proctor = phone(cast.proctor)
    told = report(proctor, "IDV-05", room=world.room).json()
    at("T-10m")
    solved = {"cause": "App 版本过低", "effect": "无影响"}
    answer = phone(cast.chief).post(f"/api/v1/incidents/{told['id']}/resolution/", solved)
    assert answer.status_code == 201
    at("T-5m"), at.fire()
    assert OF_THE_ROOM not in text(page(cast.chief).get(f"/integrity/records/{world.room.pk}/"))
    at("T+30m"), at.fire()
    assert set(statuses(proctor, world.room)) == {"absent"}


def test_the_rooms_beside_it_are_not_spared(phone, cast, world, at):
    report(phone(cast.proctor), "IDV-05", room=world.room)
    at("T-5m"), at.fire()
    at("T+30m"), at.fire()
    assert set(statuses(phone(cast.chief), world.rooms["A1/302"])) == {"absent"}


def test_a_blocked_room_alone_does_not_go_up(phone, cast, world, at):
    told = report(
        phone(cast.proctor), "IDV-05", room=world.room, sittings=world.sittings["A1/301"][:1]
    ).json()
    at("T-5m"), at.fire()
    again = phone(cast.chief).get("/api/v1/incidents/").json()["results"]
    assert [row["level"] for row in again if row["id"] == told["id"]] == ["site"]


def test_a_room_of_another_site_is_not_there(phone, cast, world):
    assert code(report(phone(cast.stranger), "IDV-05", room=world.room)) == (404, "not_found")


def decide_the_room(browser, room, *people, outcome="approved"):
    """The chief's one decision on the page."""
    body = {"outcome": outcome, "documents_checked": "on", "note": "", "sittings": [p.pk for p in people]}
    return browser.post(f"/sign-ins/rooms/{room.pk}/decision/", body, follow=True)


@TYPES
def test_the_chief_decides_for_the_room_on_the_web_and_nobody_owes_twice(phone, page, cast, world, at, type):
    people = world.sittings["A1/301"]
    report(phone(cast.proctor), type, room=world.room, note="两台手机都不行")
    at("T-5m"), at.fire()
    chief = page(cast.chief)
    facts = text(chief.get(f"/sign-ins/rooms/{world.room.pk}/triage/"))
    assert "登录成功" in facts
    assert "考场统一决定" in facts
    shown = text(chief.get(f"/sign-ins/rooms/{world.room.pk}/decision/"))
    assert "可决定 6 名" in shown
    assert "随 proctor 的上报" in shown
    at("T+2m")
    send(phone(cast.second), check(people[0], "T+1m"))  # one phone is back and is faster
    done = text(decide_the_room(chief, world.room, *people[:4]))
    assert "已批准 3 名，跳过 1 名：考生已可入场 1" in done
    assert statuses(phone(cast.proctor), world.room) == [
        "signed_in",
        *["approved"] * 3,
        *["not_signed_in"] * 2,
    ]
    at("T+30m"), at.fire()
    assert emergencies(phone(cast.proctor), world.room) == [p.candidate.name for p in people[1:]]
    at("T+31m")
    assert mark_on_the_page(chief, world.room, *people[1:]).status_code == 302
    assert "已提交 5" in text(chief.get("/integrity/records/", HERE))


def test_a_deputy_named_this_morning_decides_for_the_room(phone, page, cast, world, at):
    report(phone(cast.proctor), "IDV-03", room=world.room)
    deputy = page(cast.site_admin)
    place = f"/sign-ins/rooms/{world.room.pk}/decision/"
    assert deputy.get(place).status_code == 403
    page_of_chief = page(cast.chief)
    until = page_of_chief.get("/delegations/").context["form"].fields["until"].choices[0][0]
    lent = {"site": "A1", "deputy": cast.site_admin.pk, "since": "now", "until": until, "reason": "主考巡视"}
    assert page_of_chief.post("/delegations/", lent).status_code == 302
    assert "可决定 6 名" in text(deputy.get(place))
    assert "已批准 6 名" in text(decide_the_room(deputy, world.room, *world.sittings["A1/301"]))
