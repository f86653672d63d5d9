"""自动编排: the preview, doing exactly that, and taking it back (C8)."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from exam_ops.core import schedule
from exam_ops.core.models import (
    Event,
    ExamPlan,
    Membership,
    OutboxMessage,
    RoomSession,
    RosterRow,
    SiteUnit,
    TimeUnit,
)
from proctors.models import ProctorChange, Recusal
from tests import world as worlds

FILL = "/roster/fill/"


@pytest.fixture
def team(world):
    """Four more certified proctors of the own site."""
    return [worlds.proctor(f"spare{n}", world.site) for n in range(4)]


@pytest.fixture
def units(world):
    rows = SiteUnit.objects.filter(site=world.site).order_by("start")
    return [str(row.pk) for row in rows]


@pytest.fixture
def fill(world, page, units):
    """`fill(user)` asks for the preview; `fill.apply(answer)` applies it."""

    def choices(**more):
        plain = {"units": units, "in_a_row": "3", "a_day": "4", "rest": "on", "seed": "1"}
        return plain | more

    def call(user, **more):
        return page(user).get(FILL, {"plan": "P1", "preview": "1"} | choices(**more))

    def apply(answer, user=None, *, reason="", id=None, **more):
        mark = re.search(r'name="mark" value="(\w+)"', answer.text).group(1)
        sent = choices(**more) | {"mark": mark, "reason": reason, "id": id or str(uuid.uuid4())}
        return page(user or world.cast.site_admin).post(f"{FILL}?plan=P1", sent)

    call.apply = apply
    return call


def rows() -> int:
    return RosterRow.objects.filter(room_session__site_unit__site__code="A1").count()


def test_the_preview_names_who_would_come_and_writes_nothing(cast, at, fill, team):
    at("T-3d")
    answer = fill(cast.site_admin)
    assert answer.status_code == 200
    assert answer.text.count('class="fill-new"') == 5
    assert "spare0" in answer.text
    assert rows() == 3


def test_what_was_shown_is_written_as_one_act(world, cast, at, fill, team):
    at("T-3d")
    shown = fill(cast.site_admin)
    answer = fill.apply(shown)
    assert answer.status_code == 302
    assert rows() == 8
    made = ProctorChange.objects.all()
    assert {(c.status, c.window, c.requested_by_id) for c in made} == {
        ("applied", "free", cast.site_admin.pk)
    }
    assert len({c.batch for c in made}) == 1
    assert Event.objects.get(kind="roster.filled").data["placed"] == 5
    assert Event.objects.filter(kind="change.applied").count() == 5
    named = re.findall(r'class="fill-new">(\w+)<', shown.text)
    assert sorted(c.incoming.name for c in made) == sorted(named)


def test_each_proctor_hears_it_once(cast, at, fill, team):
    at("T-3d")
    fill.apply(fill(cast.site_admin))
    told = OutboxMessage.objects.filter(key__startswith="roster:together:")
    heard = [pk for message in told for pk in message.payload["users"]]
    assert sorted(heard) == sorted(set(ProctorChange.objects.values_list("incoming", flat=True)))


def test_when_the_roster_has_changed_the_new_preview_is_shown_and_nothing_written(
    world, cast, at, fill, team
):
    at("T-3d")
    shown = fill(cast.site_admin)
    RosterRow.objects.create(room_session=world.rooms["A1/302"], proctor=team[0], position="second")
    answer = fill.apply(shown)
    assert answer.status_code == 409
    assert "没有写入" in answer.text
    assert rows() == 4
    assert fill.apply(answer).status_code == 302
    assert rows() == 8


def test_sent_twice_it_is_done_once(cast, at, fill, team):
    at("T-3d")
    shown, id = fill(cast.site_admin), str(uuid.uuid4())
    assert [fill.apply(shown, id=id).status_code for _ in range(2)] == [302, 302]
    assert ProctorChange.objects.count() == 5


def test_inside_48_hours_the_branch_is_asked_with_a_reason(cast, at, fill, team):
    at("T-40h")
    shown = fill(cast.site_admin)
    assert fill.apply(shown).status_code == 422
    assert fill.apply(shown, reason="首次编排").status_code == 302
    assert rows() == 3
    made = ProctorChange.objects.all()
    assert {(c.status, c.window, c.reason) for c in made} == {("pending", "branch_approval", "首次编排")}
    assert len({(c.room_session_id, c.position) for c in made}) == 5


def test_what_waits_is_not_filled_again(cast, at, fill, team):
    at("T-40h")
    fill.apply(fill(cast.site_admin), reason="x")
    again = fill(cast.site_admin)
    assert 'class="fill-waits"' in again.text
    assert "没有可以编排的位置" in again.text


@pytest.mark.parametrize(
    ("moment", "offered"), [("T-7201s", 2), ("T-2h", 1), ("T-1s", 1), ("T+0s", 0), ("T+1h", 0)]
)
def test_units_inside_two_hours_are_left_to_emergencies(cast, at, page, moment, offered):
    at(moment)
    text = page(cast.site_admin).get(FILL).text
    assert text.count('name="units"') == offered
    assert ("没有可以编排的单元" in text) == (offered == 0)


def test_who_is_recused_or_busy_elsewhere_or_left_out_is_not_placed(world, cast, at, fill, team):
    at("T-3d")
    recused, busy, out, _ = team
    for room in {session.room for session in world.rooms.values() if session.site_unit.site == world.site}:
        Recusal.objects.create(
            proctor=recused, site=world.site, room=room, relation="other", reason="x",
            entered_by=cast.site_admin, entered_at=at.now,
        )  # fmt: skip
    plan = ExamPlan.objects.create(
        code="P2", name="P2", kind="mock", starts_on=world.plan.starts_on, ends_on=world.plan.ends_on
    )
    unit = TimeUnit.objects.create(plan=plan, code="X", start=worlds.T, end=worlds.T + timedelta(hours=6))
    there = schedule.create(
        [SiteUnit(site=world.sibling, unit=unit, start=unit.start, end=unit.end)], plan, now=at.now
    )
    room = RoomSession.objects.create(site_unit=there[0], room=world.rooms["A2/101"].room)
    RosterRow.objects.create(room_session=room, proctor=busy)
    shown = fill(cast.site_admin, left_out=[str(out.pk)])
    new = set(re.findall(r'class="fill-new">(\w+)<', shown.text))
    assert new.isdisjoint({recused.name, busy.name, out.name})
    fill.apply(shown, left_out=[str(out.pk)])
    assert rows() == 3 + len(re.findall(r'class="fill-new">\w+<', shown.text))


def test_a_place_that_stays_empty_says_why(cast, at, fill):
    at("T-3d")
    text = fill(cast.site_admin).text
    assert "仍空缺的岗位和原因" in text
    assert "同一单元在本考点其他考场" in text


def test_limits_hold_and_what_they_leave_empty_is_said(cast, at, fill, team):
    at("T-3d")
    text = fill(cast.site_admin, a_day="1").text
    assert text.count('class="fill-new">') == 4
    assert "只要放宽限制就可能补上" in text


@pytest.mark.parametrize("wrong", [{"in_a_row": "0"}, {"a_day": "九"}, {"units": []}, {"units": ["0"]}])
def test_a_wrong_choice_is_named_beside_its_field(cast, at, fill, wrong):
    at("T-3d")
    answer = fill(cast.site_admin, **wrong)
    assert answer.status_code == 422
    assert "has-error" in answer.text


def test_another_seed_is_another_roster(cast, at, fill, team):
    at("T-3d")
    asked = [re.findall(r'class="fill-new">(\w+)<', fill(cast.site_admin, seed=s).text) for s in "1123"]
    assert asked[0] == asked[1]
    assert len({tuple(names) for names in asked}) > 1


def test_the_whole_act_is_taken_back_and_what_changed_since_stays(world, cast, at, fill, page, team):
    at("T-3d")
    fill.apply(fill(cast.site_admin))
    change = ProctorChange.objects.filter(site_unit=world.site_unit).first()
    RosterRow.objects.filter(room_session=change.room_session, position=change.position).delete()
    batch = change.batch
    answer = page(cast.site_admin).post(reverse("roster-fill-done", args=[batch]), follow=True)
    assert "没有动" in answer.text
    assert rows() == 3
    assert Event.objects.get(kind="roster.fill_taken_back").data == {"emptied": 4, "kept": 1, "withdrawn": 0}
    assert "整体撤销" not in page(cast.site_admin).get(reverse("roster-fill-done", args=[batch])).text


def test_after_the_free_window_it_is_not_taken_back_as_a_whole(cast, at, fill, page, team):
    at("T-48h")
    fill.apply(fill(cast.site_admin))
    at("T-172799s")
    answer = page(cast.site_admin).post(
        reverse("roster-fill-done", args=[ProctorChange.objects.first().batch]), follow=True
    )
    assert "不能整体撤销" in answer.text
    assert rows() == 8


def test_only_an_act_of_filling_is_shown_as_one(world, cast, at, ask, page):
    at("T-3d")
    ask(cast.site_admin)
    batch = ProctorChange.objects.get().batch
    assert page(cast.site_admin).get(reverse("roster-fill-done", args=[batch])).status_code == 404


# an earlier plan


@pytest.fixture
def last_term(world, team):
    """The same site's roster a term ago: spare0 and spare1 in 301, somebody who left in 302."""
    start = worlds.T - timedelta(days=180)
    plan = ExamPlan.objects.create(
        code="P0", name="2025春-网考", starts_on=start.date(), ends_on=(start + timedelta(days=2)).date()
    )
    unit = TimeUnit.objects.create(plan=plan, code="E1", start=start, end=start + timedelta(minutes=90))
    made = schedule.create(
        [SiteUnit(site=world.site, unit=unit, start=unit.start, end=unit.end)], plan, now=start
    )
    gone = worlds.proctor("gone", world.site)
    Membership.objects.filter(user=gone).delete()
    stood = {"301": {"lead": team[0], "second": team[1]}, "302": {"lead": gone, "second": team[2]}}
    for number, people in stood.items():
        room = RoomSession.objects.create(site_unit=made[0], room=world.rooms[f"A1/{number}"].room)
        for position, user in people.items():
            RosterRow.objects.create(room_session=room, proctor=user, position=position)
    return plan


