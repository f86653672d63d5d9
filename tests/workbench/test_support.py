"""技术支持: whose queue a technical incident stands in, and what is done there (A1)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from exam_ops.core import drill
from exam_ops.core.models import Membership, User
from incidents.models import CardTick, Incident, Report, Shift
from incidents.services import acts, opening
from incidents.services import desk as services
from tests.world import T


def desk(browser, **query) -> str:
    return browser.get(reverse("support-desk"), query).text


def report(world, at, type="IDV-03", site="A1", room=None):
    return opening.open_or_join(
        type=type, site_unit=world.site_units[site], room_session=room, actor=world.cast.proctor, now=at.now
    )


def take(browser, incident):
    return browser.post(reverse("support-taking", args=[incident.pk]), follow=True)


@pytest.fixture
def local(world):
    """A supporter of the own branch's desk."""
    user = User.objects.create(username="local", name="本地支持")
    Membership.objects.create(user=user, role="support", branch=world.branch)
    return user


def test_a_technical_incident_stands_in_the_queue_at_once(world, cast, page, at):
    incident = report(world, at, room=world.room)
    text = desk(page(cast.support))
    assert incident.number in text
    assert "301考场" in text


def test_other_incidents_do_not(world, cast, page, at):
    assert report(world, at, type="IDV-06").number not in desk(page(cast.support))


def test_the_oldest_untaken_comes_first_and_the_taken_last(world, cast, page, at):
    taken, old = report(world, at), report(world, at, site="A2")
    services.take(taken, actor=cast.support, now=at.now)
    at.now += timedelta(minutes=1)
    young = report(world, at, site="B1")
    text = desk(page(cast.support))
    places = [text.index(f'id="line-{incident.pk}"') for incident in (old, young, taken)]
    assert places == sorted(places)


@pytest.mark.parametrize(("seconds", "there"), [(299, False), (300, True), (301, True)])
def test_the_branch_s_desk_has_it_alone_for_five_minutes(seconds, there, world, cast, local, page, at):
    incident = report(world, at)
    at.now += timedelta(seconds=seconds)
    assert (incident.number in desk(page(cast.support))) is there
    assert incident.number in desk(page(local))


def test_what_the_branch_took_stays_with_it(world, cast, local, page, at):
    incident = report(world, at)
    services.take(incident, actor=local, now=at.now)
    at.now += timedelta(hours=1)
    assert incident.number not in desk(page(cast.support))
    assert incident.number in desk(page(cast.support), desk="all")


def test_without_anybody_on_duty_at_the_branch_it_stands_at_headquarters_at_once(
    world, cast, local, page, at
):
    incident, browser = report(world, at), page(cast.support)
    times = {"starts_at": T - timedelta(hours=3), "ends_at": at.now}
    assert incident.number not in desk(browser)
    Shift.objects.create(level="support", branch=world.branch, user=local, **times)
    assert incident.number in desk(browser)


def test_a_branch_without_a_desk_is_headquarters(world, local, cast, page, at):
    assert report(world, at, site="B1").number in desk(page(cast.support))


def test_a_drill_s_desk_follows_its_clock(drill_world, page, at):
    world, plan = drill_world, drill_world.plan
    user = User.objects.create(username="local", name="local")
    Membership.objects.create(user=user, role="support", branch=world.branch)
    incident, browser = report(world, at), page(world.cast.support)
    assert incident.number not in desk(browser)
    drill.jump(plan, to=plan.plan_time(at.now) + timedelta(minutes=5), now=at.now, actor=None)
    assert incident.number in desk(browser)


def test_taking_shows_the_time_to_first_answer_and_the_steps(world, cast, page, at):
    incident = report(world, at)
    at.now += timedelta(seconds=95)
    text = take(page(cast.support), incident).text
    assert Incident.objects.get(pk=incident.pk).taken_by == cast.support
    assert "01:35" in text
    assert f'id="hand-{incident.pk}"' in text


def test_the_second_to_take_it_is_told_who_has_it(world, cast, local, page, at):
    incident = report(world, at)
    services.take(incident, actor=local, now=at.now)
    assert "本地支持 已接手" in take(page(cast.support), incident).text
    assert Incident.objects.get(pk=incident.pk).taken_by == local


def test_a_step_is_ticked_at_the_desk(world, cast, page, at):
    incident = report(world, at)
    services.take(incident, actor=cast.support, now=at.now)
    key = incident.kind.steps_for("support")[0].key
    answer = page(cast.support).post(reverse("support-tick", args=[incident.pk]), {"step": key}, follow=True)
    assert CardTick.objects.get(incident=incident).by == cast.support
    assert "已完成" in answer.text


def test_given_back_somebody_else_takes_it(world, cast, local, page, at):
    incident = report(world, at)
    services.take(incident, actor=local, now=at.now)
    page(local).post(reverse("support-giving-back", args=[incident.pk]))
    assert Incident.objects.get(pk=incident.pk).taken_by is None


