"""技术支持: the queue of technical incidents and the search by any key (A1, E11)."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.urls import reverse

from exam_ops.core.models import Device
from incidents.models import Incident
from incidents.services import acts, opening


def desk(browser, **query) -> str:
    return browser.get(reverse("support-desk"), query).text


def report(world, at, type="IDV-03", site="A1", room=None):
    return opening.open_or_join(
        type=type, site_unit=world.site_units[site], room_session=room, actor=world.cast.proctor, now=at.now
    )


def take(browser, incident):
    return browser.post(reverse("support-taking", args=[incident.pk]), follow=True)


def test_a_technical_incident_stands_in_the_queue_at_once(world, cast, page, at):
    incident = report(world, at, room=world.room)
    text = desk(page(cast.support))
    assert incident.number in text
    assert "301考场" in text


def test_other_incidents_do_not(world, cast, page, at):
    assert report(world, at, type="IDV-06").number not in desk(page(cast.support))


def test_the_oldest_unanswered_comes_first_and_the_taken_last(world, cast, page, at):
    taken, old = report(world, at), report(world, at, site="A2")
    acts.acknowledge(taken, actor=cast.support, now=at.now)
    at.now += timedelta(minutes=1)
    young = report(world, at, site="B1")
    text = desk(page(cast.support))
    places = [text.index(incident.number) for incident in (old, young, taken)]
    assert places == sorted(places)


def test_taking_acknowledges_and_shows_the_time_to_first_answer(world, cast, page, at):
    incident = report(world, at)
    at.now += timedelta(seconds=95)
    text = take(page(cast.support), incident).text
    assert Incident.objects.get(pk=incident.pk).acknowledged_by == cast.support
    assert "01:35" in text


def test_the_second_to_take_it_is_told_who_has_it(world, cast, page, at):
    incident = report(world, at)
    acts.acknowledge(incident, actor=cast.hq, now=at.now)
    assert "hq" in take(page(cast.support), incident).text
    assert Incident.objects.get(pk=incident.pk).acknowledged_by == cast.hq


def test_branch_support_sees_its_branch(world, cast, page, at):
    here, there = report(world, at), report(world, at, site="B1")
    text = desk(page(cast.branch))
    assert here.number in text
    assert there.number not in text


def test_an_incident_outside_the_scope_cannot_be_taken(world, cast, page, at):
    assert take(page(cast.branch), report(world, at, site="B1")).status_code == 404


def test_a_chief_has_no_desk(cast, page):
    assert page(cast.chief).get(reverse("support-desk")).status_code == 403


def test_an_empty_queue_says_so(cast, page):
    assert "没有等待的技术事件" in desk(page(cast.support))


def test_a_quiet_queue_is_answered_briefly(world, cast, page, at):
    browser, address = page(cast.support), reverse("support-desk")
    first = browser.get(address, headers={"HX-Request": "true"})
    quiet = {"HX-Request": "true", "If-None-Match": first["ETag"]}
    assert browser.get(address, headers=quiet).status_code == 304
    report(world, at)
    assert browser.get(address, headers=quiet).status_code == 200


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
