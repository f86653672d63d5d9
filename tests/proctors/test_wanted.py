"""What a proctor picked and does not have arrives at the site as one touch, inside C8's windows (C11)."""

import pytest

from exam_ops.core import outbox
from exam_ops.core.models import ProctorProfile, RosterRow, WantedDuty
from incidents.models import Notification
from proctors.models import ProctorChange
from tests import world as worlds

DUTIES = "/api/v1/app/duties/"
PAGE = "/wanted-duties/"


@pytest.fixture
def spare(world):
    """A certified proctor of the own site who stands nowhere."""
    return worlds.proctor("spare", world.site)


@pytest.fixture
def wish(api, spare):
    """`wish(room="302")` is the phone of the spare proctor picking what is not theirs; the row that is kept."""

    def pick(who=spare, unit="U1", **codes):
        assert api(who).get(DUTIES, {"plan": "P1", "unit": unit} | codes).status_code == 403
        return WantedDuty.objects.get(proctor=who)

    return pick


@pytest.fixture
def touch(page):
    """`touch(user, wish)` presses the button of its card."""

    def press(user, wish, place=""):
        return page(user).post(f"{PAGE}{wish.pk}/placement/", {"place": place}, follow=True)

    return press


def standing(room):
    return set(RosterRow.objects.filter(room_session=room).values_list("proctor__username", flat=True))


def state(wish):
    wish.refresh_from_db()
    return wish.state


def inbox(user, at, event):
    outbox.drain(now=at.now)
    return Notification.objects.filter(user=user, event=event)


def test_the_site_sees_it_at_once_and_the_next_site_does_not(wish, page, cast, at):
    at("T-3d")
    wish(room="302")
    assert "教师 spare 选择了 12-06 08:30 第1单元 302考场，缺少" in page(cast.site_admin).get(PAGE).text
    assert "教师选择了没有编排的考场" in page(cast.site_admin).get("/").text
    assert "spare" not in page(cast.sibling_admin).get(PAGE).text
    assert inbox(cast.site_admin, at, "roster.wanted").count() == 1


@pytest.mark.parametrize(
    ("moment", "ends_as", "rostered"),
    [
        ("T-48h", "placed", True),
        ("T-47h", "asked", False),
        ("T-121m", "asked", False),
        ("T-2h", "called", False),
    ],
)
def test_one_touch_does_what_the_window_allows(wish, touch, world, cast, at, moment, ends_as, rostered):
    at(moment)
    made = wish(room="302")
    touch(cast.site_admin, made)
    assert state(made) == ends_as
    assert ("spare" in standing(world.rooms["A1/302"])) is rostered


def test_the_phones_next_try_works_and_the_card_is_gone(wish, touch, api, page, cast, spare, at):
    at("T-3d")
    made = wish(room="302")
    touch(cast.site_admin, made)
    assert api(spare).get(DUTIES, {"plan": "P1", "unit": "U1", "room": "302"}).status_code == 200
    assert "没有需要处理的选择" in page(cast.site_admin).get(PAGE).text


def test_a_unit_without_a_room_is_given_the_emptiest_one(wish, touch, world, cast, at):
    at("T-3d")
    touch(cast.site_admin, wish())
    assert "spare" in standing(world.rooms["A1/302"])


def test_of_a_full_room_it_is_chosen_who_goes(wish, touch, page, world, cast, at):
    at("T-3d")
    made = wish(room="301")
    assert "301考场 · 换下 second" in page(cast.site_admin).get(PAGE).text
    touch(cast.site_admin, made, f"{world.room.pk}:{cast.second.pk}")
    assert standing(world.room) == {"proctor", "spare"}


def test_a_place_that_is_gone_is_said_and_nothing_is_done(wish, touch, cast, world, at):
    at("T-3d")
    made = wish(room="302")
    answer = touch(cast.site_admin, made, f"{world.room.pk}:0")
    assert "所选岗位刚刚有了变化" in answer.text
    assert state(made) == "open"


def test_the_request_to_the_branch_carries_its_reason(wish, touch, cast, at):
    at("T-40h")
    made = wish(room="302")
    touch(cast.site_admin, made)
    change = ProctorChange.objects.get()
    assert (change.pk, change.window) == (WantedDuty.objects.get().change, "branch_approval")
    assert "spare 在身份核验 App 选择了本考场" in change.reason


