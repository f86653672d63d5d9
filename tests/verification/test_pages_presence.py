"""谁在场 on pages: one form a room, ticked beforehand, nothing typed is lost; the site sees which rooms are asked."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core.models import Sitting
from incidents.models import EvidenceDuty
from incidents.services import opening
from tests.journeys.voices import text
from tests.verification.helpers import check, send
from verification.models import Presence


@pytest.fixture
def asked(world, at):
    """The site has declared the lag; it is T+16."""
    at("T+16m")
    opening.open_or_join(type="IDV-04", site_unit=world.site_unit, room_session=None, actor=None, now=at.now)
    return world


def url(world, room="A1/301") -> str:
    return f"/sign-ins/rooms/{world.rooms[room].pk}/presence/"


def checked(answer) -> list[str]:
    """Whose *present* is ticked, by the seat's key."""
    return re.findall(r'name="answer-(\d+)" value="present" checked', answer.content.decode())


def test_who_sits_at_an_exam_client_is_ticked_beforehand(asked, cast, page):
    second = asked.sittings["A1/301"][1]
    Sitting.objects.filter(pk=second.pk).update(has_client_session=True)
    answer = page(cast.proctor).get(url(asked))
    assert checked(answer) == [str(second.pk)]
    assert "已登录考试客户端" in text(answer)


def test_one_form_answers_for_the_room_and_the_rest_is_not_here(asked, cast, page):
    first, *rest = asked.sittings["A1/301"]
    sent = {f"answer-{first.pk}": "present", "rest": "not_here"}
    answer = page(cast.proctor).post(url(asked), sent, follow=True)
    assert "在场 1 名，不在场 5 名" in text(answer)
    assert dict(Presence.objects.values_list("sitting", "answer")) == {first.pk: "present"} | {
        s.pk: "not_here" for s in rest
    }
    assert [d.sitting_id for d in EvidenceDuty.objects.all()] == [first.pk]


def test_without_the_rest_button_only_what_was_chosen_is_kept(asked, cast, page):
    first, *_ = asked.sittings["A1/301"]
    page(cast.chief).post(url(asked), {f"answer-{first.pk}": "not_here"})
    assert Presence.objects.count() == 1


def test_nothing_chosen_is_said_and_keeps_the_page(asked, cast, page):
    answer = page(cast.proctor).post(url(asked), {})
    assert "请至少为一名考生选择" in text(answer)
    assert Presence.objects.count() == 0


def test_before_t15_the_page_says_when_and_keeps_what_was_chosen(world, cast, page, at):
    at("T+10m")
    opening.open_or_join(
        type="IDV-04", site_unit=world.site_unit, room_session=world.room, actor=None, now=at.now
    )
    assert "08:45 起逐人确认" in text(page(cast.proctor).get(url(world)))
    answer = page(cast.proctor).post(url(world), {f"answer-{world.sitting.pk}": "present"})
    assert (answer.status_code, checked(answer)) == (409, [str(world.sitting.pk)])


def test_the_site_sees_its_rooms_with_what_they_still_owe(asked, cast, page, api, at):
    send(api(cast.proctor), check(asked.sittings["A1/301"][0], "T-10m"))
    page(cast.proctor).post(url(asked), {f"answer-{asked.sittings['A1/301'][1].pk}": "present"})
    shown = text(page(cast.chief).get(f"/sign-ins/sites/{asked.site_unit.pk}/presence/"))
    assert "10 名待确认" in shown
    assert re.search(r"301考场 .*? 4 1 0", shown)
    with CaptureQueriesContext(connection) as one:
        page(cast.chief).get(f"/sign-ins/sites/{asked.site_unit.pk}/presence/")
    assert sum("verification_presence" in q["sql"] for q in one) == 1


def test_a_site_that_is_not_asked_learns_how_to_declare_the_lag(world, cast, page):
    shown = page(cast.chief).get(f"/sign-ins/sites/{world.site_unit.pk}/presence/")
    assert "type=IDV-04" in shown.content.decode()
    assert "现在没有考场需要确认" in text(shown)
