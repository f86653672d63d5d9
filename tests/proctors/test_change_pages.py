"""监考变更: the form of a room, the branch's queue, what became of it."""

import uuid

import pytest
from django.urls import reverse

from proctors.models import ProctorChange
from tests import world as worlds
from tests.journeys.voices import text

LIST = "/proctor-changes/"
NEW = "/proctor-changes/new/"


@pytest.fixture
def form(world, page, spare):
    """`form(user)` fills in the page's form for room 301 and sends it."""

    def send(user, **said):
        body = {"id": str(uuid.uuid4()), "room": world.room.pk, "outgoing": world.cast.proctor.pk,
                "incoming": spare.pk, "reason": "原监考教师生病"}  # fmt: skip
        return page(user).post(NEW, body | said)

    return send


@pytest.fixture
def asked(cast, at, form):
    """A request of the site that waits for the branch."""
    at("T-40h")
    form(cast.site_admin)
    return ProctorChange.objects.get()


def decide(browser, *changes, outcome="approved", reason=""):
    body = {"ids": [str(c.pk) for c in changes], "outcome": outcome, "reason": reason}
    return browser.post(LIST, body, follow=True)


@pytest.mark.parametrize(
    ("when", "who", "gesture"),
    [
        ("T-3d", "site_admin", "apply"),
        ("T-40h", "site_admin", "collect"),
        ("T-1h", "site_admin", "closed"),
        ("T-1h", "chief", "collect"),
        ("T+30m", "chief", "closed"),
        ("T-40h", "branch_duty", "closed"),
        ("T-1h", "branch_duty", "collect"),
        ("T-1h", "branch", "closed"),
        ("T-40h", "inspector", "closed"),
    ],
)
def test_the_roster_leads_to_the_form_while_the_window_is_open(world, cast, page, at, when, who, gesture):
    at(when)
    shown = page(getattr(cast, who)).get(reverse("roster"), {"site": "A1", "unit": "U1"}).content.decode()
    assert (f"{NEW}?room={world.room.pk}" in shown) is (gesture != "closed")
    assert f'data-unit="{world.site_unit.pk}" data-gesture="{gesture}"' in shown


def test_the_form_offers_who_is_certified_and_free_and_says_why_others_are_not(world, cast, page, at, spare):
    worlds.proctor("fresh", world.site, certified=False)
    at("T-40h")
    answer = page(cast.site_admin).get(NEW, {"room": world.room.pk})
    assert f'<option value="{spare.pk}">spare</option>' in answer.content.decode()
    assert "next_room 12-06 08:30 在城东考点 302考场" in text(answer)
    assert "fresh 未通过实名认证" in text(answer)
    assert "提交后由分部审批" in text(answer)


@pytest.mark.parametrize(("when", "words"), [("T-1h", "请主考提交紧急更换"), ("T+30m", "本单元已停止入场")])
def test_a_closed_window_says_what_to_do(world, cast, page, at, when, words):
    at(when)
    answer = page(cast.site_admin).get(NEW, {"room": world.room.pk})
    assert "现在不能提出变更" in text(answer)
    assert words in text(answer)


def test_a_free_change_is_told_as_done(world, cast, page, at, form, standing):
    at("T-3d")
    answer = form(cast.site_admin)
    assert answer.status_code == 302
    assert standing(world.room)["lead"] == "spare"
    assert "proctor → spare" in text(page(cast.site_admin).get(answer["Location"]))


def test_several_units_go_in_one_request(world, cast, at, form, spare):
    later = world.later_unit.site_units.get(site=world.site).room_sessions.get(room__room_no="301")
    worlds.RosterRow.objects.create(room_session=later, proctor=cast.proctor)
    at("T-40h")
    form(cast.site_admin, also=[later.pk])
    assert set(ProctorChange.objects.values_list("room_session", flat=True)) == {world.room.pk, later.pk}
    assert ProctorChange.objects.values("batch").distinct().count() == 1


def test_a_refusal_about_another_unit_names_it_and_nothing_is_done(world, cast, at, form):
    later = world.later_unit.site_units.get(site=world.site).room_sessions.get(room__room_no="301")
    at("T-40h")
    answer = form(cast.site_admin, also=[later.pk])  # nobody stands there who could go
    assert answer.status_code == 422
    assert "第2单元 301考场（现有：无监考）：这位教师不在该考场的监考编排中。" in text(answer)
    assert not ProctorChange.objects.exists()


def test_what_was_typed_stays(cast, at, form, spare):
    at("T-40h")
    answer = form(cast.site_admin, reason="")
    assert answer.status_code == 422
    assert "请填写原因" in text(answer)
    assert f'<option value="{spare.pk}" selected>' in answer.content.decode()


