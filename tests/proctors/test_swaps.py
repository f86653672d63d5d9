"""Two proctors swap places, or one moves, in one act: free, by the branch, in an emergency (C8, decision 0035)."""

import json
import uuid

import pytest
from django.urls import reverse

from exam_ops.core.models import Event, OutboxMessage, ProctorProfile, RoomSession, RosterRow
from proctors.models import ProctorChange
from proctors.services import placing
from tests.journeys.voices import text
from tests.proctors.conftest import CHANGES, told

PLACES, UNDO, CHOICES, REQUESTS = (
    "/roster/places/", "/roster/places/undo/", "/roster/choices/", "/roster/requests/"
)  # fmt: skip


@pytest.fixture
def rooms(world):
    return world.room, world.rooms["A1/302"]


@pytest.fixture
def swap(page):
    """`swap(user, (room, position, outgoing, incoming), …)` sends the places at once."""

    def call(user, first, *others):
        room, position, outgoing, incoming = first
        body = {"id": str(uuid.uuid4()), "room": room.pk, "position": position, "outgoing": key(outgoing),
                "incoming": key(incoming), "also": [joined(each) for each in others]}  # fmt: skip
        return page(user).post(PLACES, body)

    return call


@pytest.fixture
def send(page):
    def call(user, *pieces):
        body = {"id": str(uuid.uuid4()), "reason": "对调", "piece": [joined(each) for each in pieces]}
        return page(user).post(REQUESTS, body)

    return call


def key(part) -> str:
    return str(getattr(part, "pk", part) or "")


def joined(piece) -> str:
    return ":".join(key(part) for part in piece)


def of(rooms, cast):
    """The two places of a swap: the lead of 301 with the lead of 302."""
    return (rooms[0], "lead", cast.proctor, cast.next_room), (rooms[1], "lead", cast.next_room, cast.proctor)


def test_two_swap_at_once_and_one_undo_takes_the_whole_back(cast, at, rooms, page, swap, standing):
    at("T-3d")
    RosterRow.objects.filter(proctor=cast.proctor).update(checked_at=at.now)
    RoomSession.objects.filter(pk=rooms[0].pk).update(proctors_checked=1)
    answer = swap(cast.site_admin, *of(rooms, cast))
    assert answer.status_code == 200
    assert [standing(room) for room in rooms] == [
        {"lead": "next_room", "second": "second"},
        {"lead": "proctor"},
    ]
    assert "301考场：proctor → next_room · 第1单元 302考场：next_room → proctor" in text(answer)
    assert RoomSession.objects.get(pk=rooms[0].pk).proctors_checked == 0
    assert Event.objects.filter(kind="change.applied").count() == 2
    last = str(ProctorChange.objects.first().pk)
    undone = page(cast.site_admin).post(UNDO, {"id": str(uuid.uuid4()), "change": last})
    assert undone.status_code == 200
    assert [standing(room)["lead"] for room in rooms] == ["proctor", "next_room"]


def test_lead_and_second_of_one_room_change_places_and_stay_checked(cast, at, rooms, swap, standing):
    at("T-3d")
    RosterRow.objects.filter(proctor=cast.proctor).update(checked_at=at.now)
    RoomSession.objects.filter(pk=rooms[0].pk).update(proctors_checked=1)
    pieces = (rooms[0], "lead", cast.proctor, cast.second), (rooms[0], "second", cast.second, cast.proctor)
    assert swap(cast.site_admin, *pieces).status_code == 200
    assert standing(rooms[0]) == {"lead": "second", "second": "proctor"}
    assert RoomSession.objects.get(pk=rooms[0].pk).proctors_checked == 1
    assert RosterRow.objects.get(proctor=cast.proctor).checked_at == at.now
    assert swap(cast.site_admin, *pieces).status_code == 409  # the page that shows what was: not swapped back


def test_a_move_to_an_empty_place_leaves_the_old_one_empty(cast, at, rooms, swap, standing):
    at("T-3d")
    pieces = (rooms[1], "second", "", cast.second), (rooms[0], "second", cast.second, "")
    assert swap(cast.site_admin, *pieces).status_code == 200
    assert [standing(room) for room in rooms] == [
        {"lead": "proctor"},
        {"lead": "next_room", "second": "second"},
    ]


