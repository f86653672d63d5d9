"""Moves of entry status and their rooms' counters."""

import pytest

from exam_ops.core import entry
from exam_ops.core.models import RoomSession, Sitting
from exam_ops.rules.entry import Cause


@pytest.fixture
def two(world) -> list[Sitting]:
    return list(Sitting.objects.filter(pk__in=[s.pk for s in world.sittings["A1/301"][:2]]).order_by("pk"))


def counts(world) -> tuple[int, int]:
    room = RoomSession.objects.get(pk=world.room.pk)
    return room.signed_in, room.failed_only


def test_a_pass_moves_and_counts(world, at, two):
    assert entry.move(two, Cause.PASSED, now=at.now) == two
    assert counts(world) == (2, 0)


def test_who_was_moved_meanwhile_is_left_alone(world, at, two):
    Sitting.objects.filter(pk=two[0].pk).update(entry_status="absent")
    assert entry.move(two, Cause.PASSED, now=at.now) == [two[1]]
    assert counts(world) == (1, 0)


def test_a_failed_attempt_counts_a_person_once_and_until_the_pass(world, at, two):
    entry.count_failed(two, {two[0].pk: 2})
    entry.count_failed(two, {two[0].pk: 1, two[1].pk: 1})
    assert Sitting.objects.get(pk=two[0].pk).failed_attempts == 3
    assert counts(world) == (0, 2)
    entry.move(two[:1], Cause.PASSED, now=at.now)
    assert counts(world) == (1, 1)


def test_a_failed_attempt_after_the_pass_blocks_nobody(world, at, two):
    entry.move(two, Cause.PASSED, now=at.now)
    entry.count_failed(two, {two[0].pk: 1})
    assert counts(world) == (2, 0)