def test_after_a_rejection_it_stands_open_again_with_what_was_said(wish, touch, page, api, cast, at):
    at("T-40h")
    touch(cast.site_admin, wish(room="302"))
    change = ProctorChange.objects.get()
    url = f"/api/v1/proctor-changes/{change.pk}/decision/"
    api(cast.branch, phone=False).post(url, {"outcome": "rejected", "note": "换人"})
    text = page(cast.site_admin).get(PAGE).text
    assert "上次申请" in text
    assert "换人" in text


def test_inside_two_hours_the_duty_officer_is_called_and_replaces_by_one_touch(
    wish, touch, page, world, cast, at
):
    at("T-90m")
    made = wish(room="302")
    touch(cast.site_admin, made)
    assert inbox(cast.branch_duty, at, "roster.wanted_called").exists()
    assert inbox(cast.chief, at, "roster.wanted_called").exists()
    assert "教师选择了没有编排的考场" in page(cast.branch_duty).get("/").text
    touch(cast.branch_duty, made)
    assert "spare" in standing(world.rooms["A1/302"])


def test_inside_two_hours_the_chiefs_touch_asks_the_duty_officer(wish, touch, cast, at):
    at("T-90m")
    made = wish(room="302")
    touch(cast.chief, made)
    assert (state(made), ProctorChange.objects.get().window) == ("asked", "emergency")


def test_who_is_not_certified_is_certified_first(wish, touch, page, spare, cast, at):
    at("T-3d")
    made = wish(room="302")
    ProctorProfile.objects.filter(user=spare).update(status="pending")
    assert "spare 尚未通过实名认证" in page(cast.site_admin).get(PAGE).text
    touch(cast.site_admin, made)
    assert state(made) == "open"


def test_who_stands_elsewhere_at_that_time_is_told_where(wish, page, cast, at):
    at("T-3d")
    made = wish(cast.proctor, room="302")
    assert "同一时间已编排在城东考点 301考场" in page(cast.site_admin).get(PAGE).text
    assert "您本单元编排在 301考场" in page(cast.site_admin).get(f"{PAGE}{made.pk}/dismissal/").text


def test_a_dismissal_tells_the_proctor_why_and_stays(wish, page, api, spare, cast, at):
    at("T-3d")
    made = wish(room="302")
    page(cast.site_admin).post(f"{PAGE}{made.pk}/dismissal/", {"reason": "本单元没有安排您监考"})
    assert "本单元没有安排您监考" in inbox(spare, at, "roster.wanted_answered").get().body["zh"]
    at("T-2d")
    wish(room="302")
    assert state(made) == "dismissed"
    assert "没有需要处理的选择" in page(cast.site_admin).get(PAGE).text


def test_a_dismissal_without_a_reason_is_asked_for_it(wish, page, cast, at):
    at("T-3d")
    answer = page(cast.site_admin).post(f"{PAGE}{wish(room='302').pk}/dismissal/", {"reason": " "})
    assert answer.status_code == 422
    assert "请写明不安排的原因" in answer.text


def test_the_second_is_told_who_was_first(wish, touch, page, cast, at):
    at("T-3d")
    made = wish(room="302")
    touch(cast.site_admin, made)
    answer = page(cast.chief).post(f"{PAGE}{made.pk}/dismissal/", {"reason": "x"}, follow=True)
    assert "已由 site_admin 于" in answer.text
    assert state(made) == "placed"


def test_the_same_hand_twice_is_one_act(wish, touch, cast, at):
    at("T-40h")
    made = wish(room="302")
    touch(cast.site_admin, made)
    touch(cast.site_admin, made)
    assert ProctorChange.objects.count() == 1


def test_the_roster_page_leads_there_while_there_is_something(wish, touch, page, cast, at):
    at("T-3d")
    browser = page(cast.site_admin)
    notice = f"{PAGE}notice/"
    assert notice in browser.get("/roster/").text
    assert PAGE not in browser.get(notice).text.replace(notice, "")
    wish(room="302")
    assert f'href="{PAGE}"' in browser.get(notice).text


def test_an_unchanged_poll_is_not_drawn_again(wish, page, cast, at):
    at("T-3d")
    wish(room="302")
    browser, poll = page(cast.site_admin), {"HTTP_HX_REQUEST": "true"}
    first = browser.get(PAGE, **poll)
    assert browser.get(PAGE, **poll, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
