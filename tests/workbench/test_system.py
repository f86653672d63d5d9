"""系统管理: the engine's state in words, the log by keys, accounts and their locks (E11)."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.urls import reverse

from exam_ops.core import events, outbox
from exam_ops.core.deadlines import registry, watch
from exam_ops.core.models import DeadlineRecord, Effect, Event, OutboxMessage, SiteUnit
from exam_ops.workbench.selectors import log, state
from incidents.models import Incident


def show(browser, name, **query):
    return browser.get(reverse(name), query)


# --- 系统状态 -----------------------------------------------------------------------------------------------


def beats(at, *names):
    for name in names:
        watch.beat(name, now=at.now)


def test_all_is_well_while_everything_beats(cast, page, at):
    at.fire()
    beats(at, "tick", "canary", "audit")
    assert "一切正常" in show(page(cast.support), "system-state").text


def test_a_silent_worker_is_told_with_what_to_do(cast, page, at):
    beats(at, "tick", "canary")
    at.now += timedelta(minutes=1)
    text = show(page(cast.hq), "system-state").text
    assert "worker 没有响应" in text
    assert "Redis" in text


@pytest.mark.parametrize(
    "code", ["engine_late", "deadline_failing", "worker_silent", "beat_silent", "clock_skewed"]
)
def test_every_problem_has_words_and_advice(code):
    assert all(state.PROBLEMS[code])


def test_a_failed_deadline_stands_there_with_its_error(world, cast, page, at):
    DeadlineRecord.objects.create(
        site_unit=world.site_unit, deadline="entry_opens", generation=9, due_at=at.now, outcome="failed",
        retry_at=at.now, error="ValueError: no such room",
    )  # fmt: skip
    text = show(page(cast.support), "system-state").text
    assert "ValueError: no such room" in text
    assert "城东考点" in text


def test_waiting_messages_are_counted(cast, page, at):
    outbox.put("inbox", "k", {}, now=at.now)
    found = state.system_state(now=at.now)
    assert found.state.outbox_depth == 1
    assert found.oldest_message == at.now


@pytest.fixture
def failed(world, at, monkeypatch):
    """A deadline whose handler failed, to be tried again in ten minutes; nothing else happens at a deadline."""
    monkeypatch.setattr(registry, "_handlers", {})
    return DeadlineRecord.objects.create(
        site_unit=world.site_unit, deadline="escalation", generation=0, due_at=at.now, outcome="failed",
        attempts=4, retry_at=at.now + timedelta(minutes=10), error="ValueError: no such room",
    )  # fmt: skip


def retry(browser, kind="deadline", key=0):
    return browser.post(reverse("system-retry"), {"kind": kind, "key": key}, follow=True)


@pytest.mark.parametrize("who", ["hq", "support"])
def test_what_failed_is_tried_at_once_on_demand_and_that_is_logged(who, failed, cast, page, at):
    answer = retry(page(getattr(cast, who)), key=failed.pk)
    assert "已安排立即重试" in answer.text
    assert "第 4 次" not in answer.text
    event = Event.objects.get(kind="engine.retried")
    assert (event.actor, event.data) == (getattr(cast, who), {"what": "escalation", "tries": 4})
    at.fire()
    failed.refresh_from_db()
    assert (failed.outcome, failed.retry_at) == ("late", None)


@pytest.mark.parametrize(
    ("kind", "key"),
    [("deadline", "0"), ("deadline", "x"), ("message", "x"), ("nonsense", "1"), ("incidents.Incident", "7"), ("", "")],
)  # fmt: skip
def test_what_no_longer_fails_cannot_be_retried(kind, key, failed, cast, page):
    assert "无需重试" in retry(page(cast.hq), kind, key).text
    assert not Event.objects.filter(kind="engine.retried").exists()


def test_nobody_else_retries(failed, cast, page):
    assert retry(page(cast.branch), key=failed.pk).status_code == 403


def test_an_incident_an_effect_and_a_message_that_fail_stand_there_too(world, cast, page, at):
    incident = Incident.objects.create(
        type="NET", grade=3, site_unit=world.site_unit, number="251206-00007", opened_at=at.now,
        next_due_at=at.now, failures=3, failed_why="spoilt climb", retry_at=at.now,
    )  # fmt: skip
    Effect.objects.create(
        site_unit=world.site_unit, kind="close_entry", generation=0, asked_at=at.now, due_at=at.now,
        attempts=1, error="spoilt effect",
    )  # fmt: skip
    outbox.put("inbox", "spoilt", {}, now=at.now)
    OutboxMessage.objects.filter(key="spoilt").update(attempts=3, error="spoilt message")
    text = show(page(cast.support), "system-state").text
    assert all(word in text for word in (incident.number, "spoilt climb", "spoilt effect", "spoilt message"))
    assert "2 项已报警" in text


def test_the_oldest_overdue_deadline_and_the_last_lag_are_shown(world, cast, page, at):
    watch.beat("firing", now=at.now, lag=0.8, fired=3)
    at("T-3m")
    found = state.system_state(now=at.now).state
    assert (found.oldest_overdue, found.last_lag) == (worlds_due(world), 0.8)
    assert "0.8 秒" in show(page(cast.hq), "system-state").text


def worlds_due(world):
    return min(site_unit.next_due_at for site_unit in SiteUnit.objects.all())


def test_the_state_is_polled_as_a_fragment(cast, page):
    answer = page(cast.hq).get(reverse("system-state"), headers={"HX-Request": "true"})
    assert "<html" not in answer.text


def test_a_chief_has_no_business_there(cast, page):
    assert show(page(cast.chief), "system-state").status_code == 403


# --- 事件日志 -----------------------------------------------------------------------------------------------


def happen(world, at, site="A1", kind="sign_in.passed", **about):
    return events.record(kind, now=at.now, actor=None, site_unit=world.site_units[site], **about)


def test_events_are_told_in_words(world, cast, page, at):
    happen(world, at, sitting=world.sitting)
    text = show(page(cast.branch), "event-log").text
    assert "签到成功" in text
    assert world.sitting.candidate.name in text


def test_an_unknown_kind_is_named_by_its_group(world, cast, page, at):
    happen(world, at, kind="client.something_new")
    assert "客户端登录" in show(page(cast.hq), "event-log").text


def test_a_branch_reads_its_own_events_alone(world, cast, page, at):
    happen(world, at, site="B1", subject="elsewhere")
    assert "elsewhere" not in show(page(cast.branch), "event-log").text
    assert "elsewhere" in show(page(cast.hq), "event-log").text


@pytest.mark.parametrize(
    ("query", "seen"),
    [({"plan": "P1"}, True), ({"plan": "P2"}, False), ({"site": "A1"}, True), ({"site": "A2"}, False),
     ({"plan": "P1", "unit": "U2"}, False), ({"kind": "sign_in"}, True), ({"kind": "entry"}, False)],
)  # fmt: skip
def test_the_log_is_narrowed(query, seen, world, cast, page, at):
    happen(world, at, subject="marked")
    assert ("marked" in show(page(cast.hq), "event-log", **query).text) == seen


def test_nonsense_in_the_address_shows_the_newest(world, cast, page, at):
    happen(world, at, subject="marked")
    assert "marked" in show(page(cast.hq), "event-log", before="²", after="x", kind="?").text


def test_pages_by_keys_show_each_event_once(world, cast, at):
    made = [happen(world, at).pk for _ in range(log.PER_PAGE + 7)]
    actor = log.access.actor_for(cast.hq, now=at.now)
    first = log.page(actor, log.Chosen())
    second = log.page(actor, log.Chosen(before=first.older))
    assert [e.pk for e in [*first.events, *second.events]] == made[::-1]
    assert second.older is None


def test_back_to_newer_pages(world, cast, at):
    for _ in range(2 * log.PER_PAGE):
        happen(world, at)
    actor = log.access.actor_for(cast.hq, now=at.now)
    first = log.page(actor, log.Chosen())
    second = log.page(actor, log.Chosen(before=first.older))
    again = log.page(actor, log.Chosen(after=second.newer))
    assert [e.pk for e in again.events] == [e.pk for e in first.events]
    assert again.newer is None


def test_a_page_of_the_log_costs_a_fixed_number_of_queries(
    world, cast, page, at, django_assert_max_num_queries
):
    for _ in range(log.PER_PAGE):
        happen(world, at, sitting=world.sitting, room_session=world.room)
    browser = page(cast.hq)
    with django_assert_max_num_queries(14):
        show(browser, "event-log")


# --- 账号与角色 ---------------------------------------------------------------------------------------------


def lock(user, agent="phone"):
    AccessAttempt.objects.create(
        username=user.username, user_agent=agent, ip_address="192.0.2.1", failures_since_start=5
    )


def unlock(browser, user, **more):
    return browser.post(reverse("account-unlock", args=[user.pk]), **more)


def test_a_site_sees_its_own_accounts_with_their_roles(cast, page):
    text = show(page(cast.site_admin), "account-list").text
    assert "chief" in text
    assert "城东考点" in text
    assert "sibling_chief" not in text


def test_an_account_is_found_by_name_and_role(cast, page):
    text = show(page(cast.hq), "account-list", q="chief", role="chief").text
    assert "sibling_chief" in text
    assert "site_admin" not in text.split("<tbody>")[1]


def test_a_lock_is_shown_and_can_be_filtered(cast, page):
    lock(cast.chief)
    text = show(page(cast.support), "account-list", locked="1").text
    assert "已锁定至" in text
    assert reverse("account-unlock", args=[cast.chief.pk]) in text
    assert reverse("account-unlock", args=[cast.proctor.pk]) not in text


def test_fewer_failures_are_no_lock(cast, page):
    lock(cast.chief)
    AccessAttempt.objects.update(failures_since_start=4)
    assert "已锁定至" not in show(page(cast.support), "account-list").text


@pytest.mark.parametrize("who", ["support", "site_admin", "hq"])
def test_unlocking_is_one_logged_act_over_all_devices(who, cast, page):
    lock(cast.proctor)
    lock(cast.proctor, agent="another")
    unlock(page(getattr(cast, who)), cast.proctor)
    assert not AccessAttempt.objects.filter(username="proctor").exists()
    event = Event.objects.get(kind="account.unlocked")
    assert (event.actor, event.subject) == (getattr(cast, who), "proctor")


@pytest.mark.parametrize(("who", "status"), [("sibling_admin", 404), ("chief", 403), ("branch", 403)])
def test_nobody_else_unlocks(who, status, cast, page):
    lock(cast.proctor)
    assert unlock(page(getattr(cast, who)), cast.proctor).status_code == status
    assert AccessAttempt.objects.exists()


def test_unlocking_leads_back_but_never_to_another_host(cast, page):
    answer = unlock(page(cast.support), cast.proctor, headers={"referer": "https://elsewhere.example/x"})
    assert answer.url == reverse("account-list")


def test_an_unlocked_person_signs_in_again(cast, page):
    cast.chief.set_password("a-long-and-quiet-secret")
    cast.chief.save()
    browser = page()
    for _ in range(5):
        browser.post(reverse("login"), {"username": "chief", "password": "wrong"})
    unlock(page(cast.site_admin), cast.chief)
    entered = browser.post(reverse("login"), {"username": "chief", "password": "a-long-and-quiet-secret"})
    assert entered.status_code == 302


def test_the_list_costs_a_fixed_number_of_queries(cast, page, django_assert_max_num_queries):
    browser = page(cast.hq)
    with django_assert_max_num_queries(16):
        show(browser, "account-list")
