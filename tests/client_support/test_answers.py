"""Answers of one paper, from one machine or several, in any order (D4, D5, D7)."""

from datetime import timedelta

import pytest

from client_support.models import AnswerWrite, ClientSession
from exam_ops.core.models import Sitting
from tests.client_support.conftest import answers_of, code
from tests.client_support.test_waiting import DECISIONS
from tests.conftest import moment

SUBMITTED, SUPERSEDED = (409, "submitted"), (409, "superseded")


@pytest.fixture
def sitting(world, machine, at) -> Sitting:
    """The paper at which `machine` sits since T."""
    at("T")
    machine.log_in(world.sitting)
    return world.sitting


@pytest.fixture
def swapped(sitting, world, api, machine, other_machine):
    """The candidate went on at another machine."""
    other_machine.log_in(sitting)
    api(world.cast.chief).post(
        DECISIONS, {"logins": [other_machine.login], "outcome": "authorised", "reason": "故障"}
    )
    return other_machine.keep(other_machine.state().json())


def test_answers_are_stored_and_come_back_at_the_next_login(sitting, machine, world, api, other_machine):
    answer = machine.put(("1", "B", moment("T+1m")), ("2", ["A", "C"], moment("T+1m")))
    assert (answer.status_code, answer.json()) == (200, {"stored": 2, "ignored": 0})
    other_machine.log_in(sitting)
    api(world.cast.chief).post(DECISIONS, {"logins": [other_machine.login], "outcome": "authorised"})
    answers = other_machine.state().json()["answers"]
    assert [(row["question"], row["value"]) for row in answers] == [("1", "B"), ("2", ["A", "C"])]


def test_the_later_answer_stands_whatever_the_order(sitting, machine):
    machine.put(("1", "C", moment("T+3m")))
    assert machine.put(("1", "B", moment("T+2m"))).json() == {"stored": 0, "ignored": 1}
    assert answers_of(sitting) == {"1": "C"}


@pytest.mark.parametrize("blank", ["", "  ", None, [], {}])
def test_a_blank_never_overwrites(sitting, machine, blank):
    machine.put(("1", "C", moment("T+3m")))
    assert machine.put(("1", blank, moment("T+9m"))).json() == {"stored": 0, "ignored": 1}
    assert answers_of(sitting) == {"1": "C"}


def test_at_the_same_time_the_greater_hash_stands(sitting, machine):
    for value in ("A", "B", "A"):
        machine.put(("1", value, moment("T+3m")), sent_at=None)
    both = answers_of(sitting)["1"]
    machine.put(("2", "B", moment("T+3m"))), machine.put(("2", "A", moment("T+3m")))
    assert answers_of(sitting)["2"] == both


def test_the_same_body_again_changes_nothing(sitting, machine, at):
    old = {"sent_at": moment("T").isoformat()}
    first = machine.put(("1", "B", moment("T")), **old).json()
    at("T+8m")
    machine.put(("1", "C", moment("T+5m")), sent_at=moment("T+8m").isoformat())
    assert machine.put(("1", "B", moment("T")), **old).json() == first
    assert answers_of(sitting) == {"1": "C"}


def test_times_are_compared_corrected_by_the_machine_s_skew(sitting, machine, at):
    machine.put(("1", "B", moment("T+4m")), sent_at=moment("T").isoformat())
    at("T+5m")
    machine.put(("1", "C", moment("T-10m")), sent_at=moment("T-10m").isoformat())
    assert answers_of(sitting) == {"1": "C"}


def test_a_slow_message_does_not_reorder_a_machine_s_answers(sitting, machine, at):
    at("T+20s")
    machine.put(("1", "B", moment("T")), sent_at=moment("T").isoformat())
    machine.put(("1", "C", moment("T+5s")), sent_at=moment("T+20s").isoformat())
    assert answers_of(sitting) == {"1": "C"}


@pytest.mark.parametrize("value", ["\x00", "题\U0002cb2d", 12345678901234567890, {"a": [1.5, None, True]}])
def test_any_json_value_is_kept(sitting, machine, value):
    assert machine.put(("1", value, moment("T"))).status_code == 200
    assert answers_of(sitting) == {"1": value}


def test_half_a_character_is_kept_and_does_not_bar_the_next_login(
    sitting, machine, other_machine, world, api
):
    body = '{"answers": [{"question": "1", "value": "\\ud83d", "answered_at": "2025-12-06T08:30:00+08:00"}]}'
    url = f"/api/v1/client/sessions/{machine.session}/answers/"
    answer = machine.http.put(
        url, body.encode(), content_type="application/json", HTTP_AUTHORIZATION=f"Token {machine.token}"
    )
    assert answer.status_code == 200
    other_machine.log_in(sitting)
    api(world.cast.chief).post(DECISIONS, {"logins": [other_machine.login], "outcome": "authorised"})
    assert b'"\\ud83d"' in other_machine.state().content


# --- Handed in ---


def test_the_candidate_hands_in_once(sitting, machine, at):
    at("T+40m")
    first, again = machine.submit(), machine.submit()
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert not first.json()["forced"]


def test_what_arrives_after_handing_in_is_merged_if_it_was_answered_before_the_end(sitting, machine, at):
    machine.submit()
    at("E+5m")
    early, late = ("1", "B", moment("E-1s")), ("2", "C", moment("E"))
    assert code(machine.put(early, late)) == SUBMITTED
    assert answers_of(sitting) == {"1": "B"}
    assert "E" not in AnswerWrite.objects.get().kept
    assert len(AnswerWrite.objects.get().kept) > 20


