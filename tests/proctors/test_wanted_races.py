"""Two hands on the same card, two phones of the same proctor, at the same moment on real connections (C11)."""

import pytest

from exam_ops.core import clock, wanted
from exam_ops.core.access import actor_for
from exam_ops.core.errors import OutOfScope, Refusal, Sought
from exam_ops.core.models import OutboxMessage, WantedDuty
from proctors.models import ProctorChange
from proctors.services import wanting
from tests import world as worlds
from tests.races import at_once

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pick(world, at):
    """`pick()` is a phone of a spare proctor naming room 302, whatever came of it."""
    actor = actor_for(worlds.proctor("spare", world.site), now=at.now)
    sought = Sought(plan="P1", unit="U1", room="302")
    return lambda: wanted.note(OutOfScope("room", sought), actor, now=at.now)


def test_two_phones_at_once_are_one_card_and_one_message(world, pick, at):
    at("T-3d")
    at_once(*(pick for _ in range(4)))
    assert WantedDuty.objects.count() == 1
    assert OutboxMessage.objects.filter(payload__event="roster.wanted").count() == 1


@pytest.mark.parametrize(("moment_", "status"), [("T-3d", "applied"), ("T-40h", "pending")])
def test_of_two_heads_at_once_one_mends_it_and_the_other_is_told(world, pick, at, moment_, status):
    at(moment_)
    wish = pick()

    def touch(user):
        try:
            wanting.place(wish.pk, "", actor=actor_for(user, now=at.now), clock=clock.now)
        except Refusal as refusal:
            return refusal.code
        return "done"

    cast = world.cast
    answers = at_once(lambda: touch(cast.site_admin), lambda: touch(cast.chief))
    assert sorted(answers) == ["already_answered", "done"]
    assert [change.status for change in ProctorChange.objects.all()] == [status]
