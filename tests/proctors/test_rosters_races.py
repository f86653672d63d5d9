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
            return assigning.assign(piece.id, piece, actor=actor, clock=lambda: at.now)[1]
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
