"""The board of a site and of a room: who sees it, what stands on top, what filters do, what a poll costs."""

import re

import pytest
from django.db.models import F
from django.urls import reverse

from exam_ops.core.models import ExamRoom, RoomSession, RosterRow, Sitting
from tests.verification.scenes import ask, sign_in, without_room
from verification.selectors.small_figures import SMALL

POLL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "board"}
EVERY_REQUEST = 4  # session, account, memberships, delegations


@pytest.fixture
def url(world) -> str:
    return reverse("sign-in-board", args=[world.site_unit.pk])


@pytest.fixture
def room_url(world) -> str:
    return reverse("sign-in-room", args=[world.room.pk])


def shown(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def rooms_in_order(html: str) -> list[str]:
    return re.findall(r'class="room[^"]*">\s*<div><a href="[^"]+">(\d+)考场', html)


def figure(html: str, key: str) -> int:
    return int(re.search(rf'id="count-{key}".*?<b>(\d+)</b>', html, re.DOTALL).group(1))


def named(html: str) -> set[str]:
    return set(re.findall(r"考生\d{3}(?= <span class=\"num quiet\">)", html))


@pytest.mark.parametrize("who", ["chief", "site_admin", "branch", "hq", "support", "inspector"])
@pytest.mark.parametrize("name", ["url", "room_url"])
def test_the_site_and_those_above_see_it(request, cast, page, who, name):
    assert page(getattr(cast, who)).get(request.getfixturevalue(name)).status_code == 200


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("sibling_chief", 404),
        ("other_branch", 404),
        ("stranger", 404),
        ("nobody", 403),
        ("proctor", 403),
        ("candidate", 403),
    ],
)
@pytest.mark.parametrize("name", ["url", "room_url"])
@pytest.mark.parametrize("polled", [False, True])
def test_others_do_not(request, cast, page, who, status, name, polled):
    answer = page(getattr(cast, who)).get(request.getfixturevalue(name), **(POLL if polled else {}))
    assert answer.status_code == status


def test_who_is_not_signed_in_is_asked_to(page, url):
    assert page().get(url)["Location"].startswith("/login/")


def test_counts_are_of_the_moment(world, cast, page, at, url):
    people = world.sittings["A1/301"]
    sign_in(people[0], cast.proctor, now=at.now)
    sign_in(people[1], cast.proctor, now=at.now, outcome="failed")
    ask(people[1], cast.proctor, now=at.now)
    html = shown(page(cast.chief).get(url))
    keys = ("all", "signed_in", "pending", "not_signed_in", "absent")
    assert [figure(html, key) for key in keys] == [12, 1, 1, 10, 0]
    assert "此刻通常 2" in html


def test_past_close_of_entry_who_was_left_out_is_absent_though_no_worker_came_by(world, cast, page, at, url):
    ask(world.sitting, cast.proctor, now=at.now)
    at("T+30m")
    html = shown(page(cast.chief).get(url))
    assert (figure(html, "absent"), figure(html, "pending")) == (12, 0)
    assert "未审批的申请已失效" in html


def test_a_room_in_trouble_comes_first_and_is_never_filtered_away(world, cast, page, at, url):
    sign_in(world.sittings["A1/301"][0], cast.proctor, now=at.now)
    ask(world.sittings["A1/302"][0], cast.next_room, now=at.now)
    browser = page(cast.chief)
    assert rooms_in_order(shown(browser.get(url))) == ["302", "301"]
    assert rooms_in_order(shown(browser.get(url, {"show": "signed_in"}))) == ["301", "302"]
    assert "不在筛选内，但有问题的考场" in shown(browser.get(url, {"show": "signed_in"}))


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ({"app_locked_out": True}, "核验 App 无法使用"),
        ({"refused_logins": 2}, "客户端登录被拒"),
    ],
)
def test_what_is_wrong_is_said_in_words(world, cast, page, url, trouble, words):
    RoomSession.objects.filter(pk=world.rooms["A1/302"].pk).update(**trouble)
    html = shown(page(cast.chief).get(url))
    assert rooms_in_order(html)[0] == "302"
    assert words in html


