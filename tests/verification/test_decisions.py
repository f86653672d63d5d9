"""Deciding entry requests (C3, C4): first wins, one or many, never the own one, never after the close."""

from datetime import timedelta

import pytest

from exam_ops.core.access import actor_for
from exam_ops.core.models import Delegation, Sitting
from exam_ops.rules.permissions import Role
from incidents.models import EvidenceDuty
from tests.verification.helpers import ask, check, decide, problem, room, send, status_of
from tests.world import member
from verification.models import EntryRequest
from verification.services import decisions


@pytest.fixture
def phone(api, cast):
    return api(cast.proctor)


@pytest.fixture
def request_id(world, phone) -> str:
    return ask(phone, world.sitting).json()["id"]


def test_an_approval_lets_in_and_opens_a_duty(world, api, cast, request_id):
    answer = decide(api(cast.chief), request_id, note="核对无误")
    assert (answer.status_code, answer.json()["status"], answer.json()["decided_by"]) == (
        201,
        "approved",
        "chief",
    )
    sitting = Sitting.objects.get(pk=world.sitting.pk)
    assert (sitting.entry_status, sitting.emergency) == ("approved", True)
    duty = EvidenceDuty.objects.get()
    assert (duty.cause, duty.sitting, duty.incident) == (
        "C3",
        world.sitting,
        EntryRequest.objects.get().incident,
    )
    assert (room(world.room).pending, room(world.room).approved, room(world.room).emergency) == (0, 1, 1)


def test_a_rejection_keeps_out_and_owes_nothing(world, api, cast, request_id):
    assert decide(api(cast.chief), request_id, "rejected").status_code == 201
    assert status_of(world.sitting) == "rejected"
    assert not EvidenceDuty.objects.exists()


def test_the_same_person_the_same_again(api, cast, request_id):
    first = decide(api(cast.chief), request_id)
    again = decide(api(cast.chief), request_id)
    assert (again.status_code, again.json()) == (200, first.json())
    assert EvidenceDuty.objects.count() == 1


def test_the_first_decision_holds_and_the_second_is_told(world, api, cast, request_id, at):
    other = member("chief2", Role.CHIEF, "另一位主考", site=world.site)
    decide(api(cast.chief), request_id)
    at("T-10m")
    for caller, outcome in ((other, "rejected"), (other, "approved"), (cast.chief, "rejected")):
        answer = decide(api(caller), request_id, outcome)
        assert problem(answer) == (409, "already_decided")
        told = answer.json()
        assert (told["outcome"], told["decided_by"]) == ("approved", "chief")
        assert told["decided_at"] == "2025-12-06T00:10:00+00:00"
        assert "08:10" in told["detail"]
    assert status_of(world.sitting) == "approved"


def test_signed_in_meanwhile(world, api, cast, phone, request_id):
    send(phone, check(world.sitting))
    answer = decide(api(cast.chief), request_id)
    assert problem(answer) == (409, "already_decided")
    assert answer.json()["outcome"] == "withdrawn"
    assert status_of(world.sitting) == "signed_in"


@pytest.mark.parametrize("engine_ran", [True, False])
@pytest.mark.parametrize(("when", "expected"), [("T+1799s", 201), ("T+30m", 409), ("T+1801s", 409)])
def test_until_the_close(api, cast, request_id, at, when, expected, engine_ran):
    at(when)
    if engine_ran:
        at.fire()
    answer = decide(api(cast.chief), request_id)
    assert answer.status_code == expected
    if expected == 409:
        assert problem(answer) == (409, "expired")


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("site_admin", (403, "not_allowed")),
        ("branch", (403, "not_allowed")),
        ("hq", (403, "not_allowed")),
        ("proctor", (403, "not_allowed")),
        ("sibling_chief", (404, "not_found")),
        ("stranger", (404, "not_found")),
        ("nobody", (403, "not_allowed")),
    ],
)
def test_only_the_chief_of_that_site(world, api, cast, request_id, who, expected):
    assert problem(decide(api(getattr(cast, who)), request_id)) == expected
    assert status_of(world.sitting) == "pending"


