"""What a proctor picks and may not have is kept: once a minute, while a roster can still be mended (C11)."""

from datetime import timedelta

import pytest

from exam_ops.core import drill, wanted
from exam_ops.core.access import actor_for
from exam_ops.core.errors import OutOfScope, Sought
from exam_ops.core.models import WantedDuty
from tests.conftest import moment

DUTIES = "/api/v1/app/duties/"


@pytest.fixture
def pick(api, cast):
    """`pick(unit="U2")` is the phone of `proctor` naming what is not theirs."""
    phone = api(cast.proctor)
    return lambda **codes: phone.get(DUTIES, codes)


def kept(**found) -> WantedDuty:
    return WantedDuty.objects.get(**found)


def test_a_room_that_was_picked_is_named_with_what_is_missing(pick, world, cast):
    assert pick(plan="P1", unit="U1", room="302").status_code == 403
    row = kept(room_session=world.rooms["A1/302"])
    assert (row.proctor, row.missing, row.state) == (cast.proctor, "room", "open")


def test_without_a_room_the_unit_at_the_own_site_is_kept(pick, world):
    pick(plan="P1", unit="U2")
    row = kept(missing="unit")
    assert row.site_unit == world.later_unit.site_units.get(site=world.site)
    assert row.room_session is None


def test_an_object_of_the_next_room_counts_as_picking_it(api, cast, world):
    api(cast.proctor).get(f"/api/v1/room-sessions/{world.rooms['A1/302'].pk}/roster/")
    assert kept().room_session == world.rooms["A1/302"]


def test_a_page_tells_it_as_the_api_does(page, cast, world):
    page(cast.proctor).get(f"/m/room/{world.rooms['A1/302'].pk}/")
    assert kept().room_session == world.rooms["A1/302"]


def test_what_the_site_does_not_have_is_kept_nowhere(pick):
    pick(plan="P9")
    assert not WantedDuty.objects.exists()


@pytest.mark.parametrize(("seconds", "tries"), [(59, 1), (60, 2)])
def test_a_phone_that_asks_on_is_written_once_a_minute(pick, at, seconds, tries):
    pick(plan="P1", unit="U2")
    at.now += timedelta(seconds=seconds)
    pick(plan="P1", unit="U2")
    assert kept().tries == tries


def test_asking_again_within_the_minute_writes_nothing(pick, django_assert_num_queries, world, cast):
    pick(plan="P1", unit="U2")
    now = kept().last_at + timedelta(seconds=5)
    actor = actor_for(cast.proctor, now=now)
    with django_assert_num_queries(4):  # savepoint, two looks, release
        assert wanted.note(OutOfScope("unit", Sought(plan="P1", unit="U2")), actor, now=now) is None


@pytest.mark.parametrize(("moment_", "rows"), [("T+29m", 1), ("T+30m", 0)])
def test_once_entry_has_closed_nothing_is_left_to_mend(api, cast, world, at, moment_, rows):
    at(moment_)
    api(cast.proctor).get(f"/api/v1/room-sessions/{world.rooms['A1/302'].pk}/roster/")
    assert WantedDuty.objects.count() == rows


def test_whoever_walks_through_every_room_fills_no_list(pick, monkeypatch):
    monkeypatch.setattr(wanted, "MOST_OPEN", 1)
    pick(plan="P1", unit="U2")
    pick(plan="P1", unit="U1", room="302")
    assert WantedDuty.objects.count() == 1


def test_a_drill_that_begins_anew_forgets_it(drill_world, api, at):
    api(drill_world.cast.proctor).get(DUTIES, {"plan": "P1", "unit": "U2"})
    assert WantedDuty.objects.exists()
    drill.reset(drill_world.plan, to=moment("T-10d"), now=at.now, actor=None)
    assert not WantedDuty.objects.exists()
