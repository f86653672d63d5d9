"""The branch's word on proctor changes: the first one holds, at the second, never one's own (C8)."""

import uuid

import pytest

from exam_ops.core import outbox
from exam_ops.core.access import actor_for
from exam_ops.core.models import Event, ProctorProfile, RosterRow
from exam_ops.rules.permissions import Role
from incidents.models import Notification
from proctors.models import ProctorChange
from proctors.selectors import waiting_changes
from proctors.services import deciding
from tests import world as worlds
from tests.proctors.conftest import CHANGES, told


@pytest.fixture
def asked(cast, at, ask):
    """A request of the site that waits for the branch."""
    at("T-40h")
    return ask(cast.site_admin)


def notices(user, at):
    outbox.drain(now=at.now)
    return [n.title["zh"] for n in Notification.objects.filter(user=user).order_by("pk")]


def test_an_approval_puts_it_onto_the_roster(world, cast, asked, decide, standing):
    assert told(decide(cast.branch, asked)) == (201, "approved")
    assert standing(world.room) == {"lead": "spare", "second": "second"}
    assert Event.objects.get(kind="change.approved").actor == cast.branch


def test_a_rejection_leaves_the_roster_alone(world, cast, asked, decide, standing):
    assert told(decide(cast.branch, asked, "rejected", note="不合适")) == (201, "rejected")
    assert standing(world.room)["lead"] == "proctor"


def test_the_same_again_is_the_same_answer_also_after_the_window(cast, asked, decide, at):
    first = decide(cast.branch, asked)
    at("T-1h")
    again = decide(cast.branch, asked)
    assert (again.status_code, again.json()) == (200, first.json())


def test_the_first_decision_holds_and_the_second_is_told_whose(cast, asked, decide):
    decide(cast.branch, asked)
    answer = decide(cast.branch_duty, asked, "rejected")
    assert told(answer) == (409, "already_decided")
    assert (answer.json()["outcome"], answer.json()["decided_by"]) == ("approved", "branch")
    assert answer.json()["decided_at"] == "2025-12-04T08:30:00+00:00"
    assert told(decide(cast.branch, asked, "rejected")) == (409, "already_decided")


@pytest.mark.parametrize(
    ("when", "expected"),
    [("T-7201s", (201, "approved")), ("T-2h", (409, "expired")), ("T-7199s", (409, "expired"))],
)
@pytest.mark.parametrize("outcome", ["approved", "rejected"])
def test_it_must_come_before_two_hours_with_no_worker_at_all(
    cast, asked, decide, at, when, expected, outcome
):
    at(when)
    expected = (201, outcome) if expected[0] == 201 else expected
    assert told(decide(cast.branch, asked, outcome)) == expected


def test_readers_say_expired_though_no_worker_has(cast, asked, api, at):
    at("T-2h")
    rows = api(cast.branch).get(CHANGES, {"plan": "P1"}).json()["results"]
    assert [row["status"] for row in rows] == ["expired"]
    assert api(cast.branch).get(CHANGES, {"status": "pending"}).json()["results"] == []
    assert not waiting_changes(actor_for(cast.branch, now=at.now), at.now).exists()


def test_who_may_decide(cast, asked, decide):
    assert told(decide(cast.other_branch, asked)) == (404, "not_found")
    assert told(decide(cast.sibling_admin, asked)) == (403, "not_allowed")
    for user in (cast.site_admin, cast.chief, cast.hq, cast.proctor):
        assert told(decide(user, asked)) == (403, "not_allowed")


def test_nobody_decides_their_own(world, cast, at, ask, decide):
    both = worlds.member("both", Role.SITE, site=world.site)
    worlds.Membership.objects.create(user=both, role=Role.BRANCH, branch=world.branch, rights=["duty"])
    at("T-40h")
    assert told(decide(both, ask(both))) == (403, "not_allowed")


def test_an_emergency_is_the_duty_officers_to_grant(world, cast, at, ask, decide, standing):
    at("T-10m")
    asked = ask(cast.chief)
    assert told(decide(cast.branch, asked)) == (403, "not_allowed")
    assert told(decide(cast.branch_duty, asked)) == (201, "approved")
    assert standing(world.room)["lead"] == "spare"