def test_a_failed_check_without_a_request_is_trouble(world, cast, page, at, url):
    sign_in(world.sittings["A1/302"][0], cast.next_room, now=at.now, outcome="failed")
    html = shown(page(cast.chief).get(url))
    assert rooms_in_order(html)[0] == "302"
    assert "识别未通过，未申请" in html


def test_proctors_must_be_certified_and_checked_in_time(world, cast, page, at, url):
    at("T-11m")
    assert "监考未核验" not in shown(page(cast.chief).get(url))
    at("T-10m")
    assert "监考未核验" in shown(page(cast.chief).get(url))
    cast.next_room.proctor.status = "pending"
    cast.next_room.proctor.save()
    assert "无已认证监考" in shown(page(cast.chief).get(url))
    RosterRow.objects.filter(room_session=world.room).update(checked_at=at.now)
    assert "2/3" in shown(page(cast.chief).get(url))


@pytest.mark.parametrize(
    ("search", "names"), [("考生103", ["考生103"]), ("25002", ["考生201", "考生206"]), ("302", ["考生201"])]
)
def test_a_search_finds_by_room_name_and_number(cast, page, url, search, names):
    html = shown(page(cast.chief).get(url, {"q": search}))
    assert set(names) <= named(html)
    assert "考生101" not in named(html)


def test_a_room_can_be_chosen(world, cast, page, at, url):
    ask(world.sittings["A1/301"][0], cast.proctor, now=at.now)
    html = shown(page(cast.chief).get(url, {"room": world.rooms["A1/302"].pk}))
    assert "筛选外还有 1 名" in html
    assert rooms_in_order(html) == ["302", "301"]


def test_every_figure_is_a_filter(world, cast, page, at, url):
    ask(world.sitting, cast.proctor, now=at.now)
    Sitting.objects.filter(pk=world.sittings["A1/301"][1].pk).update(held_over=True)
    without_room(world.sittings["A1/301"][5])
    browser = page(cast.chief)
    counts = re.findall(r'id="count-(\w+)" href="([^"]+)"', shown(browser.get(url)))
    assert {key for key, _ in counts} == {
        "all", "signed_in", "pending", "approved", "rejected", "not_signed_in", "absent", "emergency", "gap",
        "held_over", "roomless", "staff",
    }  # fmt: skip
    for key, address in counts:
        html = shown(browser.get(address.replace("&amp;", "&")))
        assert f'id="count-{key}"' in html
    assert named(shown(browser.get(url, {"show": "held_over"}))) == {"考生102"}
    assert named(shown(browser.get(url, {"show": "roomless"}))) == {"考生106"}


def test_proctors_not_checked_lead_to_their_rooms(world, cast, page, at, url):
    RosterRow.objects.filter(room_session=world.room).update(checked_at=at.now)
    html = shown(page(cast.chief).get(url, {"show": "staff"}))
    assert rooms_in_order(html) == ["302"]
    assert "监考已核验 0/1" in html
    assert "is-faded" not in html


def test_a_room_without_a_sign_in_by_ten_to_is_in_trouble_until_somebody_comes(world, cast, page, at, url):
    browser = page(cast.chief)
    at("T-11m")
    assert "尚无人签到" not in shown(browser.get(url))
    at("T-10m")
    assert shown(browser.get(url)).count("尚无人签到") == 2
    sign_in(world.sittings["A1/302"][0], cast.next_room, now=at.now)
    html = shown(browser.get(url))
    assert (rooms_in_order(html), html.count("尚无人签到")) == (["301", "302"], 1)
    at("T+30m")
    assert "尚无人签到" not in shown(browser.get(url))