def test_sent_twice_it_is_one_request(cast, at, form):
    at("T-40h")
    id = str(uuid.uuid4())
    form(cast.site_admin, id=id), form(cast.site_admin, id=id)
    assert ProctorChange.objects.count() == 1


def test_a_window_that_ended_while_typing_is_told(cast, at, form):
    at("T-2h")
    answer = form(cast.site_admin)
    assert answer.status_code == 409
    assert "请主考提交紧急更换" in text(answer)
    assert "原监考教师生病" in text(answer)


def test_the_queue_says_what_changes_who_why_and_until_when(cast, asked, page):
    told = text(page(cast.branch).get(LIST))
    for words in (
        "待审批 1",
        "proctor → spare",
        "城东考点 · 301考场",
        "原监考教师生病",
        "site_admin",
        "12-06 06:30",
    ):
        assert words in told


def test_conflicts_are_shown_and_can_only_be_rejected(world, cast, asked, page, spare):
    worlds.RosterRow.objects.create(room_session=world.rooms["A1/302"], proctor=spare, position="second")
    answer = page(cast.branch).get(LIST)
    assert "不能批准 spare 在 12-06 08:30–10:00 已安排在城东考点 302考场" in text(answer)
    assert ">批准</button>" not in answer.content.decode()
    assert "不批准…" in text(answer)


def test_the_branch_approves(world, cast, asked, page, standing):
    answer = decide(page(cast.branch), asked)
    assert "已批准 1 项变更。" in text(answer)
    assert "没有待审批的变更" in text(answer)
    assert standing(world.room)["lead"] == "spare"


def test_a_rejection_needs_its_reason_and_keeps_the_choice(cast, asked, page):
    answer = decide(page(cast.branch), asked, outcome="rejected")
    assert answer.status_code == 422
    assert "不批准须写明原因" in text(answer)
    decide(page(cast.branch), asked, outcome="rejected", reason="请换一位")
    assert "未批准" in text(page(cast.site_admin).get(LIST))
    assert "请换一位" in text(page(cast.site_admin).get(LIST))


def test_the_second_officer_is_told_who_was_first(cast, asked, page):
    decide(page(cast.branch), asked)
    assert "该变更已由 branch 于" in text(
        decide(page(cast.branch_duty), asked, outcome="rejected", reason="x")
    )


def test_many_are_decided_together(world, cast, asked, page, form):
    form(
        cast.site_admin,
        room=world.rooms["A1/302"].pk,
        outgoing="0",
        incoming=worlds.proctor("other", world.site).pk,
    )
    assert "已批准 2 项变更。" in text(decide(page(cast.branch), *ProctorChange.objects.all()))


def test_an_officer_without_the_right_of_duty_sees_the_emergency_but_grants_none(cast, at, form, page):
    at("T-10m")
    form(cast.chief)
    answer = page(cast.branch).get(LIST)
    assert "紧急更换由分部值班人员办理" in text(answer)
    assert ">批准</button>" not in answer.content.decode()
    assert ">批准</button>" in page(cast.branch_duty).get(LIST).content.decode()


def test_the_own_request_is_taken_back(cast, asked, page):
    browser = page(cast.site_admin)
    assert ">撤回</button>" in browser.get(LIST).content.decode()
    assert ">撤回</button>" not in page(cast.chief).get(LIST).content.decode()
    answer = browser.post(f"{LIST}{asked.pk}/withdraw/", follow=True)
    assert "已撤回" in text(answer)


def test_what_expired_says_so_with_no_worker(cast, asked, page, at):
    at("T-2h")
    assert "已失效" in text(page(cast.site_admin).get(LIST))
    assert "待审批 0" in text(page(cast.branch).get(LIST))


def test_the_list_is_filtered(cast, asked, page):
    browser = page(cast.site_admin)
    assert "proctor → spare" in text(browser.get(LIST, {"status": "pending", "unit": "U1"}))
    assert "没有符合条件的变更" in text(browser.get(LIST, {"status": "approved"}))
    assert "没有符合条件的变更" in text(browser.get(LIST, {"unit": "U2"}))


def test_no_plan_says_what_to_do(db, page):
    assert "还没有考试计划" in text(page(worlds.member("hq", "hq")).get(LIST))


def test_a_sibling_site_sees_nothing_of_it(cast, asked, page):
    assert "proctor → spare" not in text(page(cast.sibling_admin).get(LIST))


def test_the_queue_costs_a_fixed_number_of_statements_per_change(
    world, cast, asked, page, form, django_assert_max_num_queries
):
    browser = page(cast.branch)
    with django_assert_max_num_queries(40):
        browser.get(LIST)
