"""Polls of the boards: what an unchanged one costs, and that nothing which ends or changes is missed (C4, E2)."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from exam_ops.core import drill, polls
from exam_ops.core.models import Delegation, Membership, User
from tests.verification.scenes import sign_in
from verification.selectors import kept_figures

POLL = {"HTTP_HX_REQUEST": "true"}
LONG = 3600.0


def address(world, name: str) -> str:
    plan, unit = world.plan.code, world.unit.code
    return {
        "site": reverse("sign-in-board", args=[world.site_unit.pk]),
        "room": reverse("sign-in-room", args=[world.room.pk]),
        "branch": reverse("sign-in-branch", args=[plan, unit, "A"]),
        "unit": reverse("sign-in-unit", args=[plan, unit]),
        "units": reverse("sign-in-units", args=[plan]),
    }[name]


class Viewer:
    """A page that polls: it keeps the ETag of what it shows."""

    def __init__(self, browser, url: str) -> None:
        self.browser, self.url, self.etag = browser, url, ""

    def poll(self):
        answer = self.browser.get(self.url, HTTP_IF_NONE_MATCH=self.etag, **POLL)
        self.etag = answer.get("ETag", self.etag)
        return answer

    def settled(self) -> "Viewer":
        """Once drawn, once asked again: from then on the process knows what the answer depends on."""
        assert self.poll().status_code == 200
        assert self.poll().status_code == 304
        return self


@pytest.fixture
def viewer(world, page):
    """`viewer(user, "site")`: that user before that board."""
    return lambda user, name: Viewer(page(user), address(world, name))


@pytest.mark.parametrize("name", ["site", "room", "branch", "unit", "units"])
@pytest.mark.parametrize(("memory", "statements"), [(LONG, 0), (0.0, 1)])
def test_an_unchanged_poll_costs_one_statement_for_all_who_ask_in_half_a_second(
    cast, viewer, settings, name, memory, statements, django_assert_num_queries
):
    settings.POLL_MEMORY, settings.FIGURES_KEPT = memory, LONG
    asked = viewer(cast.hq, name).settled()
    with django_assert_num_queries(statements):
        answer = asked.poll()
    assert (answer.status_code, answer["X-Clock-Now"][:16]) == (304, "2025-12-06T00:10")
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize("name", ["site", "room", "branch", "unit", "units"])
def test_a_change_is_drawn(world, cast, viewer, at, name):
    asked = viewer(cast.hq, name).settled()
    sign_in(world.sitting, cast.proctor, now=at.now)
    assert asked.poll().status_code == 200
    assert asked.poll().status_code == 304


@pytest.mark.parametrize("name", ["site", "unit"])
def test_a_passing_minute_is_drawn_though_nothing_happened(cast, viewer, at, name):
    asked = viewer(cast.hq, name).settled()
    at("T-19m")
    assert asked.poll().status_code == 200


def log_out(chief) -> None:
    Session.objects.all().delete()


def dismiss(chief) -> None:
    User.objects.filter(pk=chief.pk).update(is_active=False)


def change_password(chief) -> None:
    chief.set_password("another")
    chief.save()


def take_role(chief) -> None:
    Membership.objects.filter(user=chief).delete()


@pytest.mark.parametrize(
    ("ends", "status"), [(log_out, 302), (dismiss, 302), (change_password, 302), (take_role, 403)]
)
@pytest.mark.parametrize("name", ["site", "branch"])
def test_who_may_no_longer_look_is_not_told_that_nothing_changed(cast, viewer, ends, status, name):
    asked = viewer(cast.chief, name).settled()
    ends(cast.chief)
    assert asked.poll().status_code == status


def test_a_delegation_ends_with_its_time(world, cast, viewer, at):
    Delegation.objects.create(
        site=world.site, deputy=cast.nobody, granted_by=cast.chief, granted_at=at.now, reason="x",
        valid_from=at.now, valid_until=at.now + timedelta(seconds=30),
    )  # fmt: skip
    asked = viewer(cast.nobody, "site").settled()
    at.now += timedelta(seconds=30)
    assert asked.poll().status_code == 403


def test_an_answer_is_its_askers_own(cast, viewer):
    asked = viewer(cast.hq, "site").settled()
    other = viewer(cast.stranger, "site")
    other.etag = asked.etag
    assert other.poll().status_code == 404


def test_a_jump_of_the_drill_is_followed_at_once(drill_world, page, at, settings):
    settings.FIGURES_KEPT = LONG
    asked = Viewer(page(drill_world.cast.hq), address(drill_world, "unit")).settled()
    drill.jump(drill_world.plan, to=drill_world.unit.start, now=at.now, actor=None)
    answer = asked.poll()
    assert (answer.status_code, answer["X-As-Of"]) == (200, "08:30:00")
    assert answer["X-Clock-Now"].startswith("2025-12-06T00:30")


def test_figures_are_counted_once_for_all_who_look(
    world, cast, page, at, settings, django_assert_max_num_queries
):
    settings.FIGURES_KEPT = LONG
    url = address(world, "unit")
    page(cast.hq).get(url)
    other = page(cast.hq2)
    sign_in(world.sitting, cast.proctor, now=at.now)
    at.now += timedelta(seconds=3)
    with django_assert_max_num_queries(7):  # who asks, plan, unit and branches
        html = other.get(url, **POLL).content.decode()
    assert '数据截至 <span class="num" data-as-of>08:10:00' in html
    settings.FIGURES_KEPT = 0.0
    assert "data-as-of>08:10:03" in page(cast.hq).get(url).content.decode()


def test_older_figures_of_another_process_do_not_undo_newer_ones(
    world, cast, viewer, at, settings, monkeypatch
):
    settings.FIGURES_KEPT = LONG
    asked = viewer(cast.hq, "unit")
    asked.poll()
    lagging = dict(kept_figures._places)
    kept_figures.forget()
    at.now += timedelta(seconds=2)
    sign_in(world.sitting, cast.proctor, now=at.now)
    assert asked.poll().status_code == 200
    monkeypatch.setattr(kept_figures, "_places", lagging)
    polls.forget()
    assert asked.poll().status_code == 304