def test_passed_on_it_stands_at_headquarters(world, cast, local, page, at):
    incident = report(world, at)
    services.take(incident, actor=local, now=at.now)
    page(local).post(reverse("support-passing-on", args=[incident.pk]), {"note": "已重装 App"})
    assert incident.number in desk(page(cast.support))


def test_passing_on_without_a_word_is_refused_beside_the_field(world, local, page, at):
    incident = report(world, at)
    services.take(incident, actor=local, now=at.now)
    answer = page(local).post(reverse("support-passing-on", args=[incident.pk]), {"note": " "})
    assert answer.status_code == 422
    assert "请写明已经试过的办法" in answer.text


def test_median_and_slowest_first_answer_of_the_day(world, cast, page, at):
    began = at.now
    for seconds, site in ((10, "A1"), (40, "A2"), (90, "B1")):
        at.now = began
        incident = report(world, at, site=site)
        services.take(incident, actor=cast.support, now=began + timedelta(seconds=seconds))
    at.now = began + timedelta(minutes=5)
    text = desk(page(cast.support))
    assert text.index("00:40") < text.index("01:30")
    at("T+1d")
    assert "00:40" not in desk(page(cast.support), state="waiting")


@pytest.mark.parametrize(
    ("query", "shown"), [({"type": "NET"}, False), ({"state": "taken"}, False), ({"branch": "B"}, False),
                         ({"type": "IDV-03"}, True), ({"state": "waiting"}, True), ({"branch": "A"}, True)]
)  # fmt: skip
def test_the_queue_is_filtered(query, shown, world, cast, page, at):
    incident = report(world, at)
    assert (incident.number in desk(page(cast.support), **query)) is shown


def test_a_filter_that_leaves_nothing_says_so(world, cast, page, at):
    report(world, at)
    assert "没有符合条件的事件" in desk(page(cast.support), state="own")


def test_branch_officers_look_on(world, cast, page, at):
    here, there = report(world, at), report(world, at, site="B1")
    text = desk(page(cast.branch))
    assert here.number in text
    assert there.number not in text
    assert "我来处理" not in text


def test_an_incident_outside_the_scope_cannot_be_taken(world, local, page, at):
    assert take(page(local), report(world, at, site="B1")).status_code == 404


def test_a_chief_has_no_desk(cast, page):
    assert page(cast.chief).get(reverse("support-desk")).status_code == 403


def test_an_empty_queue_says_so(cast, page):
    assert "没有等待的技术事件" in desk(page(cast.support))


def test_a_quiet_queue_is_answered_briefly_until_time_passes_it_on(world, cast, local, page, at):
    browser, address = page(cast.support), reverse("support-desk")
    incident = report(world, at)
    first = browser.get(address, headers={"HX-Request": "true"})
    quiet = {"HX-Request": "true", "If-None-Match": first["ETag"]}
    assert browser.get(address, headers=quiet).status_code == 304
    at.now = incident.desk_passes_on_at
    assert incident.number in browser.get(address, headers=quiet).text


def call(browser, world, **more):
    said = {
        "id": "7d0c1c1e-7f57-4a39-8d8e-6f4b0f0b8a11", "caller_name": "示例来电人", "caller_phone": "000-0000",
        "plan": "P1", "unit": "U1", "site": "A1", "room": "301", "type": "IDV-03", "note": "登录不了", "takes": "on",
    }  # fmt: skip
    return browser.post(reverse("support-call"), said | more)


def test_a_call_is_written_down_once_and_taken(world, cast, page):
    browser = page(cast.support)
    assert [call(browser, world).status_code for _ in range(2)] == [302, 302]
    row = Report.objects.get()
    assert (row.caller, row.room_session, row.reporter) == ("示例来电人 000-0000", world.room, cast.support)
    assert row.incident.taken_by == cast.support
    assert "示例来电人 000-0000" in desk(browser)


def test_a_call_may_be_left_to_the_queue(world, cast, page):
    call(page(cast.support), world, takes="")
    assert Incident.objects.get().taken_by is None


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"caller_name": ""}, "请填写来电人姓名"),
        ({"caller_phone": ""}, "请填写来电号码"),
        ({"note": ""}, "请写明来电人所说的情况"),
        ({"type": ""}, "请选择事件类型"),
        ({"type": "HLT"}, "HLT"),
        ({"site": "B9"}, "不在您的范围内"),
    ],
)
def test_a_refused_call_keeps_what_was_typed(more, sentence, world, cast, page):
    answer = call(page(cast.support), world, **more)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not Incident.objects.exists()


def test_a_call_from_outside_the_branch_is_refused(world, local, page):
    assert call(page(local), world, site="B1").status_code == 422
    assert not Incident.objects.exists()


def test_the_form_of_a_call_is_shown(cast, page):
    assert "来电号码" in page(cast.support).get(reverse("support-call")).text


def test_any_act_by_support_is_a_first_answer(world, cast, page, at):
    incident = report(world, at)
    at.now += timedelta(seconds=20)
    acts.tick(incident, incident.kind.cards[0].key, actor=cast.support, now=at.now)
    assert "00:20" in desk(page(cast.support))
