"""Reminders of evidence that is still owed: one message a site to its heads, one a room to its proctors."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core.models import OutboxMessage
from incidents.services import duties, reminding


@pytest.fixture
def owe(world, at):
    """`owe("A1/301", 2)`: so many candidates of the room owe a panorama."""

    def open_for(room: str, count: int) -> None:
        duties.open_for(
            world.sittings[room][:count],
            cause="C3",
            room_session=world.rooms[room],
            incident=None,
            actor=None,
            now=at.now,
        )
        OutboxMessage.objects.all().delete()

    return open_for


def remind(world, at) -> list[OutboxMessage]:
    reminding.remind([(s, "evidence_warning_45") for s in world.site_units.values()], now=at("T+45m"))
    return list(OutboxMessage.objects.filter(kind="inbox").order_by("key"))


def test_the_heads_of_a_site_are_reminded_once_of_all_its_rooms(world, at, owe):
    owe("A1/301", 2), owe("A1/302", 1)
    heads, *_ = remind(world, at)
    assert "3" in heads.payload["title"]["zh"]
    assert heads.key == f"evidence:{world.site_unit.pk}:evidence_warning_45:0"
    assert heads.payload["users"] == sorted([world.cast.site_admin.pk, world.cast.chief.pk])


def test_the_proctors_of_a_room_that_owes_are_led_to_its_camera(world, at, owe):
    owe("A1/302", 1)
    _, proctors = remind(world, at)
    assert proctors.payload["users"] == [world.cast.next_room.pk]
    assert proctors.payload["url"] == f"/m/room/{world.rooms['A1/302'].pk}/camera/"
    assert "302" in proctors.payload["title"]["zh"]


def test_where_nothing_is_owed_nobody_is_told(world, at):
    assert remind(world, at) == []


def test_more_sites_cost_no_more_queries(world, at, owe):
    owe("A1/301", 1)
    with CaptureQueriesContext(
        connection,
    ) as one:
        remind(world, at)
    owe("A2/101", 1), owe("B1/201", 1)
    with CaptureQueriesContext(connection) as three:
        assert len(remind(world, at)) == 6
    assert len(three) <= len(one)
