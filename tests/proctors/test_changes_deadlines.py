"""What happens to proctor changes at a time: warnings, expiry, headquarters' moves, a drill's clock (readings 22, 23)."""

from datetime import timedelta

import pytest

from exam_ops.core import drill, moves, outbox
from exam_ops.core.models import Event, OutboxMessage, RosterRow
from incidents.models import Notification
from proctors.models import ProctorChange
from proctors.services import expiring
from tests import world as worlds
from tests.conftest import moment
from tests.proctors.conftest import CHANGES, told


@pytest.fixture
def asked(cast, at, ask):
    """A request of the site that waits for the branch; everything due until then is done."""
    at("T-40h"), at.fire()
    return ask(cast.site_admin)


def status() -> str:
    return ProctorChange.objects.get().status


def warnings(user, at) -> list[Notification]:
    outbox.drain(now=at.now)
    return list(Notification.objects.filter(user=user, key__startswith="change:closing").order_by("pk"))


def delay(world, at, cast, **span) -> dict[str, int]:
    """Headquarters lets the own site's unit begin later; what it brought about, counted."""
    held = moves.hold(world.plan, [world.site_unit.pk])
    shift = timedelta(**span)
    times = {s.pk: moves.Times(start=s.start + shift, end=s.end + shift) for s in held}
    done = moves.move(held, times=times, now=at.now, actor=cast.hq)
    return {name: figures.total() for name, figures in done.items() if name.startswith("rosters.changes")}


@pytest.mark.parametrize(
    ("when", "count"), [("T-10801s", 1), ("T-3h", 2), ("T-9001s", 2), ("T-150m", 3), ("T-2h", 0)]
)
def test_the_branch_is_warned_the_day_before_and_twice(cast, asked, at, when, count):
    """08:30 is an early unit: 17:00 of the working day before, T−3 h, T−2.5 h; after the end no warning is left."""
    at(when), at.fire(), at.fire()
    assert len(warnings(cast.branch, at)) == count
    assert warnings(cast.branch_duty, at) == []


def test_one_digest_a_branch_lists_all_that_waits_there(world, cast, asked, ask, at):
    other = worlds.proctor("other", world.sibling)
    ask(cast.sibling_admin, room=world.rooms["A2/101"], outgoing="sibling_proctor", incoming=other)
    at("T-3h"), at.fire()
    told_ = warnings(cast.branch, at)[-1]
    assert told_.title["zh"] == "监考变更将于 12-06 06:30 截止：2 项待审批"
    assert "城东考点 301考场：proctor → spare" in told_.body["zh"]
    assert "城西考点 101考场：sibling_proctor → other" in told_.body["zh"]


def test_nothing_waits_and_nobody_is_warned(cast, asked, decide, at):
    decide(cast.branch, asked)
    at("T-3h"), at.fire()
    assert warnings(cast.branch, at) == []


def test_undecided_at_two_hours_it_expires_and_branch_and_asker_hear_it(cast, asked, at):
    at("T-7201s"), at.fire()
    assert status() == "pending"
    at("T-2h"), at.fire(), at.fire()
    assert status() == "expired"
    assert Event.objects.filter(kind="change.expired").count() == 1
    outbox.drain(now=at.now)
    for user in (cast.branch, cast.site_admin):
        assert Notification.objects.filter(user=user, key__startswith="change:expired").count() == 1


def test_an_emergency_expires_when_entry_closes(cast, at, ask):
    at("T-1h"), at.fire()
    ask(cast.chief)
    at("T+1799s"), at.fire()
    assert status() == "pending"
    at("T+30m"), at.fire()
    assert status() == "expired"


def test_expiring_is_set_wise(world, cast, at, ask, django_assert_max_num_queries):
    at("T-40h"), at.fire()
    for n in range(6):
        room = worlds.RoomSession.objects.create(
            site_unit=world.site_unit,
            room=worlds.ExamRoom.objects.create(site=world.site, room_no=f"40{n}"),
        )
        ask(cast.site_admin, room=room, outgoing=None, incoming=worlds.proctor(f"p{n}", world.site))
    at("T-2h")
    with django_assert_max_num_queries(12):
        assert len(expiring.expire([world.site_unit], now=at.now)) == 6


