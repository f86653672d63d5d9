"""Asking for entry (C2): what it moves, what it joins, what stands against it."""

import pytest

from exam_ops.core import entry
from exam_ops.core.models import Event, Sitting
from exam_ops.rules.entry import Cause
from incidents.models import Incident, Report
from tests.verification.helpers import ask, check, decide, problem, room, send, status_of
from verification.models import EntryRequest


@pytest.fixture
def phone(api, cast):
    return api(cast.proctor)


def test_a_request_waits_for_the_chief(world, phone, cast):
    answer = ask(phone, world.sitting)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["status"], told["requested_by"], told["room"], told["attempt"]) == (
        "pending",
        "proctor",
        "301",
        1,
    )
    assert status_of(world.sitting) == "pending"
    assert room(world.room).pending == 1
    assert Event.objects.get(kind="entry.requested").actor == cast.proctor


def test_the_same_again_also_after_the_close(world, phone, at):
    id = "11111111-1111-4111-8111-111111111111"
    first = ask(phone, world.sitting, id=id)
    at("T+2h")
    again = ask(phone, world.sitting, id=id)
    assert (again.status_code, again.json()) == (200, first.json())
    assert problem(ask(phone, world.sitting, id=id, note="anders")) == (409, "id_reused")
    assert EntryRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("reason", "type"),
    [
        ("face_check_failed", "IDV-02"),
        ("face_declined", "IDV-02"),
        ("other", "IDV-02"),
        ("no_response", "IDV-05"),
        ("app_unavailable", "IDV-03"),
        ("no_proctor", "IDV-06"),
        ("bad_photo", "IDV-10"),
    ],
)
def test_it_opens_its_incident(world, phone, reason, type):
    number = ask(phone, world.sitting, reason).json()["incident"]
    incident = Incident.objects.get(number=number)
    assert incident.type == type
    assert list(incident.sittings.all()) == [world.sitting]
    assert list(incident.room_sessions.all()) == [world.room]


def test_the_second_joins_the_first(world, phone):
    ask(phone, world.sittings["A1/301"][0])
    ask(phone, world.sittings["A1/301"][1])
    incident = Incident.objects.get()
    assert (incident.sittings.count(), incident.reports.count()) == (2, 2)


def test_declining_never_looks_like_failing(world, phone):
    ask(phone, world.sitting, "face_declined")
    assert "非核验未通过" in Report.objects.get().note
    assert EntryRequest.objects.get().reason == "face_declined"
    assert Sitting.objects.get(pk=world.sitting.pk).failed_attempts == 0
    assert room(world.room).failed_only == 0


@pytest.mark.parametrize(
    ("when", "expected"),
    [("T-1801s", 409), ("T-30m", 201), ("T+1799s", 201), ("T+30m", 409), ("T+1801s", 409)],
)
def test_while_entry_is_open(world, phone, at, when, expected):
    at(when)
    answer = ask(phone, world.sitting)
    assert answer.status_code == expected
    if expected == 409:
        assert problem(answer) == (409, "not_open")


def test_who_has_signed_in_needs_none(world, phone):
    send(phone, check(world.sitting))
    assert problem(ask(phone, world.sitting)) == (409, "already_signed_in")


def test_one_at_a_time(world, phone, api, cast):
    ask(phone, world.sitting)
    assert problem(ask(api(cast.second), world.sitting)) == (409, "already_pending")


def test_one_new_try_with_something_new(world, phone, api, cast):
    chief = api(cast.chief)
    decide(chief, ask(phone, world.sitting, note="第一次").json()["id"], "rejected")
    assert problem(ask(phone, world.sitting, note="")) == (409, "rejected_before")
    assert problem(ask(phone, world.sitting, note=" 第一次 ")) == (409, "rejected_before")
    second = ask(phone, world.sitting, note="补交户口本原件")
    assert second.json()["attempt"] == 2
    assert status_of(world.sitting) == "pending"
    decide(chief, second.json()["id"], "rejected")
    assert problem(ask(phone, world.sitting, note="第三次")) == (409, "rejected_before")


