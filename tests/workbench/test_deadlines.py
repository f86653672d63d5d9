"""期限总览: what is due, what was carried out, late, skipped, failed; by scope, day, place and state; live."""

from datetime import timedelta

import pytest
from django.urls import reverse

from exam_ops.core import drill
from exam_ops.core.models import DeadlineRecord, RoomSession, SiteUnit
from exam_ops.workbench.selectors import deadlines
from incidents.models import Decision, Incident
from incidents.services import opening
from tests import world as worlds
from tests.conftest import moment

URL = "/deadlines/"


def lines(browser, **query):
    """(time, key) → counts other than zero, of everything the page shows."""
    context = browser.get(URL, query).context
    rows = [*context["troubled"], *context["ahead"], *context["past"]]
    return {
        (deadlines_time(row["line"].at), row["line"].key): {s: n for s, n in row["line"].counts.items() if n}
        for row in rows
    }


def deadlines_time(at):
    return at.astimezone(deadlines.BEIJING).strftime("%H:%M")


def test_all_deadlines_of_the_day_with_how_many_sites(cast, page):
    found = lines(page(cast.hq))
    assert found["08:25", "escalation"] == {"ahead": 3}
    assert found["10:25", "escalation"] == {"ahead": 3}  # of the second unit
    assert found["09:30", "forced_submission+60"] == {"ahead": 3}
    assert ("08:30", "offline_closes") not in found  # of the day after


@pytest.mark.parametrize(("who", "sites"), [("hq", 3), ("branch", 2), ("chief", 1), ("stranger", 1)])
def test_everybody_sees_the_own_scope(cast, page, who, sites):
    assert lines(page(getattr(cast, who)))["08:25", "escalation"] == {"ahead": sites}


@pytest.mark.parametrize("who", ["proctor", "candidate", "nobody"])
def test_it_is_a_page_of_the_offices(cast, page, who):
    assert page(getattr(cast, who)).get(URL).status_code == 403


@pytest.mark.parametrize(("when", "state"), [("T-301s", "ahead"), ("T-5m", "due"), ("T-299s", "due")])
def test_what_has_come_is_due_whether_a_worker_lives_or_not(cast, page, at, when, state):
    at(when)
    assert lines(page(cast.hq))["08:25", "escalation"] == {state: 3}


def test_due_stands_on_top_and_says_so(cast, page, at):
    at("T-5m")
    text = page(cast.hq).get(URL).text
    assert "已到点，还没有执行完" in text
    assert "到点，执行中" in text


def test_carried_out_it_is_past_with_its_lag(cast, page, at):
    at("T-299s")
    at.fire()
    context = page(cast.hq).get(URL).context
    [line] = [row["line"] for row in context["past"] if row["line"].key == "escalation"]
    assert (line.counts["fired"], line.lag) == (3, timedelta(seconds=1))
    assert not context["troubled"]


def test_late_skipped_and_failed_are_told_apart(world, cast, page, at):
    at("T-29m")
    at.fire()
    for site_unit, outcome in zip(world.site_units.values(), ("late", "skipped", "failed"), strict=True):
        DeadlineRecord.objects.filter(site_unit=site_unit, deadline="entry_opens").update(outcome=outcome)
    assert lines(page(cast.hq))["08:00", "entry_opens"] == {"late": 1, "skipped": 1, "failed": 1}
    assert set(lines(page(cast.hq), state="failed")) == {("08:00", "entry_opens")}


def test_a_moved_site_has_its_own_line_and_keeps_what_is_not_done_again(world, cast, page, at):
    at("T-29m")
    at.fire()
    SiteUnit.objects.filter(pk=world.site_unit.pk).update(
        start=moment("T+30m"), end=moment("E+30m"), generation=1
    )
    found = lines(page(cast.hq))
    assert found["08:25", "escalation"] == {"ahead": 2}
    assert found["08:55", "escalation"] == {"ahead": 1}
    assert found["08:30", "entry_opens"] == {"fired": 1}  # opened once, at the old time


def test_the_day_may_be_chosen(cast, page):
    found = lines(page(cast.hq), day="2025-12-07")
    assert found == {("10:00", "offline_closes"): {"ahead": 3}, ("12:00", "offline_closes"): {"ahead": 3}}
    assert "这一天没有期限" in page(cast.hq).get(URL, {"day": "2024-01-01"}).text


@pytest.mark.parametrize("day", ["2025-13-45", "x", "1"])
def test_an_unreadable_day_is_the_nearest(cast, page, day):
    assert ("08:25", "escalation") in lines(page(cast.hq), day=day)


@pytest.mark.parametrize(("chosen", "sites"), [({"branch": "A"}, 2), ({"site": "B1"}, 1)])
def test_a_place_may_be_chosen(cast, page, chosen, sites):
    assert lines(page(cast.hq), **chosen)["08:25", "escalation"] == {"ahead": sites}


def test_counts_are_filters(cast, page, at):
    at("T-29m")
    at.fire()
    counts = {c["key"]: c for c in page(cast.hq).get(URL).context["counts"]}
    assert counts["fired"]["value"] > 0
    shown = page(cast.hq).get(counts["fired"]["url"]).context
    assert not shown["ahead"]
    assert shown["past"]


