"""监考编排: the grid of rooms and proctors, what is short, and what may still be changed."""

import pytest
from django.urls import reverse

from tests import world as worlds


def roster(browser, **query):
    return browser.get(reverse("roster"), query)


def test_a_site_sees_its_own_rooms_and_which_are_short(cast, page):
    text = roster(page(cast.site_admin)).text
    assert text.index(">301考场") < text.index(">302考场")
    assert "1 / 2，未配足" in text
    assert "101考场" not in text


def test_a_proctors_certificate_stands_beside_the_name(world, page):
    worlds.proctor("fresh", world.site, world.rooms["A1/302"], certified=False, position="second")
    assert "未认证" in roster(page(world.cast.chief)).text


def test_an_empty_place_is_named(cast, page):
    assert "空缺" in roster(page(cast.chief)).text


def test_the_branch_chooses_among_its_sites_and_sees_no_other(cast, page):
    text = roster(page(cast.branch)).text
    assert "城东考点" in text
    assert "城西考点" in text
    assert "云岭考点" not in text


def test_a_site_outside_the_scope_does_not_exist(cast, page):
    assert roster(page(cast.site_admin), site="B1").status_code == 404


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("T-48h", "可直接修改"),
        ("T-47h", "变更须分部批准"),
        ("T-2h", "只能紧急更换"),
        ("T+29m", "只能紧急更换"),
        ("T+30m", "已截止"),
    ],
)
def test_the_window_is_told(moment, words, cast, page, at):
    at(moment)
    assert words in roster(page(cast.site_admin), unit="U1").text


def test_the_unit_is_chosen(world, cast, page):
    later = world.later_unit.site_units.get(site=world.site)
    text = roster(page(cast.site_admin), unit="U2").text
    assert f'is-chosen" data-unit="{later.pk}"' in text
    assert "0 / 2，未配足" in text


def test_headquarters_finds_a_site_by_name(cast, page):
    text = roster(page(cast.hq), q="云岭").text
    assert "云岭考点" in text
    assert "城东考点" not in text


def test_no_plan_says_what_to_do(db, page):
    assert "还没有考试计划" in roster(page(worlds.member("hq", "hq"))).text
