"""The one queue of each office: what stands at its level, was handed over, waits to be decided; digest lines (E1)."""

import uuid

import pytest

from incidents.models import Decision, DigestLine, Incident
from incidents.services import acts, opening
from proctors.models import ProctorChange
from tests.conftest import moment


def home(browser) -> str:
    return browser.get("/").text


def report(world, at, site="A1"):
    return opening.open_or_join(
        type="IDV-03", site_unit=world.site_units[site], room_session=None, actor=None, now=at.now
    )


def queue(browser):
    return browser.get("/").context["queue"]


def numbers(browser):
    return [line["number"] for line in queue(browser).lines]


@pytest.mark.parametrize(("who", "level"), [("site_admin", "site"), ("branch", "branch"), ("hq", "hq")])
def test_each_level_is_told_of_what_stands_with_it(who, level, world, cast, page, at):
    incident = report(world, at)
    incident.level = level
    incident.save()
    browser = page(getattr(cast, who))
    assert [line["number"] for line in queue(browser).lines] == [incident.number]
    assert incident.number in home(browser)


def test_what_stands_elsewhere_is_not_in_the_queue(world, cast, page, at):
    report(world, at)
    assert queue(page(cast.hq)).lines == []
    assert queue(page(cast.stranger)).lines == []
    assert "没有等您处理的事" in home(page(cast.hq))


def test_the_branch_keeps_what_went_past_it_unanswered(world, cast, page, at):
    incident = report(world, at)
    acts.escalate(incident, actor=cast.site_admin, now=at.now)
    at("T-15m")
    at.fire()
    assert Incident.objects.get(pk=incident.pk).level == "hq"
    assert incident.number in numbers(page(cast.branch))
    acts.acknowledge(incident, actor=cast.branch, now=at.now)
    assert incident.number not in numbers(page(cast.branch))


def test_what_was_handed_over_waits_for_its_taker(world, cast, page, at):
    incident = report(world, at)
    acts.hand_over(incident, to=cast.branch, note="", actor=cast.chief, now=at.now)
    assert [line["number"] for line in queue(page(cast.branch)).lines] == [incident.number]


def test_the_branch_has_changes_of_rosters_in_the_same_queue(world, cast, page, at):
    at("T-40h")
    change = ProctorChange.objects.create(
        id=uuid.uuid4(), batch=uuid.uuid4(), room_session=world.room, site_unit=world.site_unit,
        position="lead", outgoing=cast.proctor, incoming=cast.next_room, reason="x", window="branch_approval",
        window_until=moment("T-2h"), status="pending", requested_by=cast.site_admin, requested_at=at.now,
    )  # fmt: skip
    found = queue(page(cast.branch))
    assert (found.total, found.changes[0].until) == (1, moment("T-2h"))
    assert "proctor 换为 next_room" in home(page(cast.branch))
    assert queue(page(cast.other_branch)).changes == []
    at.now = change.window_until
    assert queue(page(cast.branch)).total == 0


def test_the_branch_s_digest_is_one_quiet_list(world, cast, page, at):
    DigestLine.objects.create(
        branch=world.branch, plan=world.plan, site_unit=world.site_unit, key="k", written_at=at.now,
        text={"zh": "城东考点 301 一名考生", "en": "One candidate"},
    )  # fmt: skip
    found = queue(page(cast.branch))
    assert (found.total, len(found.digest)) == (0, 1)
    assert "城东考点 301 一名考生" in home(page(cast.branch))
    assert queue(page(cast.other_branch)).digest == []
    assert queue(page(cast.chief)).digest == []


@pytest.mark.parametrize(("who", "waits"), [("hq2", True), ("hq", False), ("branch", False)])
def test_a_decision_waits_for_a_second_person_of_headquarters(who, waits, world, cast, page, at):
    Decision.objects.create(
        plan=world.plan, kind="delay", minutes=15, reason="x", proposed_by=cast.hq, proposed_at=at.now,
        next_due_at=moment("T-15m"),
    )  # fmt: skip
    assert bool(queue(page(getattr(cast, who))).decisions) is waits
    at("T-15m")
    assert queue(page(getattr(cast, who))).decisions == []


def test_a_candidate_has_no_queue(cast, page):
    assert queue(page(cast.candidate)) is None
