"""The same person placed in two rooms at the same moment, in two plans, on real connections (C8)."""

import uuid

import pytest
from django.db import OperationalError, transaction

from exam_ops.core import cutoffs
from exam_ops.core.access import actor_for
from exam_ops.core.models import RosterRow
from exam_ops.core.one_room import ONE_ROOM
from proctors.services import assigning, placing
from proctors.services.asking import Piece
from tests import world as worlds
from tests.core.test_one_room import session
from tests.races import at_once

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


def test_two_callers_in_two_plans_place_one_person_once(transactional_db, at):
    world = worlds.build()
    at("T-3d")
    both = worlds.proctor("both", world.site)
    rooms = [world.rooms["A1/302"], session(world, site=world.site)]
    actor = actor_for(world.cast.site_admin, now=at.now)

    def fill(room):
        piece = Piece(uuid.uuid4(), room.pk, None, both.pk, "second")
        try:
            return assigning.assign(piece.id, [piece], actor=actor, clock=lambda: at.now)[1]
        except placing.Refusal as refusal:
            return refusal.code

    assert sorted(map(str, at_once(*(lambda room=room: fill(room) for room in rooms)))) == [
        "True",
        "proctor_busy",
    ]

    free = worlds.proctor(
        "free", world.site
    )  # and where a writer takes no locks, the constraint alone decides

    def write(room):
        try:
            with cutoffs.refusing({ONE_ROOM: placing.BusyMeanwhile}), transaction.atomic():
                RosterRow.objects.filter(room_session=room).delete()
                RosterRow.objects.create(room_session=room, proctor=free)
        except (placing.BusyMeanwhile, OperationalError) as refusal:
            return type(refusal).__name__
        return "placed"

    assert (
        sum(answer == "placed" for answer in at_once(*(lambda room=room: write(room) for room in rooms))) == 1
    )


def test_two_swaps_of_the_same_two_at_the_same_moment_are_one(transactional_db, at):
    world = worlds.build()
    at("T-3d")
    cast, room = world.cast, world.room
    actor = actor_for(cast.site_admin, now=at.now)

    def swap():
        pieces = [
            Piece(uuid.uuid4(), room.pk, cast.proctor.pk, cast.second.pk, "lead"),
            Piece(uuid.uuid4(), room.pk, cast.second.pk, cast.proctor.pk, "second"),
        ]
        try:
            return assigning.assign(uuid.uuid4(), pieces, actor=actor, clock=lambda: at.now)[1]
        except placing.Refusal as refusal:
            return refusal.code

    assert sorted(map(str, at_once(swap, swap))) == ["True", "place_taken"]
    assert RosterRow.objects.get(room_session=room, position="lead").proctor_id == cast.second.pk