def test_each_hears_once_where_they_stand_now(cast, at, rooms, swap):
    at("T-3d")
    swap(cast.site_admin, *of(rooms, cast))
    said = OutboxMessage.objects.filter(key__startswith="change:moved:")
    assert len(said) == 2
    assert any("您由302考场改到该考场监考" in str(message.payload) for message in said)


def test_who_may_not_come_keeps_both_where_they_are(cast, at, rooms, swap, standing):
    at("T-3d")
    ProctorProfile.objects.filter(user=cast.next_room).update(status="pending")
    assert "尚未通过实名认证" in text(swap(cast.site_admin, *of(rooms, cast)))
    assert standing(rooms[1]) == {"lead": "next_room"}
    twice = (*of(rooms, cast), (rooms[0], "second", cast.second, cast.proctor))
    ProctorProfile.objects.filter(user=cast.next_room).update(status="certified")
    assert "已安排在城东考点 301考场" in text(swap(cast.site_admin, *twice))
    assert not ProctorChange.objects.exists()


@pytest.mark.parametrize(("outcome", "lead"), [("approved", "next_room"), ("rejected", "proctor")])
def test_the_branch_decides_both_of_a_swap_by_one_answer(
    cast, at, rooms, page, swap, send, api, standing, outcome, lead
):
    at("T-40h")
    assert swap(cast.site_admin, *of(rooms, cast)).status_code == 409
    answer = send(cast.site_admin, *of(rooms, cast))
    assert "2 项变更已提交分部" in json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert "一并决定" in text(page(cast.branch).get(reverse("proctor-changes")))
    one = ProctorChange.objects.first()
    decided = api(cast.branch, phone=False).post(f"{CHANGES}{one.pk}/decision/", {"outcome": outcome})
    assert told(decided) == (201, outcome)
    assert set(ProctorChange.objects.values_list("status", flat=True)) == {outcome}
    assert standing(rooms[0])["lead"] == lead


def test_what_stands_against_one_of_a_swap_stands_against_both(cast, at, rooms, send, api, standing):
    at("T-40h")
    send(cast.site_admin, *of(rooms, cast))
    ProctorProfile.objects.filter(user=cast.next_room).update(status="pending")
    for change in ProctorChange.objects.all():
        decided = api(cast.branch, phone=False).post(
            f"{CHANGES}{change.pk}/decision/", {"outcome": "approved"}
        )
        assert decided.status_code in (409, 422)
    assert standing(rooms[0])["lead"] == "proctor"
    withdrawn = api(cast.site_admin, phone=False).post(
        f"{CHANGES}{ProctorChange.objects.first().pk}/withdrawal/"
    )
    assert withdrawn.status_code == 201
    assert set(ProctorChange.objects.values_list("status", flat=True)) == {"withdrawn"}


def test_the_duty_officer_swaps_two_at_once_in_an_emergency_and_a_drill_puts_both_back(
    world, cast, at, rooms, send, standing
):
    at("T-1h")
    assert send(cast.branch_duty, *of(rooms, cast)).status_code == 200
    assert standing(rooms[0])["lead"] == "next_room"
    placing.undo_all(world.plan)
    assert [standing(room)["lead"] for room in rooms] == ["proctor", "next_room"]


def test_the_list_offers_a_swap_with_who_stands_elsewhere_in_the_unit(cast, at, rooms, page):
    at("T-3d")
    ask = {"room": rooms[0].pk, "position": "lead", "outgoing": cast.proctor.pk}
    shown = page(cast.site_admin).get(CHOICES, ask)
    assert "对调：302考场监考一" in text(shown)
    assert "对调：301考场监考二" in text(shown)
    assert f'data-pick="{cast.next_room.pk}"' in shown.content.decode()
    empty = page(cast.site_admin).get(CHOICES, {"room": rooms[1].pk, "position": "second"})
    assert "移来：301考场监考一" in text(empty)
