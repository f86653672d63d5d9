"""Logins that wait: for the chief's word on entry (C3), or because they are not the first (D9)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from client_support.models import ClientLogin, ClientSession
from exam_ops.core.models import Event, Sitting
from tests.client_support.conftest import HOME_IP, LOGINS, Machine, code

DECISIONS = "/api/v1/login-authorisations/decisions/"


def entry(sitting: Sitting, status: str) -> None:
    Sitting.objects.filter(pk=sitting.pk).update(entry_status=status)


@pytest.fixture
def decide(world, api):
    """`decide(user, machine, …)` as the API answers, one row a machine."""

    def decided(user, *machines, outcome="authorised", reason="换机"):
        body = {"logins": [m.login for m in machines], "outcome": outcome, "reason": reason}
        answer = api(user).post(DECISIONS, body)
        assert answer.status_code == 200, answer.json()
        return answer.json()["results"]

    return decided


@pytest.fixture
def second(world, machine, other_machine) -> Machine:
    """A second login of a candidate who is in already."""
    machine.log_in(world.sitting)
    return other_machine.log_in(world.sitting)


# --- Entry undecided ---


def test_a_pending_request_waits_for_the_chief(world, machine):
    entry(world.sitting, "pending")
    answer = machine.knock(world.sitting)
    assert (answer.status_code, answer.json()["status"], answer.json()["message"]) == (
        202,
        "waiting",
        "待主考审批",
    )
    assert answer.json()["poll_after_s"] > 0
    assert not ClientSession.objects.exists()


@pytest.mark.parametrize(
    ("status", "expected"),
    [("approved", "admitted"), ("signed_in", "admitted"), ("rejected", "denied"), ("absent", "expired")],
)
def test_the_decision_moves_the_waiting_login(world, machine, status, expected):
    entry(world.sitting, "pending")
    machine.log_in(world.sitting)
    entry(world.sitting, status)
    assert machine.state().json()["status"] == expected


@pytest.mark.parametrize(
    ("moment", "expected"), [("T+1799s", "waiting"), ("T+30m", "expired"), ("T+1801s", "expired")]
)
def test_an_undecided_request_ends_with_entry_though_nobody_swept(world, machine, at, moment, expected):
    entry(world.sitting, "pending")
    machine.log_in(world.sitting)
    at(moment)
    assert machine.state().json()["status"] == expected


# --- Not the first login ---


def test_a_second_login_waits_with_the_plan_s_sentence(world, machine, other_machine):
    machine.log_in(world.sitting)
    answer = other_machine.knock(world.sitting)
    assert answer.status_code == 202
    assert answer.json()["message"] == "该考生非首次登录，请监考教师联系主考/考点管理员授权登录"


def test_a_restarted_machine_waits_too_and_only_its_last_login(world, machine):
    machine.log_in(world.sitting)
    first = machine.log_in(world.sitting).login
    machine.log_in(world.sitting)
    assert ClientLogin.objects.get(pk=first).status == "expired"
    assert machine.state().json()["status"] == "waiting"


@pytest.mark.parametrize("who", ["chief", "site_admin"])
def test_chief_and_site_administrator_authorise(world, decide, second, who):
    assert decide(getattr(world.cast, who), second)[0]["status"] == "authorised"
    state = second.state().json()
    assert state["status"] == "admitted"
    assert state["token"]


def test_the_swap_supersedes_the_old_machine_and_is_recorded(world, decide, second, at):
    decide(world.cast.chief, second)
    second.keep(second.state().json())
    live = ClientSession.objects.get(superseded_at=None)
    assert str(live.pk) == second.session
    swap = Event.objects.filter(kind="client.admitted").latest("pk")
    assert (swap.data["before"], swap.data["machine"]) == ("PC-301-01", "PC-301-02")


@pytest.mark.parametrize(("seconds", "expected"), [(599, "admitted"), (600, "expired"), (601, "expired")])
def test_an_authorisation_lives_ten_minutes(world, decide, second, at, seconds, expected):
    decide(world.cast.chief, second)
    at(f"T-{1200 - seconds}s")
    assert second.state().json()["status"] == expected


def test_an_authorisation_is_good_once(world, decide, second):
    decide(world.cast.chief, second)
    second.keep(second.state().json())
    again = second.log_in(world.sitting)
    assert again.state().json()["status"] == "waiting"


def test_an_authorisation_is_for_this_machine(world, decide, second, at):
    decide(world.cast.chief, second)
    third = Machine(at, machine_id="PC-301-03").log_in(world.sitting)
    assert third.state().json()["status"] == "waiting"


def test_a_machine_restarted_after_its_authorisation_still_gets_in(world, decide, second):
    decide(world.cast.chief, second)
    assert second.knock(world.sitting).json()["status"] == "admitted"


def test_a_denied_login_says_so_with_the_reason_and_may_ask_again(world, decide, second):
    decide(world.cast.chief, second, outcome="denied", reason="请回原机器")
    state = second.state().json()
    assert (state["status"], state["reason"]) == ("denied", "请回原机器")
    assert second.knock(world.sitting).status_code == 202


def test_whoever_gets_in_leaves_nobody_waiting(world, decide, second, at):
    third = Machine(at, machine_id="PC-301-03").log_in(world.sitting)
    decide(world.cast.chief, second)
    second.state()
    assert third.state().json()["status"] == "expired"


def test_waiting_ends_with_the_unit(world, second, at):
    at("E-1s")
    assert second.state().json()["status"] == "waiting"
    at("E")
    assert second.state().json()["status"] == "expired"


# --- Who may decide ---


@pytest.mark.parametrize(
    "who", ["proctor", "branch", "hq", "inspector", "support", "centre_officer", "nobody"]
)
def test_other_roles_may_not(world, api, second, who):
    answer = api(getattr(world.cast, who)).post(
        DECISIONS, {"logins": [second.login], "outcome": "authorised"}
    )
    assert code(answer) == (403, "not_allowed")


@pytest.mark.parametrize("who", ["stranger", "sibling_chief", "sibling_admin"])
def test_another_site_s_heads_do_not_see_it(world, decide, second, who):
    row = decide(getattr(world.cast, who), second)[0]
    assert (row["status"], row["code"]) == ("rejected", "unknown_sitting")
    assert ClientLogin.objects.get(pk=second.login).status == "waiting_authorisation"


def test_without_a_token_nobody_decides(world, api, second):
    answer = api().post(DECISIONS, {"logins": [second.login], "outcome": "authorised"})
    assert code(answer) == (401, "not_authenticated")


def test_one_bad_login_does_not_spoil_the_others(world, api, new_id, second):
    body = {"logins": [new_id(), second.login], "outcome": "authorised", "reason": ""}
    rows = api(world.cast.chief).post(DECISIONS, body).json()["results"]
    assert [row["status"] for row in rows] == ["rejected", "authorised"]
    assert rows[1]["login"] == second.login


def test_the_same_decision_again_is_the_same_and_another_is_told_who_decided(world, decide, second):
    decide(world.cast.chief, second)
    assert decide(world.cast.chief, second)[0]["status"] == "authorised"
    for who, outcome in ((world.cast.site_admin, "authorised"), (world.cast.chief, "denied")):
        row = decide(who, second, outcome=outcome)[0]
        assert (row["status"], row["code"], row["outcome"]) == ("rejected", "already_decided", "authorised")
        assert row["decided_by"] == "chief"


def test_a_first_login_needs_no_decision(world, decide, machine):
    machine.log_in(world.sitting)
    assert decide(world.cast.chief, machine)[0]["code"] == "already_admitted"


def test_entry_comes_first(world, decide, machine):
    entry(world.sitting, "pending")
    machine.log_in(world.sitting)
    assert decide(world.cast.chief, machine)[0]["code"] == "entry_pending"


@pytest.mark.parametrize(
    ("moment", "expected"), [("E-1s", "authorised"), ("E", "rejected"), ("E+1s", "rejected")]
)
def test_decisions_end_with_the_unit(world, decide, second, at, moment, expected):
    at(moment)
    assert decide(world.cast.chief, second)[0]["status"] == expected


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_wins(world, api, second):
    callers = [(api(world.cast.chief), "authorised"), (api(world.cast.site_admin), "denied")]

    def call(caller):
        client, outcome = caller
        try:
            return client.post(DECISIONS, {"logins": [second.login], "outcome": outcome}).json()["results"][0]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(call, callers))
    assert sorted(row["code"] for row in rows) == ["", "already_decided"]


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_of_two_first_logins_at_once_one_is_the_first(world, machine, other_machine):
    def call(each):
        try:
            return each.knock(world.sitting).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(call, [machine, other_machine])) == [201, 202]


# --- The token ---


@pytest.mark.parametrize(("seconds", "shown"), [(599, True), (600, False)])
def test_the_same_token_for_ten_minutes(world, machine, at, seconds, shown):
    machine.log_in(world.sitting)
    at(f"T-{1200 - seconds}s")
    assert machine.state().json()["token"] == (machine.token if shown else None)


def test_after_its_first_use_the_token_is_shown_no_more(world, machine):
    machine.log_in(world.sitting)
    machine.put()
    state = machine.state().json()
    assert (state["status"], state["token"], state["export_key"]) == ("admitted", None, None)


def test_the_token_is_not_stored(world, machine):
    machine.log_in(world.sitting)
    session = ClientSession.objects.get()
    assert machine.token not in (session.token_hash, str(session.pk))


def test_from_outside_the_state_is_not_told(world, machine):
    machine.log_in(world.sitting)
    assert code(machine.state(REMOTE_ADDR=HOME_IP)) == (403, "outside_site_ip")


def test_an_unknown_login_is_not_found(world, machine, new_id):
    assert code(machine.http.get(f"{LOGINS}{new_id()}/")) == (404, "not_found")


def test_english_on_request(world, machine):
    entry(world.sitting, "pending")
    machine.log_in(world.sitting)
    assert machine.state(HTTP_ACCEPT_LANGUAGE="en").json()["message"].startswith("Waiting for the chief")
