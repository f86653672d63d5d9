"""Rooms without two certified proctors are pressed on site and branch, and become an incident at T−48 h (C9)."""

from datetime import timedelta

import pytest

from exam_ops.core import drill, outbox
from exam_ops.core.deadlines.registry import Firing
from exam_ops.core.models import OutboxMessage, ProctorProfile
from incidents.models import Incident, Notification
from proctors import deadlines
from proctors.selectors import short_rooms
from tests import world as worlds
from tests.conftest import moment


@pytest.fixture
def early(db, at):
    """The world as it stood ten days before the exam."""
    return worlds.build(now=moment("T-10d"))


def digests(world, at):
    """What reached the inboxes about the own site's rosters."""
    outbox.drain(now=at.now)
    return Notification.objects.filter(key__startswith=f"roster:{world.plan.pk}:{world.site.pk}:")


def short_in(world, key: str) -> bool:
    return short_rooms([world.rooms[key].site_unit], needed=2).filter(pk=world.rooms[key].pk).exists()


def test_a_room_with_two_certified_proctors_is_not_short(world):
    assert not short_in(world, "A1/301")


def test_a_room_with_one_proctor_is_short(world):
    assert short_in(world, "A1/302")


def test_an_uncertified_proctor_does_not_count(world):
    ProctorProfile.objects.filter(user=world.cast.second).update(status="pending")
    assert short_in(world, "A1/301")


def test_seven_days_before_site_and_integrity_officer_are_told(early, at):
    at("T-7d")
    at.fire()
    told = digests(early, at)
    assert {n.user.username for n in told} == {"site_admin", "chief", "branch"}


def test_one_digest_per_site_and_day_names_every_unit_of_that_day(early, at):
    at("T-7d")
    at.fire()
    at.now += timedelta(hours=2)  # the second unit's own reminder comes on the same day
    at.fire()
    assert digests(early, at).filter(user=early.cast.chief).count() == 1
    body = Notification.objects.filter(user=early.cast.chief).latest("pk").body["zh"]
    assert "第1单元：302（已认证 1/2）" in body
    assert "第2单元：301（已认证 0/2）、302（已认证 0/2）" in body


def test_the_next_day_of_reminders_is_a_digest_of_its_own(early, at):
    for moment_ in ("T-7d", "T-3d"):
        at(moment_)
        at.fire()
    assert digests(early, at).filter(user=early.cast.chief).count() == 2


def test_a_full_site_hears_nothing(early, at):
    worlds.proctor("helper", early.site, early.rooms["A1/302"], position="second")
    for session in early.later_unit.site_units.get(site=early.site).room_sessions.all():
        for place in ("lead", "second"):
            worlds.proctor(f"{place}{session.pk}", early.site, session, position=place)
    at("T-7d")
    at.fire()
    assert not digests(early, at).exists()


def test_at_48_hours_the_short_rooms_become_one_incident_of_the_site(early, at):
    at("T-48h")
    at.fire()
    incident = Incident.objects.get(type="IDV-06", site_unit=early.site_unit)
    assert "302（已认证 1/2）" in incident.reports.get().note
    assert "301" not in incident.reports.get().note


def test_a_full_roster_opens_no_incident(early, at):
    worlds.proctor("helper", early.site, early.rooms["A1/302"], position="second")
    at("T-48h")
    at.fire()
    assert not Incident.objects.filter(site_unit=early.site_unit).exists()


def test_the_lock_is_set_wise(early, at, django_assert_max_num_queries):
    """Sites with full rosters cost nothing: one look for all of them."""
    for key, site_unit in early.site_units.items():
        for session in site_unit.room_sessions.all():
            session.roster.all().delete()
            for place in ("lead", "second"):
                worlds.proctor(f"{key}{place}{session.pk}", site_unit.site, session, position=place)
    firings = [Firing(s, "roster_locks", at.now) for s in early.site_units.values()]
    with django_assert_max_num_queries(1 + len(firings) * 2):  # the fixtures' lazy units and plans
        deadlines.lock(firings, at.now)
    assert not Incident.objects.exists()


def test_a_drill_that_begins_anew_may_remind_again(db, at):
    world = worlds.build(kind="drill", now=moment("T-10d"))
    at("T-7d")
    at.fire()
    assert OutboxMessage.objects.filter(key__startswith="roster:").exists()
    drill.reset(world.plan, to=moment("T-10d"), now=at.now, actor=None)
    assert not OutboxMessage.objects.filter(key__startswith="roster:").exists()
