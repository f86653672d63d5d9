"""Plan → unit → branch → site, with figures of the reader's own scope."""

import re

import pytest
from django.urls import reverse

from exam_ops.core.models import RoomSession
from tests.verification.scenes import ask, sign_in, without_room
from verification.services import tallies

PLANS = reverse("sign-in-plans")
UNITS = reverse("sign-in-units", args=["P1"])
UNIT = reverse("sign-in-unit", args=["P1", "U1"])
BRANCH = reverse("sign-in-branch", args=["P1", "U1", "A"])
POLL = {"HTTP_HX_REQUEST": "true"}


def shown(answer) -> str:
    assert answer.status_code == 200, (answer.status_code, answer.get("Location"))
    return answer.content.decode()


def figures(html: str, unit: str = "U1") -> dict[str, int]:
    panel = html[html.index(f'id="unit-{unit}"') :]
    panel = panel[: panel.index("</dl>")]
    return {
        name: int(n) for name, n in re.findall(r"<dt>([^<]+)</dt><dd class=\"num\"><a [^>]+>(\d+)<", panel)
    }


@pytest.mark.parametrize("who", ["hq", "branch", "support"])
def test_who_sees_many_sites_chooses(world, cast, page, who):
    assert "2025秋-网考" in shown(page(getattr(cast, who)).get(PLANS))


@pytest.mark.parametrize("who", ["chief", "site_admin"])
def test_who_has_one_site_goes_straight_on(world, cast, page, who):
    browser = page(getattr(cast, who))
    assert browser.get(PLANS)["Location"] == reverse("sign-in-board", args=[world.site_unit.pk])
    assert "2025秋-网考" in shown(browser.get(PLANS, {"choose": 1}))
    assert reverse("sign-in-board", args=[world.site_unit.pk]) in shown(browser.get(UNITS))


def test_after_the_day_there_is_no_board_to_go_to(cast, page, at, world):
    at("E+3d")
    assert "2025秋-网考" in shown(page(cast.chief).get(PLANS))


@pytest.mark.parametrize("url", [PLANS, UNITS, UNIT, BRANCH])
@pytest.mark.parametrize("who", ["nobody", "proctor", "candidate"])
def test_who_has_no_part_in_it_is_refused(world, cast, page, url, who):
    assert page(getattr(cast, who)).get(url).status_code == 403


@pytest.mark.parametrize(
    ("who", "status"), [("branch", 200), ("other_branch", 404), ("stranger", 404), ("sibling_chief", 200)]
)
def test_a_branch_is_seen_from_within(world, cast, page, who, status):
    assert page(getattr(cast, who)).get(BRANCH).status_code == status


def test_a_site_sees_itself_alone(world, cast, page):
    html = shown(page(cast.sibling_chief).get(BRANCH))
    assert "城西考点" in html
    assert "城东考点" not in html
    assert figures(shown(page(cast.sibling_chief).get(UNITS)))["应到"] == 6


@pytest.mark.parametrize("url", ["sign-in-units", "sign-in-unit"])
def test_unknown_plans_and_units_are_not_found(world, cast, page, url):
    args = ["P9"] if url == "sign-in-units" else ["P1", "U9"]
    assert page(cast.hq).get(reverse(url, args=args)).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "网考"}, True),
        ({"q": "学位"}, False),
        ({"kind": "drill"}, False),
        ({"day": "2025-12-06"}, True),
        ({"day": "2026-01-01"}, False),
        ({"day": "x"}, True),
    ],
)
def test_plans_are_searched(world, cast, page, query, found):
    assert (UNITS in shown(page(cast.hq).get(PLANS, query))) is found


def test_figures_follow_the_facts(world, cast, page, at):
    people = world.sittings["A1/301"]
    sign_in(people[0], cast.proctor, now=at.now)
    ask(people[1], cast.proctor, now=at.now)
    without_room(people[5])
    found = figures(shown(page(cast.hq).get(UNITS)))
    assert found == {
        "应到": 24, "已签到": 1, "待审批": 1, "已批准": 0, "未通过": 0, "未签到": 22, "缺考": 0, "应急": 0,
        "已采集未到达": 0, "未编排考场": 1, "有问题的考场": 1,
    }  # fmt: skip
    assert figures(shown(page(cast.branch).get(UNITS)))["应到"] == 18


