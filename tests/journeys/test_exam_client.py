"""At the exam machines (B5, D1, D2, D4, D5, D7, D9): the address gate, waiting, answers, the paper's end."""

import pytest

from tests.client_support.conftest import HOME_IP, SITE_IP, Machine
from tests.conftest import moment
from tests.journeys.voices import HERE, code, text
from tests.verification.helpers import ask, check, decide, send

NOT_FIRST = "该考生非首次登录，请监考教师联系主考/考点管理员授权登录"


@pytest.fixture
def sitting(world):
    return world.sitting


def answers(state) -> dict[str, str]:
    return {row["question"]: row["value"] for row in state["answers"]}


def test_outside_nobody_gets_in_until_the_address_is_registered(page, cast, sitting, at):
    machine = Machine(at, ip=SITE_IP)
    refused = machine.knock(sitting)
    assert code(refused) == (403, "outside_site_ip")
    assert (refused.json()["title"], refused.json()["seen_ip"]) == ("请在考场范围内进行考试", SITE_IP)
    told = page(cast.site_admin).post(
        "/sites/A1/addresses/", {"network": SITE_IP, "carrier": "教育网"}, follow=True
    )
    assert f"已登记 {SITE_IP}" in text(told)
    assert machine.knock(sitting).json()["status"] == "admitted"
    machine.ip = HOME_IP
    assert code(machine.knock(sitting)) == (403, "outside_site_ip")


def test_three_refused_machines_are_offered_with_one_click(page, cast, world, at):
    for number, one in enumerate(world.sittings["A1/301"][:3]):
        Machine(at, machine_id=f"PC-{number}", ip=HOME_IP).knock(one)
    admin = page(cast.site_admin)
    assert "3 台机器" in text(admin.get("/sites/A1/"))
    admin.post("/sites/A1/addresses/", {"network": HOME_IP})
    assert Machine(at, ip=HOME_IP).knock(world.sitting).status_code == 201


def test_an_old_client_and_an_early_one_are_refused_with_the_reason(machine, sitting, at):
    old = machine.knock(sitting, client_version="1.2.1-0")
    assert (code(old), old.json()["required_version"]) == ((403, "client_outdated"), "1.2.2-0")
    at("T-1801s")
    assert code(machine.knock(sitting)) == (403, "not_open")
    at("T-30m")
    assert machine.knock(sitting).status_code == 201


def test_a_login_waits_for_the_chief_and_then_gets_in(phone, cast, machine, sitting):
    asked = ask(phone(cast.proctor), sitting).json()["id"]
    machine.log_in(sitting)
    assert machine.state().json()["message"] == "待主考审批"
    decide(phone(cast.chief), asked)
    admitted = machine.state().json()
    assert (admitted["status"], bool(admitted["token"])) == ("admitted", True)


def test_a_face_pass_meanwhile_lets_the_waiting_login_in(phone, cast, machine, sitting):
    ask(phone(cast.proctor), sitting)
    machine.log_in(sitting)
    send(phone(cast.proctor), check(sitting))
    assert machine.state().json()["status"] == "admitted"


def test_a_repeat_login_is_authorised_on_the_page_and_goes_on_where_it_was(
    page, cast, world, machine, next_machine, sitting, at
):
    at("T")
    machine.log_in(sitting).put(("1", "B", moment("T+1m")), ("2", "C", moment("T+2m")))
    at("T+10m")
    second = next_machine.log_in(sitting)
    assert second.state().json()["message"] == NOT_FIRST
    chief = page(cast.chief)
    assert "PC-301-01 → PC-301-02" in text(chief.get("/clients/", HERE))
    decision = {"logins": [second.login], "outcome": "authorised", "reason": "更换机器"}
    told = chief.post(f"/clients/{world.site_unit.pk}/authorisations/", decision, follow=True)
    assert "已授权 1 人" in text(told)
    state = second.state().json()
    assert (state["status"], answers(state)) == ("admitted", {"1": "B", "2": "C"})
    assert code(machine.put(("1", "D", moment("T+11m")))) == (409, "superseded")


def test_an_authorisation_is_for_one_machine_once_and_ten_minutes(
    phone, cast, machine, next_machine, sitting, at
):
    machine.log_in(sitting)
    next_machine.log_in(sitting)
    body = {"logins": [next_machine.login], "outcome": "authorised", "reason": "换机"}
    phone(cast.chief).post("/api/v1/login-authorisations/decisions/", body)
    assert Machine(at, machine_id="PC-9", ip=SITE_IP).log_in(sitting).state().json()["status"] == "waiting"
    at("T-10m")
    assert next_machine.state().json()["status"] == "expired"


def test_what_a_machine_reports_is_on_the_board(page, cast, machine, world, sitting, new_id):
    machine.log_in(sitting)
    machine.report({"id": new_id(), "kind": "paper_loaded", "at": moment("T-10m").isoformat(), "note": ""})
    seen = text(page(cast.chief).get("/clients/", HERE | {"show": "in"}))
    assert "T101 已登录 PC-301-01 1.2.2-0 08:20" in seen


def test_at_the_papers_end_it_is_handed_in_by_force_and_later_answers_merge(page, cast, machine, sitting, at):
    at("T")
    machine.log_in(sitting).put(("1", "B", moment("T+5m")))
    at("E-1s"), at.fire()
    assert machine.put(("2", "C", moment("T+80m"))).status_code == 200
    at("E"), at.fire()
    handed_in = machine.submit()
    assert (handed_in.status_code, handed_in.json()["forced"]) == (200, True)
    at("E+5m")
    late = machine.put(("2", "D", moment("T+85m")), ("3", "A", moment("E+1m")))
    assert code(late) == (409, "submitted")
    assert "强制交卷" in text(page(cast.chief).get("/clients/", HERE | {"show": "submitted"}))


def test_handing_in_oneself_is_one_act(machine, sitting, at):
    at("T")
    machine.log_in(sitting).put(("1", "B", moment("T")))
    at("T+40m")
    assert [machine.submit().status_code, machine.submit().status_code] == [201, 200]
    assert code(machine.put(("1", "C", moment("T+41m")))) == (409, "submitted")