# headquarters moves the start: the windows are the site unit's own


def test_a_delay_gives_the_branch_more_time(world, cast, asked, decide, at):
    at("T-3h")
    assert delay(world, at, cast, hours=2) == {"rosters.changes": 0, "rosters.changes_ended": 0}
    at("T-1s"), at.fire()
    assert told(decide(cast.branch, asked)) == (201, "approved")


def test_what_expired_waits_again_when_the_new_time_is_ahead(world, cast, asked, decide, at):
    at("T-2h"), at.fire()
    at("T-90m")
    assert delay(world, at, cast, hours=2)["rosters.changes"] == 1
    assert status() == "pending"
    at("T-1s"), at.fire()
    assert status() == "pending"
    at("T"), at.fire()
    assert status() == "expired"  # the new T−2 h, carried out again


def test_what_was_asked_for_since_stays_the_only_one(world, cast, asked, ask, at):
    at("T-2h"), at.fire()
    at("T-1h")
    ask(cast.chief)
    assert delay(world, at, cast, hours=4)["rosters.changes"] == 0


def test_an_earlier_start_ends_what_it_passes(world, cast, asked, at):
    at("T-4h")
    assert delay(world, at, cast, hours=-3)["rosters.changes_ended"] == 1
    assert status() == "expired"


def test_a_preview_counts_what_would_follow(world, cast, asked, at):
    at("T-4h")
    early = moves.under(
        [world.site_unit],
        {world.site_unit.pk: moves.Times(start=worlds.T - timedelta(hours=3), end=worlds.E)},
    )
    found = {c.name: figures.total() for c, figures in moves.counted(early, now=at.now)}
    assert found.get("rosters.changes_ended") == 1
    assert status() == "pending"


def test_a_delay_moves_the_askers_window_too(world, cast, ask, at):
    at("T-1h")
    delay(world, at, cast, hours=2)
    assert ask(cast.site_admin).json()["window"] == "branch_approval"


# a drill's clock


@pytest.fixture
def practice(db, at):
    """The world as a drill ten days before its exam."""
    return worlds.build(kind="drill", now=moment("T-10d"))


@pytest.fixture
def ask_there(practice, api, at):
    spare = worlds.proctor("spare", practice.site)

    def call(user, id="0d5b8c5e-3f7a-4b52-9f0e-2c1d3e4f5a6b"):
        body = {"id": id, "room_session": practice.room.pk, "outgoing": practice.cast.proctor.pk,
                "incoming": spare.pk, "reason": "演练"}  # fmt: skip
        return api(user).post(CHANGES, body)

    return call


def jump(practice, at, to: str) -> None:
    practice.plan.refresh_from_db()
    drill.jump(practice.plan, to=moment(to), now=at.now, actor=None)


def test_a_jump_moves_the_window(practice, ask_there, at, decide):
    at("T-40h")
    asked = ask_there(practice.cast.site_admin)
    jump(practice, at, "T-7201s")
    assert told(decide(practice.cast.branch, asked, "rejected")) == (201, "rejected")


def test_a_jump_past_the_end_ends_it(practice, ask_there, at, decide):
    at("T-40h")
    asked = ask_there(practice.cast.site_admin)
    jump(practice, at, "T-2h")
    assert told(decide(practice.cast.branch, asked)) == (409, "expired")
    at.fire()
    assert status() == "expired"


def test_a_reset_puts_the_rosters_back(practice, ask_there, at):
    at("T-3d")
    assert told(ask_there(practice.cast.site_admin)) == (201, "applied")
    drill.reset(practice.plan, to=moment("T-10d"), now=at.now, actor=None)
    assert not ProctorChange.objects.exists()
    assert not OutboxMessage.objects.filter(key__startswith="change:").exists()
    names = RosterRow.objects.filter(room_session=practice.room).values_list("proctor__username", flat=True)
    assert set(names) == {"proctor", "second"}