def test_what_phones_hold_back_is_counted_at_every_level(world, cast, page, at):
    """The third and fourth of one phone's six checks have arrived, and nothing of another's two."""
    for seq, sitting in ((3, world.sittings["A1/301"][0]), (4, world.sittings["A1/301"][1])):
        sign_in(sitting, cast.proctor, now=at.now, device_id="a", device_seq=seq)
    arrived = {(world.room.pk, "a"): {3, 4}}
    tallies.keep(arrived, {(world.room.pk, "a"): 6, (world.room.pk, "b"): 2}, now=at.now)
    assert figures(shown(page(cast.hq).get(UNITS)))["已采集未到达"] == 6
    board = shown(page(cast.chief).get(reverse("sign-in-board", args=[world.site_unit.pk])))
    assert re.search(r'id="count-gap".*?<b>6</b>.*?2 台手机', board, re.DOTALL)


def test_figures_know_the_absent_before_the_engine_does(world, cast, page, at):
    ask(world.sitting, cast.proctor, now=at.now)
    at("T+30m")
    found = figures(shown(page(cast.hq).get(UNITS)))
    assert (found["缺考"], found["待审批"], found["未签到"]) == (24, 0, 0)


def test_headquarters_drills_down(world, cast, page):
    html = shown(page(cast.hq).get(UNIT))
    assert BRANCH in html
    assert "云岭分部" in html
    assert page(cast.branch).get(UNIT)["Location"] == BRANCH
    assert reverse("sign-in-board", args=[world.site_unit.pk]) in shown(page(cast.branch).get(BRANCH))


def test_troubled_sites_come_first_and_stay(world, cast, page, at):
    RoomSession.objects.filter(pk=world.rooms["A2/101"].pk).update(failed_only=2)
    sign_in(world.sitting, cast.proctor, now=at.now)
    html = shown(page(cast.branch).get(BRANCH))
    assert html.index("城西考点") < html.index("城东考点")
    filtered = shown(page(cast.branch).get(BRANCH, {"show": "signed_in"}))
    assert "不在筛选内，但有问题的考点" in filtered
    assert "城西考点" in filtered
    quiet = shown(page(cast.branch).get(BRANCH, {"q": "城西"}))
    assert "筛选外还有 1 个没有问题的" in quiet


@pytest.mark.parametrize("url", [UNIT, BRANCH])
def test_every_figure_narrows_the_list(world, cast, page, at, url):
    ask(world.sitting, cast.proctor, now=at.now)
    without_room(world.sittings["A1/301"][5])
    browser = page(cast.hq)
    html = shown(browser.get(url))
    counts = re.findall(r'id="count-(\w+)" href="([^"]+)"', html)
    assert {key for key, _ in counts} >= {
        "all",
        "pending",
        "emergency",
        "gap",
        "roomless",
        "staff",
        "trouble",
    }
    for key, address in counts:
        narrowed = shown(browser.get(address.replace("&amp;", "&")))
        assert key == "all" or f'id="count-{key}"' in narrowed
    assert "没有符合筛选的" in shown(browser.get(url, {"show": "emergency"}))
    assert "不在筛选内，但有问题的" in shown(browser.get(url, {"show": "emergency"}))


def test_a_filter_goes_along_from_branch_to_site(world, cast, page, at):
    ask(world.sitting, cast.proctor, now=at.now)
    assert f"{BRANCH}?show=pending" in shown(page(cast.hq).get(UNIT, {"show": "pending"}))


def test_what_is_usual_by_now_is_said_and_drawn(world, cast, page, at):
    at("T-10m")
    html = shown(page(cast.hq).get(UNIT))
    assert "此刻通常 11" in html  # 24 registered, 46.5 %
    assert 'class="usual"' in html
    at("T+30m")
    assert "此刻通常" not in shown(page(cast.hq).get(UNIT))


def test_a_room_where_nobody_has_come_by_ten_to_is_in_trouble(world, cast, page, at):
    RoomSession.objects.update(proctors_checked=1)
    at("T-11m")
    assert "个考场有问题" not in shown(page(cast.branch).get(BRANCH))
    at("T-10m")
    assert "2 个考场有问题" in shown(page(cast.branch).get(BRANCH))


@pytest.mark.parametrize("url", [UNITS, UNIT, BRANCH])
def test_polls_are_answered_with_304(world, cast, page, at, url):
    browser = page(cast.hq)
    first = browser.get(url, **POLL)
    assert "<html" not in shown(first)
    assert browser.get(url, HTTP_IF_NONE_MATCH=first["ETag"], **POLL).status_code == 304
    sign_in(world.sitting, cast.proctor, now=at.now)
    changed = browser.get(url, HTTP_IF_NONE_MATCH=first["ETag"], **POLL)
    assert "数据截至" in shown(changed)
