"""The release table and the exams around it, changed at the same moment."""

import pytest
from django.db import transaction

from exam_ops.core import moves
from exam_ops.core.errors import Refusal
from exam_ops.core.models import SiteUnit
from tests import world as worlds
from tests.conftest import moment
from tests.races import at_once
from tests.world import E, T
from verification.models import AppRelease
from verification.services import releases
from verification.services.releases import Entry

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

NEW = Entry("android", "4.1.0", "4.1.0", "https://example.com/app", moment("T-1d"))


@pytest.fixture
def world(transactional_db, at):
    at("T-3d")
    AppRelease.objects.update_or_create(
        platform="android",
        effective_from=moment("T-900d"),
        defaults={"minimum_version": "4.0.0", "latest_version": "4.0.0"},
    )
    return worlds.build()


def enter(world, at) -> str:
    try:
        return str(releases.add(NEW, actor=world.cast.hq, now=at.now).pk)
    except Refusal as refusal:
        return refusal.code


def test_the_same_release_twice_at_once_is_one(world, at):
    told = at_once(*[lambda: enter(world, at)] * 3)
    assert sorted(told)[1:] == ["invalid", "invalid"]
    assert AppRelease.objects.filter(minimum_version="4.1.0").count() == 1


def test_entered_while_a_unit_is_moved_onto_it_it_never_begins_within(world, at):
    def move() -> None:
        with transaction.atomic():
            pks = SiteUnit.objects.filter(unit=world.unit).values_list("pk", flat=True)
            held = moves.hold(world.plan, pks)
            times = {s.pk: moves.Times(moment("T-1d"), moment("T-1d") + (E - T)) for s in held}
            moves.move(held, times=times, now=at.now, actor=world.cast.hq)

    told, _ = at_once(lambda: enter(world, at), move)
    row = AppRelease.objects.filter(minimum_version="4.1.0").first()
    assert told == "release_frozen" if row is None else row.held_until == moment("E-1d")
