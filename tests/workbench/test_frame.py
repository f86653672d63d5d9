"""The frame of every page: sign-in, language, menu by role, refusals in words."""

import re

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.urls import resolve, reverse

from exam_ops.core.access import actor_for
from exam_ops.core.models import Event, User
from exam_ops.workbench import menu
from exam_ops.workbench.links import url_or_nothing

PASSWORD = "a-long-and-quiet-secret"


@pytest.fixture
def chief(world):
    world.cast.chief.set_password(PASSWORD)
    world.cast.chief.save()
    return world.cast.chief


def sign_in(browser, username="chief", password=PASSWORD, **more):
    return browser.post(reverse("login"), {"username": username, "password": password}, **more)


def test_signing_in_leads_to_the_workbench(chief, page):
    answer = sign_in(page())
    assert answer.status_code == 302
    assert answer.url == reverse("home")


def test_a_wrong_password_is_told_on_the_form(chief, page):
    answer = sign_in(page(), password="wrong")
    assert answer.status_code == 200
    assert "用户名或密码不正确" in answer.text


def test_an_empty_field_is_told_beside_it(chief, page):
    assert 'id="id_username_error"' in sign_in(page(), username="").text


def test_the_sixth_try_is_locked_out_and_says_who_can_unlock(chief, page):
    browser = page()
    answers = [sign_in(browser, password="wrong") for _ in range(5)]
    assert answers[-1].status_code == 423
    assert "考点管理员" in answers[-1].text
    assert sign_in(browser).status_code == 423


def test_a_lock_is_one_of_account_and_device(chief, page):
    browser = page()
    for _ in range(5):
        sign_in(browser, password="wrong")
    assert sign_in(page(), headers={"user-agent": "another machine"}).status_code == 302
    assert AccessAttempt.objects.exists()


def test_the_language_is_switched_before_signing_in(world, page):
    browser = page()
    browser.post(reverse("set_language"), {"language": "en", "next": "/login/"})
    assert '<html lang="en">' in browser.get(reverse("login")).text


def test_a_chosen_language_is_kept_for_the_next_sign_in(chief, page):
    browser = page(chief)
    browser.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert User.objects.get(pk=chief.pk).language == "en"
    fresh = page()
    assert sign_in(fresh).cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"


def test_an_unknown_language_is_not_kept(chief, page):
    page(chief).post(reverse("set_language"), {"language": "tlh", "next": "/"})
    assert User.objects.get(pk=chief.pk).language == ""


def test_signing_out_closes_the_door(cast, page):
    browser = page(cast.chief)
    browser.post(reverse("logout"))
    assert reverse("login") in browser.get(reverse("home")).url


def test_a_stranger_is_asked_to_sign_in(world, page):
    assert page().get("/").url == f"{reverse('login')}?next=/"


def menu_of(text: str) -> set[str]:
    return set(re.findall(r'href="([^"]+)"', re.search(r'<nav class="sidebar".*?</nav>', text, re.S)[0]))


@pytest.mark.parametrize("who", ["hq", "branch", "site_admin", "chief", "proctor", "support", "candidate"])
def test_the_menu_shows_what_a_role_may_open_and_nothing_else(who, cast, page, at):
    user = getattr(cast, who)
    shown = set(urls(page(user).get("/").context["ui"]["menu"]))
    for address in addresses(menu.MENU):
        opened_by = resolve(address).func.view_class.action
        allowed = not opened_by or actor_for(user, now=at.now).may(opened_by)
        assert allowed == (address in shown), address


def urls(items):
    for item in items:
        yield item["url"]
        yield from urls(item["children"])


def addresses(entries):
    for entry in entries:
        if entry.url_name and (address := url_or_nothing(entry.url_name)):
            yield address
        yield from addresses(entry.children)


def test_of_lines_whose_addresses_begin_alike_one_is_the_page(cast, page):
    menu = page(cast.chief).get("/sign-ins/review/").text.split("</nav>")[0]
    assert menu.count('aria-current="page"') == 1


def test_an_unknown_address_says_so_and_keeps_the_menu(cast, page):
    answer = page(cast.chief).get("/no-such-page/")
    assert answer.status_code == 404
    assert "没有找到这个页面" in answer.text
    assert reverse("home") in menu_of(answer.text)


def test_an_unknown_address_without_signing_in_has_no_menu(world, page):
    assert 'class="sidebar"' not in page().get("/no-such-page/").text


def test_a_refusal_is_a_page_with_its_sentence_and_a_way_back(cast, page):
    answer = page(cast.proctor).post(reverse("drill-jump", args=["P1"]), {"at": "2025-12-06T08:00:00+08:00"})
    assert answer.status_code == 403
    assert "您的角色不能执行此操作" in answer.text
    assert "返回上一页" in answer.text


def test_a_jump_moves_the_drill_to_just_before_the_moment(drill_world, at, page):
    browser = page(drill_world.cast.hq)
    browser.post(reverse("drill-jump", args=["P1"]), {"at": "2025-12-06T08:25:00+08:00"})
    drill_world.plan.refresh_from_db()
    assert drill_world.plan.plan_time(at.now).isoformat() == "2025-12-06T00:24:50+00:00"
    assert Event.objects.filter(kind="drill.jumped").count() == 1


def test_the_bar_of_an_open_page_follows_somebody_elses_jump(drill_world, at, page):
    bar, chief = reverse("drill-bar", args=["P1"]), page(drill_world.cast.chief)
    seen = chief.get(bar)["ETag"]
    assert chief.get(bar, headers={"If-None-Match": seen}).status_code == 304
    page(drill_world.cast.hq).post(reverse("drill-jump", args=["P1"]), {"at": "2025-12-06T09:00:00+08:00"})
    after = chief.get(bar, headers={"If-None-Match": seen})
    assert (after.status_code, after["X-Clock-Now"]) == (200, "2025-12-06T00:59:50+00:00")


def test_a_real_plan_has_no_bar(world, cast, page):
    assert page(cast.hq).get(reverse("drill-bar", args=["P1"])).status_code == 409


def test_a_real_plan_has_no_jump(world, cast, page):
    answer = page(cast.hq).post(
        reverse("drill-jump", args=["P1"]), {"at": "2025-12-06T08:25:00+08:00"}, follow=True
    )
    assert "时钟不可调整" in answer.text


def test_the_frame_of_whoever_has_read_everything_costs_one_look(world, at, rf, django_assert_num_queries):
    request = rf.get("/")
    request.actor = actor_for(world.cast.chief, now=at.now)
    with django_assert_num_queries(1):
        assert menu.ui(request)["ui"]["menu"]
