"""技术支持: the search by any key, the facts it shows, and the ways out (E11)."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.urls import reverse

from client_support.models import RefusedLogin
from client_support.selectors import locks
from exam_ops.core.models import Device, Event, OneTimeCode, RosterRow
from tests.workbench.test_support import desk, report


@pytest.fixture
def phone(cast, at):
    return Device.objects.create(
        user=cast.proctor,
        device_id="A1B2C3",
        platform="android",
        app_version="4.0.3",
        model="XR-9",
        seen_at=at.now,
    )


@pytest.mark.parametrize("key", ["proctor", "A1B2C3", "a1b2c3", "PROCTOR"])
def test_a_proctor_is_found_by_name_or_phone_with_the_facts(key, phone, cast, page):
    text = desk(page(cast.support), q=key)
    assert "4.0.3" in text
    assert "已认证" in text
    assert "301考场" in text


def test_a_lock_stands_beside_the_person_with_the_way_out(cast, page):
    AccessAttempt.objects.create(username="proctor", user_agent="x", failures_since_start=5)
    text = desk(page(cast.support), q="proctor")
    assert "已锁定至" in text
    assert reverse("account-unlock", args=[cast.proctor.pk]) in text


def test_a_candidate_is_found_by_any_number(world, cast, page):
    sitting = world.sitting
    for key in (sitting.ticket_no, sitting.candidate.student_no, sitting.candidate.name):
        text = desk(page(cast.support), q=key)
        assert sitting.ticket_no in text
        assert "301考场 01 号" in text


def test_a_site_is_found_by_name_and_code(cast, page):
    assert "城东考点" in desk(page(cast.support), q="城东")
    assert "城东考点" in desk(page(cast.support), q="a1")


def test_what_lies_outside_the_scope_is_not_found(world, cast, page):
    text = desk(page(cast.branch), q=world.sittings["B1/201"][0].ticket_no)
    assert "没有找到" in text


def test_one_character_is_too_few(cast, page):
    assert "请至少输入 2 个字" in desk(page(cast.support), q="x")


def test_the_desk_costs_a_fixed_number_of_queries(world, cast, page, at, django_assert_max_num_queries):
    for site in ("A1", "A2", "B1"):
        report(world, at, site=site)
        report(world, at, site=site, type="IDV-05")
    browser = page(cast.support)
    with django_assert_max_num_queries(32):
        desk(browser, q="o")
    with django_assert_max_num_queries(38):
        desk(browser, q="chief")


def test_which_lock_it_is_stands_there(cast, page):
    for agent in ("device:A1B2C3", "Mozilla"):
        AccessAttempt.objects.create(username="proctor", user_agent=agent, failures_since_start=5)
    text = desk(page(cast.support), q="proctor")
    assert "A1B2C3" in text
    assert "账号 + 电脑浏览器" in text


def test_a_failed_login_stands_beside_the_room(cast, page, at):
    RosterRow.objects.filter(proctor=cast.proctor).update(login_failed_at=at.now)
    assert "08:10 App 登录失败" in desk(page(cast.support), q="proctor")


def test_the_last_four_alone_find_nobody_and_say_what_to_type(world, cast, page):
    last4 = world.sitting.candidate.id_no[-4:]
    text = desk(page(cast.support), q=last4)
    assert "不能单独查" in text
    assert world.sitting.ticket_no not in text


@pytest.mark.parametrize(("digits", "found"), [(None, True), ("000X", False)])
def test_a_name_with_the_last_four_finds_the_one(digits, found, world, cast, page):
    candidate = world.sitting.candidate
    text = desk(page(cast.support), q=f"{candidate.name} {digits or candidate.id_no[-4:]}")
    assert (world.sitting.ticket_no in text) is found


@pytest.fixture
def guessed(world, at):
    """The own ticket was tried ten times with wrong digits at PC-1."""
    RefusedLogin.objects.bulk_create(
        RefusedLogin(
            ticket_no=world.sitting.ticket_no, machine_id="PC-1", client_version="1.2.2-0",
            site=world.site, code=locks.WRONG, at=at.now,
        )
        for _ in range(locks.GUESSES)
    )  # fmt: skip


def test_the_lock_of_a_ticket_at_a_machine_is_shown_at_both(world, cast, page, guessed):
    browser = page(cast.support)
    assert "准考证 + 机器" in desk(browser, q=world.sitting.ticket_no)
    assert "机器 + 准考证" in desk(browser, q="pc-1")


@pytest.mark.parametrize("who", ["support", "site_admin", "hq"])
def test_it_is_lifted_in_one_logged_act(who, world, cast, page, at, guessed):
    ticket, actor = world.sitting.ticket_no, getattr(cast, who)
    url = reverse("sitting-unlock", args=[world.sitting.pk])
    page(actor).post(url, {"machine": "PC-1"})
    assert not locks.is_locked(ticket, "PC-1", now=at.now)
    assert RefusedLogin.objects.filter(lifted_at=at.now).count() == locks.GUESSES
    assert Event.objects.get(kind="client.unlocked").actor == actor


def test_another_machine_s_lock_stays(world, cast, page, at, guessed):
    page(cast.support).post(reverse("sitting-unlock", args=[world.sitting.pk]), {"machine": "PC-2"})
    assert locks.is_locked(world.sitting.ticket_no, "PC-1", now=at.now)


@pytest.mark.parametrize(("seconds", "locked"), [(299, True), (300, False)])
def test_it_ends_by_itself(seconds, locked, world, at, guessed):
    later = at.now + timedelta(seconds=seconds)
    assert locks.is_locked(world.sitting.ticket_no, "PC-1", now=later) is locked
    assert bool(locks.standing(machines=["PC-1"], now=later)) is locked


def issue(browser, user):
    return browser.post(reverse("account-code", args=[user.pk]), follow=True)


@pytest.mark.parametrize("who", ["support", "site_admin"])
def test_a_code_is_shown_once_and_lets_its_holder_in(who, cast, page):
    answer = issue(page(getattr(cast, who)), cast.proctor)
    code = re.search(r'translate="no">([a-z2-9]{4}-[a-z2-9]{4})<', answer.text)[1]
    assert answer["Cache-Control"] == "no-store"
    assert page().post(reverse("login"), {"username": "proctor", "password": code}).status_code == 302


@pytest.mark.parametrize("who", ["chief", "support", "branch", "hq"])
def test_no_code_for_whoever_decides_and_the_page_says_why(who, cast, page):
    answer = issue(page(cast.support), getattr(cast, who))
    assert "只发给监考教师" in answer.text
    assert not OneTimeCode.objects.exists()


def test_codes_are_offered_for_proctors_alone(cast, page):
    browser = page(cast.site_admin)
    text = browser.get(reverse("account-list")).text
    assert reverse("account-code", args=[cast.proctor.pk]) in text
    assert reverse("account-code", args=[cast.chief.pk]) not in text
    assert reverse("account-code", args=[cast.proctor.pk]) in desk(page(cast.support), q="proctor")