@pytest.mark.parametrize(("when", "code"), [("T+1799s", "approved"), ("T+30m", "expired")])
def test_an_emergency_holds_until_entry_closes(cast, at, ask, decide, when, code):
    at("T-10m")
    asked = ask(cast.chief)
    at(when)
    assert told(decide(cast.branch_duty, asked))[1] == code


def test_what_is_true_when_it_is_approved_counts(world, cast, asked, decide, spare):
    ProctorProfile.objects.filter(user=spare).update(status="refused")
    assert told(decide(cast.branch, asked)) == (422, "proctor_not_certified")
    ProctorProfile.objects.filter(user=spare).update(status="certified")
    row = RosterRow.objects.create(room_session=world.rooms["A1/302"], proctor=spare, position="second")
    assert told(decide(cast.branch, asked)) == (409, "proctor_busy")
    row.delete()
    RosterRow.objects.filter(proctor=cast.proctor).delete()
    assert told(decide(cast.branch, asked)) == (409, "roster_changed")
    assert told(decide(cast.branch, asked, "rejected")) == (201, "rejected")


def test_many_at_once_skip_what_may_not_be(world, cast, at, asked, ask):
    second = ask(cast.site_admin, room=world.rooms["A1/302"], outgoing="next_room",
                 incoming=worlds.proctor("other", world.site))  # fmt: skip
    ProctorProfile.objects.filter(user__username="other").update(status="pending")
    ids = [asked.json()["id"], second.json()["id"]]
    actor = actor_for(cast.branch, now=at.now)
    done = deciding.decide_many(ids, outcome="approved", actor=actor, clock=lambda: at.now)
    assert [str(c.pk) for c in done.decided] == ids[:1]
    assert [a.refusal.code for a in done.skipped] == ["proctor_not_certified"]


def test_many_at_once_never_put_one_person_into_two_rooms(world, cast, at, asked):
    """Neither of two that stand for one person is carried out while the other does."""
    twin = ProctorChange.objects.get()
    twin.pk, twin.room_session, twin.outgoing = uuid.uuid4(), world.rooms["A1/302"], cast.next_room
    twin.save(force_insert=True)
    actor = actor_for(cast.branch, now=at.now)
    ids = list(ProctorChange.objects.values_list("pk", flat=True))
    done = deciding.decide_many(ids, outcome="approved", actor=actor, clock=lambda: at.now)
    assert done.decided == []
    assert {a.refusal.code for a in done.skipped} == {"proctor_busy"}


def test_the_own_request_is_taken_back(cast, asked, api, decide):
    address = f"{CHANGES}{asked.json()['id']}/withdrawal/"
    assert told(api(cast.chief).post(address)) == (403, "not_allowed")
    assert told(api(cast.site_admin).post(address)) == (201, "withdrawn")
    assert told(api(cast.site_admin).post(address)) == (200, "withdrawn")
    assert told(decide(cast.branch, asked)) == (409, "already_decided")


def test_what_is_over_is_not_taken_back(cast, asked, api, at):
    at("T-2h")
    address = f"{CHANGES}{asked.json()['id']}/withdrawal/"
    assert told(api(cast.site_admin).post(address)) == (409, "expired")


def test_the_branch_the_asker_and_the_proctors_hear_of_it(cast, asked, decide, at, spare):
    assert notices(cast.branch, at) == ["监考变更待审批：1 项"]
    assert notices(cast.branch_duty, at) == []  # holds no integrity right
    decide(cast.branch, asked)
    assert notices(cast.site_admin, at) == ["监考变更已批准：1 项"]
    assert notices(spare, at) == notices(cast.proctor, at) == ["您的监考编排有变化"]


def test_an_emergency_is_told_to_those_who_grant_it(cast, at, ask):
    at("T-10m")
    ask(cast.chief)
    assert notices(cast.branch_duty, at) == ["紧急更换监考待批准：1 项"]
    assert notices(cast.branch, at) == []


def test_a_branch_without_the_right_is_told_all_the_same(cast, at, ask):
    worlds.Membership.objects.filter(role=Role.BRANCH).update(rights=[])
    at("T-40h")
    ask(cast.site_admin)
    assert notices(cast.branch, at) == ["监考变更待审批：1 项"]


def test_the_queue_of_the_branch(cast, asked, at):
    def queue(user):
        return [str(c.pk) for c in waiting_changes(actor_for(user, now=at.now), at.now)]

    assert queue(cast.branch) == [asked.json()["id"]]
    assert queue(cast.other_branch) == queue(cast.chief) == []
