"""Acts upon an incident: whose answer they are, handing over, closing, reopening, grades, reports, struck lines."""

from datetime import timedelta

import pytest

from exam_ops.core import outbox
from exam_ops.core.errors import Invalid
from incidents.models import Entry, Incident, Notification
from incidents.services import acts


def fresh(incident: Incident) -> Incident:
    return Incident.objects.select_related("site_unit__unit__plan").get(pk=incident.pk)


def kinds(incident: Incident) -> list[str]:
    return list(incident.entries.values_list("kind", flat=True))


@pytest.fixture
def say(at):
    """`say(acts.update, incident, actor, note="…")` acts now."""

    def act(what, incident, actor, **words):
        return what(incident, **words, actor=actor, now=at.now)

    return act


def at_branch(say, opened, cast) -> Incident:
    incident = opened("NET")
    say(acts.escalate, incident, cast.site_admin, note="请支援")
    return incident


# --- mine ---


def test_an_act_at_the_site_does_not_stop_the_branchs_clock(say, opened, cast, at):
    incident = at_branch(say, opened, cast)
    acts.tick(incident, incident.kind.cards[0].key, actor=cast.proctor, now=at.now)
    assert (fresh(incident).status, fresh(incident).level) == ("open", "branch")
    at("T-18m"), at.fire()
    assert fresh(incident).level == "hq"


def test_every_act_of_the_asked_level_acknowledges(say, opened, cast, at):
    for act, words in (
        (acts.update, {"note": "已联系运营商"}),
        (acts.regrade, {"grade": 2, "reason": ""}),
        (acts.acknowledge, {"note": ""}),
    ):
        Incident.objects.all().delete()
        incident = at_branch(say, opened, cast)
        say(act, incident, cast.branch, **words)
        assert fresh(incident).acknowledged_by == cast.branch


def test_a_level_above_may_answer_for_one_below(say, opened, cast):
    incident = opened("NET")
    say(acts.acknowledge, incident, cast.hq)
    assert fresh(incident).status == "acknowledged"
    assert incident.steps.get(level="site").acknowledged_by == cast.hq


def test_the_sites_own_answer_is_given_once(say, opened, cast):
    incident = opened("PLT")
    assert say(acts.acknowledge, incident, cast.chief)[1]
    assert not say(acts.acknowledge, incident, cast.chief)[1]
    with pytest.raises(acts.AlreadyAcknowledged) as refused:
        say(acts.acknowledge, incident, cast.site_admin)
    assert refused.value.extra["by"] == "chief"


def test_the_short_form_stands_in_the_line(say, opened, cast):
    form = {"place": "301", "what": "断网", "how_many": 12, "done": "重启", "help": "运营商"}
    incident = opened("NET")
    assert say(acts.escalate, incident, cast.site_admin, note="x", form=form)[1]
    assert incident.entries.get(kind="escalated").data["form"] == form
    assert not say(acts.escalate, incident, cast.site_admin, note="x", form=form)[1]


# --- handing over ---


def test_handed_over_it_waits_for_that_person_and_acknowledging_takes_it(say, opened, cast, at):
    incident = opened("NET")
    say(acts.acknowledge, incident, cast.chief)
    at("T-15m")
    say(acts.hand_over, incident, cast.chief, to=cast.site_admin, note="我去考场")
    row = fresh(incident)
    assert (row.status, row.handed_to, row.acknowledged_by) == ("open", cast.site_admin, None)
    assert row.next_due_at == at.now + timedelta(minutes=2)
    outbox.drain(now=at.now)
    assert Notification.objects.get(user=cast.site_admin, event="incident.handed").incident == incident
    say(acts.acknowledge, incident, cast.site_admin)
    row = fresh(incident)
    assert (row.acknowledged_by, row.handed_to) == (cast.site_admin, None)


@pytest.mark.parametrize(("seconds", "level"), [(119, "site"), (120, "branch")])
def test_not_taken_in_time_the_next_level_is_told(say, opened, cast, at, seconds, level):
    incident = opened("NET")
    say(acts.hand_over, incident, cast.chief, to=cast.site_admin, note="")
    at.now += timedelta(seconds=seconds)
    at.fire()
    assert fresh(incident).level == level
    if level == "branch":
        assert "not_accepted" in kinds(incident)
        assert incident.steps.get(level="branch").why == "not_accepted"


