"""Who of the 未签到 is here (C6): asked when, answered by whom, and what follows."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core.access import actor_for
from exam_ops.core.models import Event, Sitting
from incidents.models import EvidenceDuty, Incident
from incidents.services import opening
from tests.verification.helpers import ask, check, problem, send, status_of
from verification.models import Presence
from verification.services import presence
from verification.services.sync_lag import name_duties


@pytest.fixture
def lag(world, at):
    """An open IDV-04 of a room that names nobody yet, or (`room=None`) of the site as a whole."""

    def opened(room="A1/301", *sittings) -> Incident:
        session = world.rooms[room] if room else None
        return opening.open_or_join(
            type="IDV-04",
            site_unit=world.site_unit,
            room_session=session,
            sittings=sittings,
            actor=None,
            now=at.now,
        )

    return opened


@pytest.fixture
def say(world, cast, at):
    """A person of the room answers for candidates."""

    def said(answer: str, *sittings: Sitting, by=None) -> presence.Marked:
        actor = actor_for(by or cast.proctor, now=at.now)
        return presence.mark(sittings, answer=answer, actor=actor, now=at.now)

    return said


def post(caller, room, **answers):
    items = [{"sitting": int(pk[1:]), "answer": answer} for pk, answer in answers.items()]
    return caller.post(
        f"/api/v1/room-sessions/{room.pk}/presence/", {"id": str(uuid.uuid4()), "items": items}
    )


def duties(status: str = "open") -> list[tuple[str, int]]:
    return sorted(EvidenceDuty.objects.filter(status=status).values_list("cause", "sitting_id"))


def codes(done: presence.Marked) -> list[str]:
    return [skipped.refusal.code for skipped in done.skipped]


# --- when ---


@pytest.mark.parametrize(
    ("when", "taken"),
    [("T+899s", 0), ("T+15m", 1), ("T+901s", 1), ("E-1s", 1), ("E", 0), ("E+1s", 0)],
)
def test_a_room_is_asked_from_t15_until_evidence_closes(world, lag, say, at, when, taken):
    lag()
    at(when)
    done = say("present", world.sitting)
    assert (len(done.marked), codes(done)) == (taken, [] if taken else ["not_open"])


@pytest.mark.parametrize(("when", "taken"), [("T-1801s", 0), ("T-30m", 1), ("T+14m", 1)])
def test_a_site_that_has_declared_the_lag_asks_from_opening_of_entry(world, lag, say, at, when, taken):
    lag(None)
    at(when)
    assert len(say("present", world.sitting).marked) == taken
    assert duties() == []


def test_without_an_open_incident_nobody_is_asked(world, lag, say, at):
    at("T+16m")
    assert codes(say("present", world.sitting)) == ["not_open"]
    Incident.objects.filter(pk=lag().pk).update(status="resolved", resolved_at=at.now)
    assert codes(say("present", world.sitting)) == ["not_open"]


def test_the_incident_of_one_room_asks_no_other(world, lag, say, at, cast):
    lag()
    at("T+16m")
    other = world.sittings["A1/302"][0]
    assert codes(say("present", other, by=cast.site_admin)) == ["not_open"]


# --- present ---


def test_who_is_present_owes_evidence_exactly_once_and_is_spared_at_close(world, lag, say, at):
    here, *rest = world.sittings["A1/301"]
    incident = lag()
    at("T+16m")
    say("present", here)
    assert (len(say("present", here).unchanged), duties()) == (1, [("C6", here.pk)])
    assert list(incident.sittings.all()) == [here]
    at("T+30m"), at.fire()
    assert [status_of(s) for s in (here, *rest)] == ["not_signed_in"] + ["absent"] * 5
    assert duties() == [("C6", here.pk)]


def test_said_before_t15_it_becomes_a_duty_at_t15(world, lag, say, at):
    lag(None)
    at("T+5m")
    say("present", world.sitting)
    assert duties() == []
    at("T+15m"), at.fire()
    assert duties() == [("C6", world.sitting.pk)]


def test_who_was_said_to_be_present_is_not_forgotten_when_the_incident_is_solved(world, lag, say, at):
    here, named, *_ = world.sittings["A1/301"]
    incident = lag(None, named)
    at("T+5m")
    say("present", here)
    Incident.objects.filter(pk=incident.pk).update(status="resolved", resolved_at=at.now)
    at("T+15m"), at.fire()
    assert duties() == [("C6", here.pk)]
    at("T+30m"), at.fire()
    assert [status_of(s) for s in (here, named)] == ["not_signed_in", "absent"]


def test_a_sign_in_that_arrives_later_closes_the_duty(world, api, cast, lag, say, at):
    lag()
    at("T+16m")
    say("present", world.sitting)
    send(api(cast.proctor), check(world.sitting, "T-10m"))
    assert (duties(), duties("dropped")) == ([], [("C6", world.sitting.pk)])


def test_who_was_made_absent_may_still_be_said_to_be_here(world, lag, say, at):
    lag()
    at("T+30m"), at.fire()
    at("T+40m")
    say("present", world.sitting)
    assert (duties(), status_of(world.sitting)) == ([("C6", world.sitting.pk)], "absent")
    assert Sitting.objects.get(pk=world.sitting.pk).emergency


# --- not here ---


def test_who_is_not_here_is_noted_and_becomes_absent_at_close(world, cast, lag, say, at):
    lag()
    at("T+16m")
    say("not_here", world.sitting)
    said = Presence.objects.get()
    assert (said.answer, said.answered_by, said.answered_at) == ("not_here", cast.proctor, at.now)
    assert (duties(), status_of(world.sitting)) == ([], "not_signed_in")
    at("T+30m"), at.fire()
    assert status_of(world.sitting) == "absent"


def test_not_here_ends_the_duty_that_the_incident_had_named(world, lag, say, at):
    lag("A1/301", world.sitting)
    at("T+15m"), at.fire()
    say("not_here", world.sitting)
    assert (duties(), duties("dropped")) == ([], [("C6", world.sitting.pk)])
    at("T+30m"), at.fire()
    assert (duties(), status_of(world.sitting)) == ([], "absent")


def test_a_client_session_speaks_for_who_is_said_not_to_be_here(world, lag, say, at):
    Sitting.objects.filter(pk=world.sitting.pk).update(has_client_session=True)
    lag()
    at("T+16m")
    say("not_here", world.sitting)
    at("T+30m"), at.fire()
    assert status_of(world.sitting) == "not_signed_in"


# --- corrections ---


def test_an_answer_is_corrected_until_close_of_entry_and_the_first_stays_in_the_log(
    world, cast, lag, say, at
):
    lag()
    at("T+16m")
    say("present", world.sitting)
    at("T+1799s")
    say("not_here", world.sitting, by=cast.second)
    assert (Presence.objects.get().answered_by, duties()) == (cast.second, [])
    log = Event.objects.filter(kind__startswith="presence.").order_by("pk")
    assert [(e.kind, e.data["before"]) for e in log] == [
        ("presence.present", ""),
        ("presence.not_here", "present"),
    ]
    at("T+30m")
    done = say("present", world.sitting)
    assert codes(done) == ["already_answered"]
    assert (done.skipped[0].refusal.extra["answered_by"], duties()) == ("second", [])


# --- who, and for whom ---


def test_who_has_signed_in_or_asked_or_sits_elsewhere_is_skipped_with_the_reason(
    world, api, cast, lag, say, at
):
    signed, waiting, free, *_ = world.sittings["A1/301"]
    lag()
    send(api(cast.proctor), check(signed))
    ask(api(cast.proctor), waiting)
    at("T+16m")
    done = say("present", signed, waiting, free, world.sittings["A2/101"][0])
    assert sorted(codes(done)) == ["already_pending", "already_signed_in", "not_found"]
    assert done.marked == [free]


def test_who_was_left_undecided_at_close_is_not_let_in_by_the_list(world, api, cast, lag, say, at):
    lag()
    ask(api(cast.proctor), world.sitting)
    at("T+30m"), at.fire()
    assert codes(say("present", world.sitting)) == ["expired"]


def test_only_the_rooms_own_staff_and_the_heads_of_the_site_answer(world, cast, lag, say, at):
    lag()
    at("T+16m")
    assert codes(say("present", world.sitting, by=cast.next_room)) == ["out_of_scope"]
    assert codes(say("present", world.sitting, by=cast.branch_duty)) == ["not_found"]
    assert len(say("present", world.sitting, by=cast.chief).marked) == 1


# --- the interface of phones ---


def test_a_phone_reads_the_list_and_answers_it_in_one_call(world, api, cast, lag, at):
    first, second, third, *_ = world.sittings["A1/301"]
    Sitting.objects.filter(pk=second.pk).update(has_client_session=True)
    lag()
    at("T+16m")
    phone = api(cast.proctor)
    send(phone, check(first, "T-10m"))
    told = phone.get(f"/api/v1/room-sessions/{world.room.pk}/presence/").json()
    assert (told["open"], len(told["results"])) == (True, 5)
    assert [row["ticked"] for row in told["results"]] == [True] + [False] * 4
    body = {f"s{second.pk}": "present", f"s{third.pk}": "not_here", f"s{first.pk}": "present"}
    answer = post(phone, world.room, **body)
    assert [(r["status"], r["code"]) for r in answer.json()["results"]] == [
        ("created", ""),
        ("created", ""),
        ("rejected", "already_signed_in"),
    ]
    told = phone.get(f"/api/v1/room-sessions/{world.room.pk}/presence/").json()
    assert [row["answer"] for row in told["results"]] == ["present", "not_here", None, None, None]
    assert told["results"][0]["answered_by"] == "proctor"


def test_the_same_call_again_answers_the_same_also_when_the_list_has_closed(world, api, cast, lag, at):
    lag()
    at("T+16m")
    body = {"id": str(uuid.uuid4()), "items": [{"sitting": world.sitting.pk, "answer": "present"}]}
    url = f"/api/v1/room-sessions/{world.room.pk}/presence/"
    first = api(cast.proctor).post(url, body)
    at("E+1m")
    again = api(cast.proctor).post(url, body)
    assert (first.status_code, again.status_code, first.json() == again.json()) == (201, 200, True)
    body["items"][0]["answer"] = "not_here"
    assert problem(api(cast.proctor).post(url, body)) == (409, "id_reused")


def test_refusals_of_the_call(world, api, cast, lag, at):
    mine = f"s{world.sitting.pk}"
    at("T+16m")
    assert problem(post(api(cast.proctor), world.room, **{mine: "present"})) == (409, "not_open")
    assert problem(post(api(cast.next_room), world.room, **{mine: "present"})) == (403, "out_of_scope")
    assert problem(post(api(cast.stranger), world.room, **{mine: "present"})) == (404, "not_found")
    assert problem(post(api(cast.inspector), world.room, **{mine: "present"})) == (403, "not_allowed")
    assert problem(post(api(cast.proctor), world.room, **{mine: "perhaps"})) == (422, "invalid")
    assert problem(post(api(cast.proctor), world.room)) == (422, "invalid")


# --- mass ---


def test_statements_do_not_grow_with_the_candidates(world, cast, lag, say, at):
    lag(None)
    at("T+16m")
    few = CaptureQueriesContext(connection)
    with few:
        say("present", world.sittings["A1/301"][0], by=cast.chief)
    many = CaptureQueriesContext(connection)
    with many:
        say("present", *world.sittings["A1/301"][1:], *world.sittings["A1/302"], by=cast.chief)
    assert len(many) <= len(few) + 5  # ten more candidates: a second room, and an incident that grows graver


def test_at_t15_statements_do_not_grow_with_the_rooms(world, lag, at):
    site_units = list(world.site_units.values())
    lag("A1/301", *world.sittings["A1/301"][:2])
    at("T+15m")
    with CaptureQueriesContext(connection) as few:
        name_duties(site_units, now=at.now)
    lag("A1/301", *world.sittings["A1/301"][2:])
    lag("A1/302", *world.sittings["A1/302"])
    with CaptureQueriesContext(connection) as many:
        assert name_duties(site_units, now=at.now) == 10
    assert len(many) <= len(few) + 2
