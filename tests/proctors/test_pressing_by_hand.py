"""催办, and what the channels of the organisations hear of short rooms (C9)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from exam_ops.core import drill, outbox
from exam_ops.core.deadlines.registry import Firing
from exam_ops.core.models import Event, Membership, OutboxMessage
from exam_ops.rules.permissions import Role
from incidents.models import Channel, Delivery, Notification
from proctors import deadlines
from proctors.models import RosterPress
from tests.conftest import moment
from tests.journeys.voices import text

PRESS = reverse("roster-press")


@pytest.fixture
def channels(world, at):
    """A channel of the site, of its branch, of headquarters, and of another branch."""
    places = {
        "site": {"level": "site", "site": world.site},
        "branch": {"level": "branch", "branch": world.branch},
        "hq": {"level": "hq"},
        "other": {"level": "branch", "branch": world.other_branch},
    }
    return {
        name: Channel.objects.create(
            name=name, kind="webhook", address="https://example.test", changed_at=at.now, **place
        )
        for name, place in places.items()
    }


@pytest.fixture
def press(world, page):
    def send(user, site="A1", **more):
        body = {"plan": "P1", "site": site} | more
        return page(user).post(PRESS, body, follow=True)

    return send


def told(user, at) -> list[str]:
    outbox.drain(now=at.now)
    return [n.title["zh"] for n in Notification.objects.filter(user=user).order_by("pk")]


def heard(event) -> dict[str, int]:
    names = list(Delivery.objects.filter(event=event).values_list("channel_name", flat=True))
    return {name: names.count(name) for name in names}


def body_of(channel) -> str:
    return OutboxMessage.objects.get(kind="channel", payload__channel=channel.pk).payload["body"]["zh"]


def test_channels_above_the_site_hear_of_all_sites_of_a_branch_at_once(world, channels, at):
    at("T-7d")
    at.fire()
    assert heard("roster.short") == {"site": 1}
    assert heard("roster.short_branch") == {"branch": 1, "hq": 2, "other": 1}
    body = body_of(channels["branch"])
    assert "城东考点（3 个考场）" in body
    assert "302（已认证 1/2）" in body
    assert "城西考点（2 个考场）" in body
    assert "分部考风考纪管理员：branch" in body


def test_a_later_batch_of_the_day_says_it_to_no_channel_twice(world, channels, at):
    at("T-7d")
    for key in ("A1", "A2"):
        deadlines.remind([Firing(world.site_units[key], "roster_reminder_7d", at.now)], at.now)
    assert heard("roster.short_branch") == {"branch": 1, "hq": 1}
    assert "城西考点" in body_of(channels["branch"])


def test_without_an_integrity_officer_the_whole_branch_hears(world, at):
    Membership.objects.filter(role=Role.BRANCH, branch=world.branch).update(rights=[])
    at("T-7d")
    at.fire()
    assert any(title.startswith("监考编排提醒：城东考点") for title in told(world.cast.branch_duty, at))


def test_support_presses_a_site(world, cast, channels, press, at):
    at("T-3d")
    answer = press(cast.support)
    assert "已催办 城东考点：3 个考场未配足。" in text(answer)
    for user in (cast.site_admin, cast.chief, cast.branch):
        assert told(user, at) == ["催办：城东考点 有 3 个考场未配足已认证监考"]
    assert told(cast.branch_duty, at) == []
    assert heard("roster.pressed") == {"site": 1, "branch": 1, "hq": 1}
    assert Event.objects.get(kind="roster.pressed").actor == cast.support


@pytest.mark.parametrize(("seconds", "again"), [(3599, False), (3600, True), (3601, True)])
def test_the_same_site_is_pressed_once_an_hour_and_the_second_is_told_who_was_first(
    cast, press, at, seconds, again
):
    at("T-3d")
    press(cast.support)
    at(f"T-{3 * 86400 - seconds}s")
    answer = text(press(cast.branch))
    assert ("已催办 城东考点" in answer) is again
    assert ("support 已于 12-03 08:30 催办 城东考点。12-03 09:30 起可再次催办" in answer) is not again
    assert RosterPress.objects.get().pressed_by == (cast.branch if again else cast.support)


def test_a_site_that_lacks_nobody_is_not_pressed(world, cast, press, at):
    at("E+3h")
    assert "无需催办" in text(press(cast.support))
    assert not RosterPress.objects.exists()


def test_the_check_says_who_pressed_last_and_offers_no_second_press(cast, press, page, at):
    at("T-3d")
    browser = page(cast.branch)
    assert 'aria-label="催办 城东考点"' in browser.get(reverse("roster-check")).content.decode()
    press(cast.support)
    again = browser.get(reverse("roster-check"))
    assert "support 12-03 08:30 催办" in text(again)
    assert 'aria-label="催办 城东考点"' not in again.content.decode()


def test_the_desk_presses_the_site_that_a_caller_names(cast, press, page, at):
    at("T-3d")
    desk = page(cast.support).get(reverse("support-desk"), {"q": "城东"})
    assert 'aria-label="催办 城东考点"' in desk.content.decode()
    answer = press(cast.support, next=f"{reverse('support-desk')}?q=城东")
    assert answer.redirect_chain[-1][0].startswith(reverse("support-desk"))
    assert "support 12-03 08:30 催办" in text(answer)


def test_nobody_is_led_away_after_a_press(cast, page, at):
    at("T-3d")
    answer = page(cast.support).post(PRESS, {"plan": "P1", "site": "A1", "next": "https://example.test/"})
    assert answer["Location"] == reverse("roster-check")


def test_a_drill_that_begins_anew_forgets_its_presses(drill_world, page, at):
    at("T-3d")
    page(drill_world.cast.support).post(PRESS, {"plan": "P1", "site": "A1"})
    at.now += timedelta(seconds=5)
    drill.jump(drill_world.plan, to=moment("T-2d"), now=at.now, actor=None)
    page(drill_world.cast.support).post(PRESS, {"plan": "P1", "site": "A1"})
    assert OutboxMessage.objects.filter(payload__event="roster.pressed").count() == 2
    drill.reset(drill_world.plan, to=moment("T-3d"), now=at.now, actor=None)
    assert not RosterPress.objects.exists()