def test_the_one_it_was_handed_to_answers_for_the_level_that_is_asked(say, opened, cast):
    incident = at_branch(say, opened, cast)
    say(acts.hand_over, incident, cast.branch, to=cast.chief, note="由主考处理")
    say(acts.acknowledge, incident, cast.chief)
    assert (fresh(incident).status, fresh(incident).acknowledged_by) == ("acknowledged", cast.chief)


@pytest.mark.parametrize("who", ["stranger", "other_branch", "sibling_chief", "proctor", "nobody"])
def test_it_is_handed_to_nobody_who_could_not_take_it(say, opened, cast, who):
    with pytest.raises(acts.NotForThem):
        say(acts.hand_over, opened("NET"), cast.chief, to=getattr(cast, who), note="")


# --- closing and reopening ---


@pytest.mark.parametrize(
    ("type", "may", "may_not", "named"),
    [
        ("CLI-02", ("chief", "site_admin", "branch", "hq"), (), ""),
        ("NET", ("branch", "hq"), ("chief", "site_admin"), "分部或总部"),
        ("PLT", ("hq",), ("chief", "branch"), "总部"),
    ],
)
def test_who_closes_follows_the_grade(say, opened, cast, type, may, may_not, named):
    for who in may_not:
        with pytest.raises(acts.NotYoursToClose) as refused:
            say(acts.resolve, opened(type), getattr(cast, who), cause="a", effect="b")
        assert f"由{named}办结" in refused.value.detail.zh
    for who in may:
        assert say(acts.resolve, opened(type), getattr(cast, who), cause="a", effect="b")[1]


def test_reopened_the_ladder_begins_anew_and_the_room_counts_it_again(say, opened, world, cast, at):
    incident = opened("CLI-02", world.room)
    say(acts.resolve, incident, cast.chief, cause="线路", effect="无")
    world.room.refresh_from_db()
    assert world.room.open_incidents == 0
    at("T-10m")
    assert say(acts.reopen, incident, cast.chief, reason="再次出现")[1]
    assert not say(acts.reopen, incident, cast.chief, reason="再次出现")[1]
    row = fresh(incident)
    assert (row.status, row.round, row.cause, row.resolved_at) == ("open", 1, "", None)
    assert row.next_due_at == at.now + timedelta(minutes=2)
    assert list(incident.steps.values_list("round", "level")) == [(0, "site"), (1, "site")]
    world.room.refresh_from_db()
    assert world.room.open_incidents == 1
    assert incident.entries.get(kind="resolved").data["cause"] == "线路"


def test_reopened_after_t5_it_goes_up_at_once(say, opened, cast, at):
    incident = acts.declare_major(opened("CLI-02"), note="", actor=cast.site_admin, now=at.now)
    say(acts.resolve, incident, cast.chief, cause="线路", effect="无")
    at("T-3m")
    say(acts.reopen, incident, cast.chief, reason="再次出现")
    assert fresh(incident).level == "branch"


def test_what_is_open_is_not_reopened_and_a_reason_is_needed(say, opened, cast):
    incident = opened("CLI-02")
    with pytest.raises(acts.StillOpen):
        say(acts.reopen, incident, cast.chief, reason="x")
    with pytest.raises(Invalid):
        say(acts.reopen, incident, cast.chief, reason=" ")


# --- grades ---


def test_raised_the_ladder_of_the_new_grade_holds_at_once(say, opened, cast, at):
    incident = opened("CLI-02")
    at("T-13m")
    say(acts.regrade, incident, cast.chief, grade=2, reason="影响全考点")
    row = fresh(incident)
    assert row.grade == 2
    assert incident.steps.get(level="branch").why == "latest"  # its five minutes are over
    assert row.next_due_at == at("T-5m")  # headquarters, fifteen minutes after it opened
    line = incident.entries.get(kind="raised")
    assert (line.actor, line.note, line.data["of"], line.data["to"]) == (cast.chief, "影响全考点", 4, 2)


def test_raised_to_one_everybody_is_told(say, opened, cast):
    incident = opened("CLI-02")
    say(acts.regrade, incident, cast.chief, grade=1, reason="泄露")
    assert set(incident.steps.values_list("level", flat=True)) == {"site", "branch", "hq"}
    assert (fresh(incident).level, fresh(incident).status) == ("hq", "open")