def test_last_terms_people_are_offered_with_their_state_and_their_places(world, cast, at, fill, last_term):
    at("T-3d")
    RosterRow.objects.filter(room_session=world.room).delete()
    more = {"source": "P0", "rest": ""}
    shown = fill(cast.site_admin, **more)
    assert "已不在本考点" in shown.text
    fill.apply(shown, **more)
    standing = RosterRow.objects.filter(room_session=world.room).order_by("position")
    assert list(standing.values_list("proctor__username", flat=True)) == ["spare0", "spare1"]
    second = RosterRow.objects.get(room_session=world.rooms["A1/302"], position="second")
    assert second.proctor.username == "spare2"
    assert not RosterRow.objects.filter(room_session__site_unit__unit=world.later_unit).exists()


# who may


def test_another_site_does_not_exist_and_others_may_not(cast, at, page):
    at("T-3d")
    assert page(cast.site_admin).get(FILL, {"plan": "P1", "site": "A2"}).status_code == 404
    assert page(cast.hq).get(FILL).status_code == 403


def test_the_cost_does_not_grow_with_the_places(
    world, cast, at, fill, page, team, units, django_assert_max_num_queries
):
    at("T-3d")
    browser = page(cast.site_admin)
    with django_assert_max_num_queries(40):
        browser.get(
            FILL, {"plan": "P1", "preview": "1", "units": units, "in_a_row": 3, "a_day": 4, "seed": "1"}
        )


def test_the_grid_leads_to_it(cast, at, page):
    at("T-3d")
    assert "/roster/fill/?plan=P1&amp;site=A1" in page(cast.site_admin).get("/roster/", {"plan": "P1"}).text
    assert "/roster/fill/" not in page(cast.proctor).get("/roster/", {"plan": "P1"}).text
