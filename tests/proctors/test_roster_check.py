"""编排检查: sites by units, red and green; who sees what; live, exported, and pressed by hand (C9)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from exam_ops.core.access import actor_for
from exam_ops.core.models import ProctorProfile, RosterRow, TimeUnit
from proctors.models import ProctorChange
from proctors.selectors import roster_check
from proctors.selectors.roster_check import Asked, Figures
from tests import world as worlds
from tests.journeys.voices import text

PAGE = reverse("roster-check")


@pytest.fixture
def check(world, at):
    """`check(user)` gives the figures by name of the place and code of the unit."""
    at("T-3d")

    def look(user, **asked):
        units = list(TimeUnit.objects.filter(plan=world.plan))
        actor = actor_for(user, now=at.now)
        found = roster_check.lines(actor, Asked(world.plan, units, **asked), needed=2, now=at.now)
        codes = {unit.pk: unit.code for unit in units}
        return {(line.name, codes[pk]): cell for line in found for pk, cell in line.cells.items()}

    return look


@pytest.fixture
def look(world, at, page):
    """`look(user)` opens the page."""
    at("T-3d")
    return lambda user, **query: page(user).get(PAGE, {"plan": "P1"} | query)


def poll(browser, etag="", **query):
    headers = {"HX-Request": "true"} | ({"If-None-Match": etag} if etag else {})
    return browser.get(PAGE, {"plan": "P1"} | query, headers=headers)


def test_each_site_and_unit_has_its_rooms_by_state(world, cast, check):
    found = check(cast.branch)
    assert found["城东考点", "U1"] == Figures(rooms=2, full=1)
    assert found["城东考点", "U1"].short == 1
    assert found["城东考点", "U2"] == Figures(rooms=2, none=2)
    assert found["城西考点", "U1"] == Figures(rooms=1)
    assert {name for name, _ in found} == {"城东考点", "城西考点"}


def test_who_is_not_certified_fills_no_place(cast, check):
    ProctorProfile.objects.filter(user__in=[cast.proctor, cast.second]).update(status="pending")
    assert check(cast.branch)["城东考点", "U1"] == Figures(rooms=2, none=1)


def test_a_room_whose_proctor_stands_elsewhere_clashes(world, cast, check):
    """As after a decision of headquarters that moved a unit onto another."""
    later = world.later_unit.site_units.get(site=world.site)
    RosterRow.objects.create(room_session=later.room_sessions.get(room__room_no="301"), proctor=cast.proctor)
    assert check(cast.branch)["城东考点", "U1"].clash == 0
    first = world.site_unit
    type(later).objects.filter(pk=later.pk).update(
        start=first.start, end=first.end, starts_at=first.starts_at, ends_at=first.ends_at
    )
    found = check(cast.branch)
    assert (found["城东考点", "U1"].clash, found["城东考点", "U2"].clash) == (1, 1)
    assert found["城东考点", "U1"].is_red


def test_what_waits_for_the_branch_is_counted_until_its_window_ends(world, cast, at, check):
    look = check
    at("T-40h")
    spare = worlds.proctor("spare", world.site)
    ProctorChange.objects.create(
        id="0d5b8c5e-3f7a-4b52-9f0e-2c1d3e4f5a6b", batch="0d5b8c5e-3f7a-4b52-9f0e-2c1d3e4f5a6b",
        room_session=world.room, site_unit=world.site_unit, position="lead", outgoing=cast.proctor,
        incoming=spare, reason="x", window="branch_approval", window_until=world.site_unit.starts_at
        - timedelta(hours=2), status="pending", requested_by=cast.site_admin, requested_at=at.now,
    )  # fmt: skip
    assert look(cast.branch)["城东考点", "U1"].waiting == 1
    at("T-2h")
    assert look(cast.branch)["城东考点", "U1"].waiting == 0


def test_headquarters_see_branches_and_go_down_to_sites(cast, check, look):
    assert check(cast.hq, by_branch=True)["东海分部", "U1"] == Figures(rooms=3, full=1)
    top = look(cast.hq)
    assert "东海分部" in top.text
    assert "城东考点" not in top.text
    down = look(cast.hq, branch="A")
    assert "城东考点" in down.text
    assert "云岭考点" not in down.text
    assert "云岭考点" in look(cast.hq, q="云岭").text


def test_the_most_trouble_stands_first_and_a_count_narrows(cast, look):
    assert look(cast.branch).text.index("城东考点") < look(cast.branch).text.index("城西考点")
    full = look(cast.branch, state="full").text
    assert "城东考点" in full
    assert "城西考点" not in full
    assert "没有符合条件的考点" in text(look(cast.branch, state="clash"))


def test_a_cell_leads_to_the_sites_grid(cast, look):
    assert f"{reverse('roster')}?plan=P1&amp;unit=U2&amp;site=A1" in look(cast.branch).content.decode()


def test_units_that_have_ended_are_left_out_unless_asked_for(world, cast, at, page):
    at("E+1m")
    browser = page(cast.branch)
    short = browser.get(PAGE, {"plan": "P1"}).content.decode()
    assert "unit=U1&amp;site=A1" not in short
    assert "unit=U1&amp;site=A1" in browser.get(PAGE, {"plan": "P1", "past": "1"}).content.decode()


def test_no_plan_says_what_to_do(db, page):
    assert "还没有考试计划" in text(page(worlds.member("hq", "hq")).get(PAGE))


def test_a_poll_is_304_until_a_roster_changes(world, cast, at, page):
    at("T-3d")
    browser = page(cast.branch)
    first = poll(browser)
    assert poll(browser, first["ETag"]).status_code == 304
    RosterRow.objects.filter(room_session=world.room, position="second").delete()
    type(world.room).objects.filter(pk=world.room.pk).update(revision=99)
    again = poll(browser, first["ETag"])
    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]


def test_the_live_part_costs_ten_statements_however_many_rooms(world, cast, at, page):
    at("T-3d")
    browser = page(cast.branch)
    poll(browser)
    counted = []
    for n in range(2):
        with CaptureQueriesContext(connection) as seen:
            assert poll(browser, q=" " * n).status_code == 200
        counted.append(len(seen))
        for room in range(5):
            worlds.proctor(f"more{n}{room}", world.site)
    assert counted[0] == counted[1] <= 10


def test_the_check_is_taken_out_as_a_workbook_with_the_short_rooms(cast, at, page):
    at("T-3d")
    answer = page(cast.branch).get(reverse("roster-check-export"), {"plan": "P1", "unit": "U1"})
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[1][1:] == ["A1", "城东考点", "第1单元", "2025-12-06 08:30", 2, 1, 1, 0, 0, 0, "302（1/2）"]
    assert [row[1] for row in rows[1:]] == ["A1", "A2"]
