"""A room whose proctors' App logins all failed is blocked, though nobody has reported it (A3)."""

from datetime import timedelta

import pytest

from exam_ops.core.models import RoomSession, RosterRow
from tests.incidents.test_mass import come, look


def fail(at, *proctors) -> None:
    RosterRow.objects.filter(proctor__in=proctors).update(login_failed_at=at.now)


@pytest.fixture
def locked_out(world, cast, at):
    fail(at, cast.proctor, cast.second)


def test_both_proctors_of_a_room_make_it_blocked(world, cast, at, locked_out):
    found = look(at)[0]
    assert (found.type, found.grade, found.sittings.count()) == ("IDV-03", 3, 6)


def test_one_of_two_does_not(world, cast, at):
    fail(at, cast.proctor)
    assert look(at) == []


def test_a_login_that_passed_meanwhile_lifts_it(world, cast, at, locked_out):
    RosterRow.objects.filter(proctor=cast.second).update(login_failed_at=None)
    assert look(at) == []


def test_a_room_without_proctors_is_not_locked_out(world, at):
    RosterRow.objects.all().delete()
    assert look(at) == []


@pytest.mark.parametrize(("seconds", "blocked"), [(-1, True), (0, True), (1, False)])
def test_a_sign_in_after_the_failure_says_otherwise(seconds, blocked, world, at, locked_out):
    come(world.sittings["A1/301"][:1])
    RoomSession.objects.filter(pk=world.room.pk).update(last_sign_in_at=at.now + timedelta(seconds=seconds))
    assert bool(look(at)) is blocked


def test_whoever_is_in_is_not_counted(world, at, locked_out):
    come(world.sittings["A1/301"][:2])
    assert look(at) == []  # four people are left
