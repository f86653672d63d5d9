"""Manual check for all: a panorama is owed for whoever it lets in only where headquarters' decision says so (A4, C14)."""

import pytest

from exam_ops.rules.decisions import Kind, Wish
from incidents.models import EvidenceDuty
from incidents.services import decisions
from incidents.services.decision_preview import Scope
from tests.verification.helpers import check, send
from verification.models import SignIn


@pytest.fixture
def by_hand(world, api, at):
    """`by_hand(owed)`: headquarters has everybody at site A1 checked by hand, and one candidate is let in so."""

    def decide(owed: bool) -> None:
        wish = Wish(Kind.MANUAL_CHECK, evidence_owed=owed)
        scope = Scope(world.plan, [world.unit.pk], sites=[world.site.pk])
        decisions.propose(wish, scope, reason="平台故障", actor=world.cast.hq, now=at.now)
        let_in(world.sitting)

    def let_in(sitting) -> None:
        told = send(api(world.cast.proctor), check(sitting, method="manual"))
        assert told[0]["entry_status"] == "signed_in"

    decide.let_in = let_in
    return decide


def owing() -> list[tuple[int, str, str]]:
    return list(EvidenceDuty.objects.order_by("pk").values_list("sitting", "cause", "status"))


def test_without_a_word_of_it_nothing_is_owed(by_hand, at):
    by_hand(False)
    at("T+15m"), at.fire()
    at("T+30m"), at.fire()
    assert owing() == []


def test_who_was_let_in_by_hand_owes_it_once(by_hand, world, at):
    by_hand(True)
    at("T+15m"), at.fire()
    assert owing() == [(world.sitting.pk, "HQ", "open")]
    at("T+16m")
    by_hand.let_in(world.sittings["A1/301"][1])
    at("T+30m"), at.fire()
    at("T+45m"), at.fire()
    assert owing() == [(s.pk, "HQ", "open") for s in world.sittings["A1/301"][:2]]


def test_who_came_by_face_owes_nothing(by_hand, world, api, at):
    by_hand(True)
    send(api(world.cast.proctor), check(world.sittings["A1/301"][1]))
    at("T+30m"), at.fire()
    assert [pk for pk, _, _ in owing()] == [world.sitting.pk]


def test_a_sign_in_that_is_undone_takes_its_duty_along(by_hand, world, page, at):
    by_hand(True)
    at("T+15m"), at.fire()
    fact = SignIn.objects.get()
    page(world.cast.chief).post(f"/sign-ins/facts/{fact.pk}/undo/", {"note": "认错人"})
    duty = EvidenceDuty.objects.get()
    assert (duty.status, duty.why_closed) == ("dropped", "undone")


def test_the_decision_says_so(page, cast, world, at):
    form = {
        "id": "0b7e4b7e-6f0e-4f0e-9f55-0e6a2a1d0c11",
        "plan": world.plan.code,
        "kind": "manual_check",
        "units": [world.unit.pk],
        "sites": "A1",
        "evidence_owed": "on",
        "reason": "平台故障",
    }
    html = page(cast.hq).post("/decisions/new/", form | {"preview": "1"}).content.decode()
    assert "人工核验入场的考生须提交应急材料" in html