@pytest.mark.parametrize(("when", "expected"), [("E-1s", 200), ("E", 409), ("E+1s", 409)])
def test_at_the_paper_s_end_it_is_handed_in_though_nobody_swept(sitting, machine, at, when, expected):
    at(when)
    assert machine.put(("1", "B", moment("T+5m"))).status_code == expected
    assert ClientSession.objects.get().forced == (expected == 409)


def test_a_short_paper_ends_at_its_own_minutes(sitting, world, machine, at):
    Sitting.objects.filter(pk=sitting.pk).update(paper=world.papers[1])
    at("T+59m")
    assert machine.put(("1", "B", at.now)).status_code == 200
    at("T+60m")
    assert code(machine.put(("1", "C", at.now))) == SUBMITTED


def test_open_papers_are_handed_in_by_the_clock(sitting, machine, at):
    at("E-1s"), at.fire()
    assert ClientSession.objects.get().submitted_at is None
    at("E"), at.fire()
    assert (ClientSession.objects.get().submitted_at, ClientSession.objects.get().forced) == (at.now, True)


def test_short_papers_are_handed_in_at_their_own_end(sitting, world, machine, other_machine, at):
    other = world.sittings["A1/301"][1]
    Sitting.objects.filter(pk=other.pk).update(paper=world.papers[1])
    other_machine.log_in(other)
    at("T+60m"), at.fire()
    assert list(ClientSession.objects.filter(forced=True).values_list("sitting", flat=True)) == [other.pk]
    at("E"), at.fire()
    assert ClientSession.objects.filter(forced=True).count() == 2


def test_who_handed_in_is_not_forced(sitting, machine, at):
    machine.submit()
    at("E"), at.fire()
    assert not ClientSession.objects.get().forced


def test_handing_in_at_the_end_is_forced(sitting, machine, at):
    at("E")
    assert machine.submit().json()["forced"]


@pytest.mark.parametrize(
    ("when", "expected"),
    [("E+86399s", "submitted"), ("E+24h", "window_closed"), ("E+86401s", "window_closed")],
)
def test_nothing_is_taken_from_24_hours_after_the_unit_on(sitting, machine, at, when, expected):
    at(when)
    assert code(machine.put(("1", "B", moment("T+5m")))) == (409, expected)


# --- Another machine ---


def test_what_the_old_machine_sends_is_kept_and_not_merged(sitting, machine, swapped):
    assert code(machine.put(("1", "B", moment("T+5m")))) == SUPERSEDED
    assert answers_of(sitting) == {}
    assert '"B"' in AnswerWrite.objects.get().kept


def test_the_old_machine_can_not_hand_in(sitting, machine, swapped):
    assert code(machine.submit()) == SUPERSEDED
    assert ClientSession.objects.filter(submitted_at=None).count() == 2


def test_both_machines_answers_are_one_paper(sitting, world, api, machine, other_machine):
    machine.put(("1", "B", moment("T+1m")), ("2", "A", moment("T+1m")))
    other_machine.log_in(sitting)
    api(world.cast.chief).post(DECISIONS, {"logins": [other_machine.login], "outcome": "authorised"})
    other_machine.keep(other_machine.state().json()).put(("2", "D", moment("T+6m")))
    assert answers_of(sitting) == {"1": "B", "2": "D"}


# --- Whose session ---


def test_without_its_token_a_session_says_nothing(sitting, machine):
    machine.token = "wrong"
    assert code(machine.put()) == (401, "not_authenticated")


def test_a_token_speaks_for_its_own_session_alone(sitting, world, machine, other_machine):
    other_machine.log_in(world.sittings["A1/301"][1])
    other_machine.session = machine.session
    assert code(other_machine.put()) == (404, "not_found")


def test_a_person_s_token_is_no_session(sitting, world, api, machine):
    answer = api(world.cast.chief).put(f"/api/v1/client/sessions/{machine.session}/answers/", {"answers": []})
    assert code(answer) == (401, "not_authenticated")


@pytest.mark.parametrize("broken", [{"answers": "x"}, {"answers": [{"question": "1"}]}, {"sent_at": "soon"}])
def test_a_wrong_body_is_named(sitting, machine, broken):
    answer = machine._say("put", "answers", {"answers": []} | broken)
    assert code(answer) == (422, "invalid")


def test_a_value_too_deep_is_refused(sitting, machine):
    deep: object = "x"
    for _ in range(40):
        deep = [deep]
    assert code(machine.put(("1", deep, moment("T")))) == (422, "invalid")


# --- In a drill ---


def test_a_drill_compares_on_its_own_clock(drill_world, at):
    from client_support.services import addresses
    from exam_ops.core import drill
    from tests.client_support.conftest import Machine

    drill.jump(drill_world.plan, to=moment("T"), now=at.now, actor=None)
    addresses.register(drill_world.site, "127.0.0.1/32", actor=None, now=at.now)
    machine = Machine(at, ip="127.0.0.1").log_in(drill_world.sitting)
    machine.http.credentials(HTTP_EXAM_CLOCK="device")
    machine.put(("1", "B", at.now - timedelta(minutes=1)))
    assert drill_world.sitting.answers.get().answered_at == moment("T-1m")
