"""The same change at the same moment, and at the edge of its window, on real connections."""

import uuid
from datetime import timedelta

import pytest

from exam_ops.core import drill
from exam_ops.core.access import actor_for
from exam_ops.core.models import RosterRow
from proctors.models import ProctorChange
from proctors.services import asking, deciding
from proctors.services.asking import Piece
from tests import database_clock
from tests import world as worlds
from tests.conftest import moment
from tests.proctors.conftest import told
from tests.races import at_once

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]
TICK = timedelta(microseconds=1)


def test_of_two_officers_at_once_one_decides(world, cast, at, ask, decide, standing):
    at("T-40h")
    for outcome in ("rejected", "approved"):
        asked = ask(cast.site_admin)
        answers = at_once(
            lambda a=asked: decide(cast.branch, a, "approved"),
            lambda a=asked, o=outcome: decide(cast.branch_duty, a, o),
        )
        assert sorted(a.status_code for a in answers) == [201, 409]
        winner = next(a for a in answers if a.status_code == 201).json()
        loser = next(a for a in answers if a.status_code == 409).json()
        assert (loser["code"], loser["outcome"]) == ("already_decided", winner["status"])
        assert (standing(world.room)["lead"] == "spare") is (winner["status"] == "approved")
        RosterRow.objects.filter(room_session=world.room, position="lead").update(proctor=cast.proctor)


def test_one_proctor_is_asked_for_once_at_the_same_moment(world, cast, at, ask):
    at("T-40h")
    answers = at_once(
        lambda: ask(cast.site_admin),
        lambda: ask(cast.chief, room=world.rooms["A1/302"], outgoing="next_room"),
    )
    assert sorted(told(a) for a in answers) == [(201, "pending"), (409, "proctor_busy")]


def test_the_same_request_many_times_is_one(world, cast, at, ask):
    at("T-40h")
    id = str(uuid.uuid4())
    answers = at_once(*(lambda: ask(cast.site_admin, id=id) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [200, 200, 200, 201]
    assert ProctorChange.objects.count() == 1


def test_one_free_place_takes_one(world, cast, at, ask):
    at("T-3d")
    other = worlds.proctor("other", world.site)
    room = world.rooms["A1/302"]
    answers = at_once(
        lambda: ask(cast.site_admin, room=room, outgoing=None),
        lambda: ask(cast.chief, room=room, outgoing=None, incoming=other),
    )
    assert sorted(a.status_code for a in answers) == [201, 422]


def test_the_engine_against_a_decision(world, cast, at, ask, decide):
    at("T-40h"), at.fire()
    asked = ask(cast.site_admin)
    at("T-2h")
    answer, _ = at_once(lambda: decide(cast.branch, asked), at.fire)
    at.fire()
    assert told(answer) == (409, "expired")
    assert ProctorChange.objects.get().status == "expired"


# between the service's comparison and the commit the database's clock decides


def ask_late(world, cast, at, judged, committed):
    """Asks in time by the service's clock, and commits when the database's stands at `committed`."""
    actor = actor_for(cast.site_admin, now=at.now)
    spare = worlds.proctor("late", world.site)
    piece = Piece(uuid.uuid4(), world.room.pk, cast.proctor.pk, spare.pk)

    def clock():
        database_clock.freeze(committed)
        return judged

    return asking.ask([piece], reason="x", batch=uuid.uuid4(), actor=actor, clock=clock)


@pytest.mark.parametrize("hours", [48, 2])
def test_a_request_that_is_late_at_the_commit_is_refused_and_leaves_nothing(world, cast, at, hours):
    edge = worlds.T - timedelta(hours=hours)
    too_late = edge + TICK if hours == 48 else edge
    with pytest.raises(asking.WindowPassed):
        ask_late(world, cast, at, judged=edge - TICK, committed=too_late)
    assert not ProctorChange.objects.exists()
    assert RosterRow.objects.get(room_session=world.room, position="lead").proctor == cast.proctor


@pytest.mark.parametrize("hours", [48, 2])
def test_at_the_last_instant_it_is_taken(world, cast, at, hours):
    edge = worlds.T - timedelta(hours=hours)
    last = edge if hours == 48 else edge - TICK
    assert len(ask_late(world, cast, at, judged=last, committed=last)) == 1


@pytest.mark.parametrize("outcome", ["approved", "rejected"])
@pytest.mark.parametrize(("after", "holds"), [(-TICK, True), (timedelta(0), False)])
def test_a_decision_is_judged_at_the_commit_too(world, cast, at, ask, outcome, after, holds):
    at("T-40h")
    id = uuid.UUID(ask(cast.site_admin).json()["id"])
    edge = worlds.T - timedelta(hours=2)
    actor = actor_for(cast.branch, now=at.now)

    def clock():
        database_clock.freeze(edge + after)
        return edge - TICK

    def decide():
        return deciding.decide(id, outcome=outcome, actor=actor, clock=clock)

    if holds:
        assert decide()[1]
    else:
        with pytest.raises(deciding.Expired):
            decide()
        assert ProctorChange.objects.get().status == "pending"


def test_expiry_itself_is_no_late_write(world, cast, at, ask):
    at("T-40h"), at.fire()
    ask(cast.site_admin)
    at("T-1h"), at.fire()
    assert ProctorChange.objects.get().status == "expired"


def test_the_window_follows_the_drills_jump_at_the_commit(at, transactional_db, api):
    world = worlds.build(kind="drill", now=moment("T-10d"))
    spare = worlds.proctor("spare", world.site)
    at("T-40h")
    body = {"id": str(uuid.uuid4()), "room_session": world.room.pk, "outgoing": world.cast.proctor.pk,
            "incoming": spare.pk, "reason": "x"}  # fmt: skip
    assert api(world.cast.site_admin).post("/api/v1/proctor-changes/", body).status_code == 201
    drill.jump(world.plan, to=moment("T-3h"), now=at.now, actor=None)
    until = ProctorChange.objects.get().window_until
    actor = actor_for(world.cast.branch, now=at.now)

    def clock():
        database_clock.freeze(until)
        return until - TICK

    with pytest.raises(deciding.Expired):
        deciding.decide(uuid.UUID(body["id"]), outcome="approved", actor=actor, clock=clock)