def test_a_pass_withdraws_the_request(world, phone):
    id = ask(phone, world.sitting).json()["id"]
    send(phone, check(world.sitting))
    assert EntryRequest.objects.get(pk=id).status == "withdrawn"
    assert (room(world.room).pending, room(world.room).signed_in) == (0, 1)
    assert Event.objects.filter(kind="entry.withdrawn").count() == 1


def test_after_an_undo_it_may_be_asked_again(world, phone, at):
    ask(phone, world.sitting)
    send(phone, check(world.sitting))
    entry.move([Sitting.objects.get(pk=world.sitting.pk)], Cause.UNDO, now=at.now)
    assert ask(phone, world.sitting).json()["attempt"] == 2


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("second", 201),
        ("next_room", (403, "out_of_scope")),
        ("sibling_proctor", (404, "not_found")),
        ("foreign_proctor", (404, "not_found")),
        ("chief", (403, "not_allowed")),
        ("nobody", (403, "not_allowed")),
    ],
)
def test_only_for_the_own_room(world, api, cast, who, expected):
    answer = ask(api(getattr(cast, who)), world.sitting)
    assert (answer.status_code if expected == 201 else problem(answer)) == expected


def test_not_without_a_phone(world, api, cast):
    assert problem(ask(api(cast.proctor, phone=False), world.sitting)) == (403, "not_allowed")


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "because"},
        {"sitting": "x"},
        {"id": "1"},
        {"documents_checked": "perhaps"},
        {"note": "x" * 1001},
    ],
)
def test_wrong_fields_change_nothing(world, phone, wrong):
    assert problem(ask(phone, world.sitting.pk, **wrong) if "sitting" not in wrong else ask(phone, "x")) == (
        422,
        "invalid",
    )
    assert status_of(world.sitting) == "not_signed_in"


# --- the list ---


def listed(caller, **query) -> list[str]:
    return [row["ticket_no"] for row in caller.get("/api/v1/entry-requests/", query).json()["results"]]


def test_the_list_follows_scope(world, phone, api, cast):
    ask(phone, world.sitting)
    ask(api(cast.next_room), world.sittings["A1/302"][0])
    ask(api(cast.sibling_proctor), world.sittings["A2/101"][0])
    assert listed(phone) == ["T101"]
    assert sorted(listed(api(cast.chief))) == ["T101", "T201"]
    assert sorted(listed(api(cast.branch))) == ["T101", "T201", "T301"]
    assert listed(api(cast.stranger)) == []
    assert problem(api(cast.nobody).get("/api/v1/entry-requests/")) == (403, "not_allowed")


def test_the_list_is_filtered_by_codes(world, phone, api, cast):
    chief = api(cast.chief)
    ask(phone, world.sittings["A1/301"][0])
    decide(chief, ask(phone, world.sittings["A1/301"][1]).json()["id"])
    assert listed(chief, status="pending") == ["T101"]
    assert listed(chief, plan="P1", unit="U1", room="301", status="approved") == ["T102"]
    assert listed(chief, room="302") == []
    assert problem(chief.get("/api/v1/entry-requests/", {"status": "lost"})) == (422, "invalid")


def test_the_list_comes_in_pages(world, phone):
    for sitting in world.sittings["A1/301"][:3]:
        ask(phone, sitting)
    first = phone.get("/api/v1/entry-requests/", {"page_size": 2}).json()
    second = phone.get(first["next"]).json()
    assert (len(first["results"]), len(second["results"]), second["next"]) == (2, 1, None)


@pytest.mark.parametrize(("when", "status"), [("T+1799s", "pending"), ("T+30m", "expired")])
def test_readers_see_it_expire_at_once(world, phone, at, when, status):
    ask(phone, world.sitting)
    at(when)
    assert listed(phone, status=status) == ["T101"]
