"""总部指令 over HTTP (A4): proposed on the page, confirmed by a second person, and in force in every gate at once."""

import pytest

from exam_ops.core.models import PolicyVersion
from tests.conftest import moment
from tests.journeys.voices import code, panorama, statuses, text
from tests.verification.helpers import ask, check, decide, send

HERE = {"plan": "P1", "sites": "A1", "reason": "平台故障，补足作答时间"}


@pytest.fixture
def hq(page, cast):
    return page(cast.hq)


@pytest.fixture
def two_persons(world, cast):
    """The plan's policy asks for a second person."""
    PolicyVersion.objects.create(
        plan=world.plan,
        version=1,
        values={"hq_confirms": True},
        changed_by=cast.hq,
        changed_at=moment("T-1d"),
        reason="x",
    )
    world.plan.policy_version = 1
    world.plan.save(update_fields=["policy_version"])


def order(browser, world, new_id, **fields):
    """The form of a decision, looked at and sent; the answer to the sending."""
    body = HERE | {"id": new_id(), "units": [world.unit.pk]} | fields
    seen = browser.post("/decisions/new/", body | {"preview": "1"})
    if seen.status_code != 200:
        return seen
    return browser.post("/decisions/new/", body | {"confirm": "1", "looked_at": seen.context["looked_at"]})


def test_an_extension_ten_minutes_before_the_end(
    phone, page, hq, cast, world, machine, at, new_id, deliver, two_persons
):
    proctor, sitting = phone(cast.proctor), world.sitting
    decide(phone(cast.chief), ask(proctor, sitting).json()["id"])
    machine.log_in(sitting)
    at("E-10m")
    proposed = order(hq, world, new_id, kind="extend", minutes="10")
    assert machine.state().json()["unit_end"] == "2025-12-06T02:00:00Z"
    second = page(cast.hq2)
    deliver()
    assert "待您确认：结束延长 10 分钟" in text(second.get("/inbox/"))
    own = hq.post(f"{proposed.url}confirm/", {"confirm-note": ""})
    assert (own.status_code, "须由提出人以外" in text(own)) == (403, True)
    assert second.post(f"{proposed.url}confirm/", {"confirm-note": "同意"}).status_code == 302

    assert machine.state().json()["unit_end"] == "2025-12-06T02:10:00Z"
    deliver()
    (notice,) = proctor.get("/api/v1/notices/?unread=1").json()["results"]
    assert notice["said"] == "结束延长 10 分钟"
    assert proctor.post(f"/api/v1/notices/{notice['id']}/receipt/").status_code == 201
    assert "考点 0/1 · 考场 1/2" in text(hq.get(proposed.url))
    assert "结束延长 10 分钟" in text(page(cast.chief).get("/sites/"))

    at("E+5m"), at.fire()
    assert machine.put(("1", "B", moment("E+4m"))).status_code == 200
    assert panorama(proctor, world.room, sitting).status_code == 201
    at("E+9m")
    assert panorama(proctor, world.room).status_code == 201
    at("E+10m"), at.fire(), at.fire()
    refused = panorama(proctor, world.room)
    assert (code(refused), refused.json()["closed_at"]) == (
        (403, "evidence_closed"),
        "2025-12-06T02:10:00+00:00",
    )
    assert machine.submit().json()["forced"] is True


def test_a_start_is_delayed_while_the_new_one_lies_ahead(phone, cast, hq, world, at, new_id):
    proctor = phone(cast.proctor)
    at("T+35m"), at.fire(), at.fire()
    assert set(statuses(proctor, world.room)) == {"absent"}
    refused = order(hq, world, new_id, kind="delay", minutes="20")
    assert (refused.status_code, "不能把开考改到过去" in text(refused)) == (409, True)
    assert order(hq, world, new_id, kind="delay", minutes="60").status_code == 302
    assert set(statuses(proctor, world.room)) == {"not_signed_in"}
    assert send(proctor, check(world.sitting, at="T+35m"))[0]["entry_status"] == "signed_in"
    duty = proctor.get("/api/v1/app/duties/").json()
    unit = (duty["results"] if isinstance(duty, dict) else duty)[0]["unit"]
    assert (unit["start"], unit["entry_closes"]) == ("2025-12-06T01:30:00+00:00", "2025-12-06T02:00:00+00:00")
    at("T+90m"), at.fire(), at.fire()
    assert sorted(set(statuses(proctor, world.room))) == ["absent", "signed_in"]


def test_after_the_papers_were_collected_nothing_is_extended(hq, world, at, new_id):
    at("E")
    refused = order(hq, world, new_id, kind="extend", minutes="10")
    assert refused.status_code == 409
    assert "试卷已收" in text(refused)
    assert "平台故障，补足作答时间" in text(refused)


def test_manual_checks_for_all_let_a_phone_sign_in_by_hand(phone, cast, hq, world, at, new_id):
    proctor = phone(cast.proctor)
    first = send(proctor, check(world.sitting, method="manual"))[0]
    assert (first["status"], first["code"]) == ("rejected", "manual_not_allowed")
    assert order(hq, world, new_id, kind="manual_check").status_code == 302
    again = send(proctor, check(world.sitting, method="manual"))[0]
    assert (again["status"], again["entry_status"]) == ("created", "signed_in")


def test_a_stop_ends_everything_but_evidence(phone, cast, hq, world, machine, next_machine, at, new_id):
    proctor = phone(cast.proctor)
    at("T")
    machine.log_in(world.sitting).put(("1", "B", moment("T")))
    at("T+10m")
    assert order(hq, world, new_id, kind="stop").status_code == 302
    handed_in = machine.submit()
    assert (handed_in.status_code, handed_in.json()["forced"]) == (200, True)
    at("T+11m")
    assert code(next_machine.knock(world.sittings["A1/301"][1])) == (403, "not_open")
    late = send(proctor, check(world.sittings["A1/301"][1], at="T+11m"))[0]
    assert (late["status"], late["code"]) == ("rejected", "not_open")
    at("T+40m"), at.fire(), at.fire()
    assert "absent" not in statuses(proctor, world.room)
    assert panorama(proctor, world.room).status_code == 201


def test_a_place_moved_to_is_shown_to_its_candidates_and_proctors(page, cast, hq, world, at, new_id):
    assert order(hq, world, new_id, kind="move", new_place="示例市示例路 20 号").status_code == 302
    assert "示例市示例路 20 号" in text(page(cast.candidate).get("/"))
    assert "示例市示例路 20 号" in text(page(cast.proctor).get("/"))