def test_lowering_needs_a_reason_and_somebody_who_may_close_it(say, opened, cast):
    incident = opened("NET")
    with pytest.raises(Invalid) as blank:
        say(acts.regrade, incident, cast.branch, grade=4, reason=" ")
    assert blank.value.errors[0].field == "reason"
    with pytest.raises(acts.NotYoursToClose):
        say(acts.regrade, incident, cast.chief, grade=4, reason="只影响一人")
    say(acts.regrade, incident, cast.branch, grade=4, reason="只影响一人")
    assert incident.entries.get(kind="lowered").actor == cast.branch
    assert not say(acts.regrade, incident, cast.branch, grade=4, reason="只影响一人")[1]


# --- reports and struck lines ---


def test_a_report_is_told_to_the_levels_above_that_know(say, opened, cast, at):
    incident = opened("NET")
    assert say(acts.update, incident, cast.chief, note="已修复，请办结")[1]
    assert not say(acts.update, incident, cast.chief, note="已修复，请办结")[1]
    outbox.drain(now=at.now)
    told = Notification.objects.filter(event="incident.updated")
    assert set(told.values_list("user__username", flat=True)) == {"branch", "branch_duty"}
    assert fresh(incident).updated_at == at.now


@pytest.mark.parametrize(("minutes", "grade"), [(10, 4), (11, 3), (30, 3), (31, 2)])
def test_lost_time_raises_the_grade(say, opened, cast, minutes, grade):
    incident = opened("CLI-02")
    say(acts.update, incident, cast.chief, note="停考", lost_minutes=minutes)
    assert fresh(incident).grade == grade


def test_a_line_is_struck_with_a_reason_and_stays(say, opened, cast, at):
    incident = opened("NET")
    say(acts.update, incident, cast.chief, note="写错考点")
    entry = incident.entries.get(kind="update")
    acts.strike(entry, reason="应为 302", actor=cast.chief, now=at.now)
    acts.strike(entry, reason="应为 302", actor=cast.chief, now=at.now)
    entry.refresh_from_db()
    assert (entry.note, entry.struck_at) == ("写错考点", at.now)
    struck = incident.entries.get(kind="struck")
    assert (struck.note, struck.data["entry"], struck.actor) == ("应为 302", entry.pk, cast.chief)


def test_the_portals_own_lines_and_struck_notes_stay(say, opened, cast, at):
    incident = opened("NET")
    say(acts.update, incident, cast.chief, note="写错")
    acts.strike(incident.entries.get(kind="update"), reason="x", actor=cast.chief, now=at.now)
    for kind in ("told", "struck"):
        with pytest.raises(acts.NotStruck):
            acts.strike(
                Entry.objects.get(incident=incident, kind=kind), reason="x", actor=cast.chief, now=at.now
            )
    with pytest.raises(Invalid):
        acts.strike(incident.entries.get(kind="update"), reason="", actor=cast.chief, now=at.now)


# --- over the API ---


def test_the_calls_beside_the_contract(api, opened, cast, at):
    incident = opened("CLI-02")
    chief = api(cast.chief)

    def post(call, body, who=chief):
        answer = who.post(f"/api/v1/incidents/{incident.uid}/{call}/", body)
        return answer.status_code, answer.data.get("code", answer.data.get("status"))

    assert post("updates", {"note": "换机中", "lost_minutes": 12}) == (201, "acknowledged")
    assert post("updates", {"note": "换机中", "lost_minutes": 12}) == (200, "acknowledged")
    assert fresh(incident).grade == 3
    assert post("grade", {"grade": 4}) == (422, "invalid")
    assert post("grade", {"grade": 4, "reason": "x"}) == (403, "not_allowed")
    assert post("grade", {"grade": 4, "reason": "x"}, api(cast.branch)) == (201, "acknowledged")
    assert post("handover", {"to": cast.site_admin.pk, "note": ""}) == (201, "open")
    assert post("handover", {"to": cast.stranger.pk}) == (422, "not_for_them")
    assert post("handover", {"to": 2**40}) == (422, "not_for_them")
    assert post("reopening", {"reason": "x"}) == (409, "already_open")
    assert post("resolution", {"cause": "a", "effect": "b"}) == (201, "resolved")
    assert post("reopening", {"reason": "x"}) == (201, "open")
    assert post("grade", {"grade": 5}) == (422, "invalid")


def test_what_may_be_closed_above_only_is_refused_with_who_may(api, opened, cast):
    answer = api(cast.chief).post(
        f"/api/v1/incidents/{opened('NET').uid}/resolution/", {"cause": "a", "effect": "b"}
    )
    assert (answer.status_code, answer.data["code"]) == (403, "not_allowed")
    assert "由分部或总部办结" in answer.data["detail"]
