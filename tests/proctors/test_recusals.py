"""回避: who must keep away from which room, who may know, and what a roster says of it."""

import uuid

import pytest
from django.urls import reverse

from exam_ops.core.access import actor_for
from exam_ops.core.errors import Invalid
from exam_ops.core.models import Event, RosterRow
from proctors.models import Recusal
from proctors.selectors.recusals import recused
from proctors.services import recusals
from proctors.services.recusals import Away
from tests.journeys.voices import text
from tests.proctors.conftest import told

LIST = "/recusals/"


@pytest.fixture
def enter(world, cast, at):
    """`enter(user, Away(…))` recuses `user` at the own site."""

    def call(user, away):
        return recusals.enter(
            user.pk, away, relation="relative", reason="母子", site=world.site,
            actor=actor_for(cast.site_admin, now=at.now), now=at.now,
        )  # fmt: skip

    return call


def test_who_is_recused_from_a_candidate_may_not_come_to_the_room_where_they_sit(
    world, cast, at, ask, enter, spare
):
    at("T-3d")
    enter(spare, Away(candidate=world.sitting.candidate.student_no))
    answer = ask(cast.site_admin)
    assert told(answer) == (409, "proctor_recused")
    assert "母子" not in answer.content.decode()
    assert told(ask(cast.site_admin, room=world.rooms["A1/302"], outgoing="next_room")) == (201, "applied")


@pytest.mark.parametrize("what", ["room", "centre", "ticket"])
def test_a_room_a_centre_or_a_ticket_names_it_too(world, cast, enter, what):
    away = {
        "room": Away(room=world.room.room_id),
        "centre": Away(centre=world.centre.pk),
        "ticket": Away(candidate=world.sitting.ticket_no),
    }[what]
    enter(cast.next_room, away)
    rooms = [world.room.pk, world.rooms["A1/302"].pk]
    expected = set(rooms) if what == "centre" else {world.room.pk}
    assert recused([cast.next_room.pk, cast.proctor.pk], rooms) == {(cast.next_room.pk, r) for r in expected}


def test_a_candidate_who_is_seated_later_turns_the_roster_red(world, cast, at, page, enter):
    at("T-3d")
    enter(cast.next_room, Away(candidate=world.sitting.candidate.student_no))
    browser = page(cast.site_admin)
    assert "须回避" not in text(browser.get(reverse("roster")))
    type(world.sitting).objects.filter(pk=world.sitting.pk).update(
        room_session=world.rooms["A1/302"], seat_no="99"
    )
    assert "须回避" in text(browser.get(reverse("roster")))
    assert RosterRow.objects.filter(proctor=cast.next_room).exists()


@pytest.mark.parametrize(
    ("away", "field"),
    [
        (Away(), "candidate"),
        (Away(candidate="250010010000", room=1), "candidate"),
        (Away(candidate="00000"), "candidate"),
        (Away(room=10**9), "room"),
    ],
)
def test_what_is_named_wrongly_is_said_at_its_field(cast, enter, away, field):
    with pytest.raises(Invalid) as refused:
        enter(cast.proctor, away)
    assert refused.value.errors[0].field == field


def test_the_same_twice_is_refused_until_it_is_lifted(world, cast, at, enter):
    first = enter(cast.proctor, Away(room=world.room.room_id))
    with pytest.raises(recusals.AlreadyRecused):
        enter(cast.proctor, Away(room=world.room.room_id))
    actor = actor_for(cast.branch, now=at.now)
    recusals.lift(first, actor=actor, now=at.now)
    with pytest.raises(recusals.AlreadyLifted):
        recusals.lift(first, actor=actor, now=at.now)
    enter(cast.proctor, Away(room=world.room.room_id))
    assert recused([cast.proctor.pk], [world.room.pk])


def test_nobody_but_site_and_branch_sees_it_and_the_log_names_nobody(world, cast, page, enter):
    enter(cast.proctor, Away(candidate=world.sitting.candidate.student_no))
    for user in (cast.hq, cast.chief, cast.proctor, cast.support, cast.inspector):
        assert page(user).get(LIST).status_code == 403
    assert "母子" in text(page(cast.branch).get(LIST))
    assert "母子" not in text(page(cast.sibling_admin).get(LIST))
    assert Event.objects.get(kind="recusal.entered").data == {}


def test_the_page_keeps_what_was_typed_and_lifts(world, cast, page):
    browser = page(cast.site_admin)
    body = {
        "site": "A1",
        "proctor": cast.proctor.pk,
        "candidate": "404",
        "relation": "teacher",
        "reason": "任课",
    }
    answer = browser.post(LIST, body)
    assert answer.status_code == 422
    assert 'value="404"' in answer.content.decode()
    browser.post(LIST, body | {"candidate": "", "room": world.room.room_id})
    row = Recusal.objects.get()
    assert f"lift-{row.pk}" in browser.get(LIST).content.decode()
    browser.post(f"{LIST}{row.pk}/lift/")
    assert "还没有登记回避" in text(browser.get(LIST))
    assert "已解除" in text(browser.get(LIST, {"lifted": "1"}))


def test_a_key_that_is_no_key_is_not_found(cast, page):
    assert page(cast.site_admin).post(f"{LIST}{uuid.uuid4()}/lift/").status_code == 404