def lend(cast, site, deputy, now, **span) -> None:
    Delegation.objects.create(
        site=site, deputy=deputy, granted_by=cast.chief, granted_at=now, reason="主考巡视",
        **({"valid_from": now, "valid_until": now + timedelta(hours=4)} | span),
    )  # fmt: skip


def test_a_deputy_under_a_delegation_of_this_morning(world, api, cast, request_id, at):
    lend(cast, world.site, cast.site_admin, at.now)
    assert decide(api(cast.site_admin), request_id).status_code == 201


def test_a_delegation_that_is_over(world, api, cast, request_id, at):
    lend(
        cast, world.site, cast.site_admin, at.now, valid_from=at.now - timedelta(hours=1), valid_until=at.now
    )
    assert problem(decide(api(cast.site_admin), request_id)) == (403, "not_allowed")


def test_nobody_decides_their_own(world, api, cast, phone, request_id, at):
    lend(cast, world.site, cast.proctor, at.now)
    answer = decide(phone, request_id)
    assert problem(answer) == (403, "not_allowed")
    assert "自己" in answer.json()["detail"]
    assert status_of(world.sitting) == "pending"


def test_an_unknown_request(world, api, cast):
    assert problem(decide(api(cast.chief), "11111111-1111-4111-8111-111111111111")) == (404, "not_found")


def test_an_outcome_that_is_none(api, cast, request_id):
    assert problem(decide(api(cast.chief), request_id, "perhaps")) == (422, "invalid")


def test_a_token_without_a_phone_decides(api, cast, request_id):
    assert decide(api(cast.chief, phone=False), request_id).status_code == 201


# --- many ---


@pytest.fixture
def many(world, api, cast, phone) -> list:
    """Four requests: two waiting, one signed in meanwhile, one decided."""
    ids = [ask(phone, s).json()["id"] for s in world.sittings["A1/301"][:4]]
    send(phone, check(world.sittings["A1/301"][2]))
    decide(api(cast.chief), ids[3], "rejected")
    return ids


def test_what_would_be_done_is_said_before(many, cast, at):
    requests = EntryRequest.objects.filter(pk__in=many).select_related("site_unit__unit__plan", "decided_by")
    told = decisions.can_decide(actor_for(cast.chief, now=at.now), requests, now=at.now)
    why = {str(answer.row.pk): answer.refusal and answer.refusal.title.zh for answer in told}
    assert why == dict(zip(many, [None, None, "考生已签到", "已有决定"], strict=True))


def test_many_at_once_skip_what_may_not(world, many, cast, at):
    actor = actor_for(cast.chief, now=at.now)
    done = decisions.decide_many(many, outcome="approved", note="全部核对", actor=actor, now=at.now)
    assert [str(r.pk) for r in done.decided] == many[:2]
    assert [a.refusal.code for a in done.skipped] == ["already_decided", "already_decided"]
    assert EvidenceDuty.objects.count() == 2
    assert (room(world.room).approved, room(world.room).pending) == (2, 0)


def test_many_pass_over_what_is_out_of_sight(many, cast, at):
    actor = actor_for(cast.stranger, now=at.now)
    done = decisions.decide_many(many, outcome="approved", actor=actor, now=at.now)
    assert (done.decided, done.skipped) == ([], [])


def test_many_cost_no_more_than_one(world, api, cast, phone, at, django_assert_max_num_queries):
    ids = [ask(phone, s).json()["id"] for s in world.sittings["A1/301"]]
    actor = actor_for(cast.chief, now=at.now)
    with django_assert_max_num_queries(25):
        assert len(decisions.decide_many(ids, outcome="rejected", actor=actor, now=at.now).decided) == 6