def test_a_count_leads_to_its_site_units(world, cast, page, at):
    at("T-29m")
    at.fire()
    DeadlineRecord.objects.filter(site_unit=world.site_unit, deadline="entry_opens").update(
        outcome="failed", error="ValueError: x"
    )
    [row] = [r for r in page(cast.hq).get(URL).context["troubled"] if r["line"].key == "entry_opens"]
    urls = {chip["state"]: chip["url"] for chip in row["chips"]}
    failed = page(cast.hq).get(urls["failed"]).text
    assert "城东考点" in failed
    assert "ValueError: x" in failed
    assert "云岭考点" not in failed
    assert len(page(cast.branch).get(urls["fired"]).context["rows"]) == 1


def test_site_units_that_wait_are_listed_before_and_after(cast, page, at):
    url = reverse("deadline-site-units", args=["P1", "escalation"])
    when = {"at": moment("T-5m").isoformat()}
    assert {r["standing"].state for r in page(cast.hq).get(url, when).context["rows"]} == {"ahead"}
    assert len(page(cast.hq).get(url, when | {"state": "due"}).context["rows"]) == 0
    at("T-5m")
    assert len(page(cast.hq).get(url, when | {"state": "due"}).context["rows"]) == 3


def test_a_paper_s_own_end_is_found_by_its_length(world, cast, page):
    SiteUnit.objects.filter(pk=world.site_unit.pk).update(paper_minutes=[45])
    assert lines(page(cast.hq))["09:15", "forced_submission+45"] == {"ahead": 1}
    url = reverse("deadline-site-units", args=["P1", "forced_submission+45"])
    rows = page(cast.hq).get(url, {"at": moment("T+45m").isoformat()}).context["rows"]
    assert [r["standing"].site_unit.site.code for r in rows] == ["A1"]


@pytest.mark.parametrize("query", [{}, {"at": "x"}, {"at": "2025-12-06T08:25"}])
def test_without_an_instant_there_is_nothing(cast, page, query):
    assert (
        page(cast.hq).get(reverse("deadline-site-units", args=["P1", "escalation"]), query).status_code == 404
    )


def test_the_next_rung_of_an_incident_stands_among_them(world, cast, page, at):
    incident = opening.open_or_join(
        type="NET", site_unit=world.site_unit, room_session=None, actor=cast.site_admin, now=at.now
    )
    [due] = page(cast.chief).get(URL).context["objects"].lines
    assert (due.number, due.at) == (incident.number, Incident.objects.get().next_due_at)
    assert page(cast.stranger).get(URL).context["objects"].lines == []


def test_it_says_what_the_next_rung_is(world, cast, page, at):
    opening.open_or_join(
        type="NET", site_unit=world.site_unit, room_session=None, actor=cast.site_admin, now=at.now
    )
    [due] = page(cast.hq).get(URL).context["objects"].lines
    assert due.what == "无人确认则通知分部"


def test_a_decision_s_time_to_be_confirmed_stands_among_them_for_headquarters(world, cast, page, at):
    Decision.objects.create(
        plan=world.plan, kind="delay", minutes=15, reason="x", proposed_by=cast.hq, proposed_at=at.now,
        next_due_at=moment("T-15m"),
    )  # fmt: skip
    assert [d.at for d in page(cast.hq2).get(URL).context["objects"].lines] == [moment("T-15m")]
    assert page(cast.branch).get(URL).context["objects"].lines == []


def poll(browser, etag=""):
    headers = {"HX-Request": "true"} | ({"If-None-Match": etag} if etag else {})
    return browser.get(URL, headers=headers)


def test_a_quiet_poll_is_answered_briefly(cast, page, at, django_assert_max_num_queries):
    browser = page(cast.hq)
    etag = poll(browser)["ETag"]
    with django_assert_max_num_queries(6):  # session, account, memberships, delegations, nearest unit, mark
        assert poll(browser, etag).status_code == 304


def test_a_poll_draws_anew_when_time_or_the_engine_moved(cast, page, at):
    browser = page(cast.hq)
    before = poll(browser)["ETag"]
    at("T-5m")
    due = poll(browser, before)
    assert due.status_code == 200
    at.fire()
    assert poll(browser, due["ETag"]).status_code == 200


def test_it_follows_a_drill_s_jump(drill_world, page, at):
    cast = drill_world.cast
    browser = page(cast.hq)
    etag = poll(browser)["ETag"]
    drill.jump(drill_world.plan, to=moment("T-5m"), now=at.now, actor=None)
    assert poll(browser, etag).status_code == 200
    assert lines(browser)["08:25", "escalation"] == {"due": 3}
    at.fire()
    drill.jump(drill_world.plan, to=moment("T"), now=at.now, actor=None)
    assert lines(browser)["08:25", "escalation"] == {"fired": 3}


def test_its_statements_do_not_grow_with_the_sites(world, cast, page, django_assert_max_num_queries):
    def grow(n):
        sites = worlds.ExamSite.objects.bulk_create(
            worlds.ExamSite(code=f"X{n}-{i}", name=f"X{i}", branch=world.branch) for i in range(n)
        )
        made = worlds.schedule.create(
            [
                worlds.SiteUnit(site=s, unit=world.unit, start=world.unit.start, end=world.unit.end)
                for s in sites
            ],
            world.plan,
            now=moment("T-9d"),
        )
        rooms = worlds.ExamRoom.objects.bulk_create(worlds.ExamRoom(site=s, room_no="1") for s in sites)
        RoomSession.objects.bulk_create(
            RoomSession(site_unit=unit, room=room) for unit, room in zip(made, rooms, strict=True)
        )

    browser = page(cast.hq)
    for extra in (1, 60):
        grow(extra)
        with django_assert_max_num_queries(26):
            assert browser.get(URL).status_code == 200