def test_a_senseless_filter_filters_nothing(cast, page, url):
    assert rooms_in_order(shown(page(cast.chief).get(url, {"show": "x", "room": "²"}))) == ["301", "302"]


def test_candidates_without_a_room_are_listed(world, cast, page, url):
    without_room(world.sittings["A1/301"][5])
    html = shown(page(cast.chief).get(url))
    assert "未编排考场" in html
    assert "考生106" in html
    assert figure(html, "all") == 12


def test_declining_is_no_failure(world, cast, page, at, url):
    ask(world.sitting, cast.proctor, now=at.now, reason="face_declined")
    html = shown(page(cast.chief).get(url))
    assert "本人不使用人脸识别" in html
    queue = html[html.index("board-queue") :]
    assert "次未通过" not in queue
    assert "核验不通过" not in html


def test_only_the_chief_gets_buttons(world, cast, page, at, url):
    ask(world.sitting, cast.proctor, now=at.now)
    assert "同意入场" in shown(page(cast.chief).get(url))
    html = shown(page(cast.site_admin).get(url))
    assert "同意入场" not in html
    assert "由本考点主考审批" in html


def test_the_room_lists_its_candidates_and_proctors(world, cast, page, at, room_url):
    sign_in(world.sittings["A1/301"][0], cast.proctor, now=at.now)
    RosterRow.objects.filter(proctor=cast.proctor).update(checked_at=at.now)
    html = shown(page(cast.chief).get(room_url))
    assert html.count("<tr id=") == 6
    assert "08:10:00" in html
    assert "已核验" in html
    filtered = shown(page(cast.chief).get(room_url, {"show": "signed_in"}))
    assert filtered.count("<tr id=") == 1


@pytest.mark.parametrize("name", ["url", "room_url"])
def test_a_poll_draws_anew_what_has_changed(request, world, cast, page, at, name):
    browser, address = page(cast.chief), request.getfixturevalue(name)

    def changed(act) -> bool:
        before = browser.get(address, **POLL)["ETag"]
        act()
        return browser.get(address, HTTP_IF_NONE_MATCH=before, **POLL).status_code == 200

    assert not changed(lambda: None)
    assert changed(lambda: sign_in(world.sitting, cast.proctor, now=at.now))
    assert changed(lambda: ask(world.sittings["A1/301"][1], cast.proctor, now=at.now))
    assert changed(lambda: at("T-19m"))
    assert changed(lambda: at("T+30m"))


def test_a_poll_carries_a_drills_clock(drill_world, page):
    plan = drill_world.plan
    plan.clock_offset = F("clock_offset") + (drill_world.unit.end - drill_world.unit.start)
    plan.save()
    address = reverse("sign-in-board", args=[drill_world.site_unit.pk])
    assert page(drill_world.cast.chief).get(address, **POLL)["X-Clock-Now"].startswith("2025-12-06T01:40")


def add_rooms(world, count: int) -> None:
    rooms = ExamRoom.objects.bulk_create(
        ExamRoom(site=world.site, room_no=f"4{n:02d}", seats=30) for n in range(count)
    )
    RoomSession.objects.bulk_create(
        RoomSession(site_unit=world.site_unit, room=room, registered=0) for room in rooms
    )


@pytest.mark.parametrize("rooms", [0, 38])
def test_a_board_costs_the_same_with_two_rooms_and_with_forty(
    world, cast, page, at, url, rooms, django_assert_max_num_queries
):
    add_rooms(world, rooms)
    for sitting in world.sittings["A1/302"][: rooms // 10]:
        ask(sitting, cast.next_room, now=at.now)
    Sitting.objects.filter(pk=world.sitting.pk).update(emergency=True)
    browser = page(cast.chief)
    small = sum(figure.seat is None and figure.key != "gap" for figure in SMALL)  # a statement each
    with django_assert_max_num_queries(EVERY_REQUEST + 11 + small):
        html = shown(browser.get(url, **POLL))
    assert len(rooms_in_order(html)) == rooms + 2
