"""The support desk's acts: taken once, given back, passed on to headquarters; the first answer is kept (A1)."""

from datetime import timedelta

import pytest
from django.db import connection

from exam_ops.core import drill
from exam_ops.core.errors import Invalid
from exam_ops.core.models import Membership, User
from incidents.models import Entry, Incident, Report
from incidents.services import acts, desk, duty, opening

LATER = timedelta(minutes=5)


@pytest.fixture
def local(world):
    """A supporter of the own branch's desk."""
    user = User.objects.create(username="local", name="local")
    Membership.objects.create(user=user, role="support", branch=world.branch)
    return user


def again(incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def kinds(incident) -> list[str]:
    return list(Entry.objects.filter(incident=incident).values_list("kind", flat=True))


def test_the_first_to_take_it_has_it(local, cast, opened, at):
    incident = opened("IDV-03")
    desk.take(incident, actor=local, now=at.now)
    with pytest.raises(desk.AlreadyTaken, match="local"):
        desk.take(incident, actor=cast.support, now=at.now)
    assert again(incident).taken_by == local


def test_taking_it_again_changes_nothing(local, opened, at):
    incident = opened("IDV-03")
    desk.take(incident, actor=local, now=at.now)
    assert desk.take(incident, actor=local, now=at.now)[1] is False
    assert kinds(incident).count("taken") == 1


def test_taking_acknowledges(local, opened, at):
    incident = opened("IDV-03")
    desk.take(incident, actor=local, now=at.now)
    assert again(incident).acknowledged_by == local


def test_the_desk_takes_what_the_chief_has_acknowledged(local, cast, opened, at):
    incident = opened("IDV-03")
    acts.acknowledge(incident, actor=cast.chief, now=at.now)
    desk.take(incident, actor=local, now=at.now)
    assert (again(incident).acknowledged_by, again(incident).taken_by) == (cast.chief, local)


def test_a_resolved_or_untechnical_incident_is_not_taken(local, cast, opened, at):
    with pytest.raises(desk.NotForTheDesk):
        desk.take(opened("HLT"), actor=local, now=at.now)
    incident = opened("IDV-03")
    acts.resolve(incident, cause="x", effect="y", actor=cast.branch, now=at.now)
    with pytest.raises(acts.AlreadyResolved):
        desk.take(incident, actor=local, now=at.now)


def test_the_first_answer_is_kept_through_giving_back(local, cast, opened, at):
    incident, first = opened("IDV-03"), at.now
    desk.take(incident, actor=local, now=first)
    desk.give_back(incident, note="", actor=local, now=first + LATER)
    desk.take(incident, actor=cast.support, now=first + 2 * LATER)
    assert (again(incident).taken_at, again(incident).taken_by) == (first, cast.support)


@pytest.mark.parametrize("answers", [True, False])
def test_any_act_by_support_is_a_first_answer(answers, cast, opened, at):
    incident = opened("IDV-03")
    acts.tick(incident, incident.kind.cards[0].key, actor=cast.support if answers else cast.chief, now=at.now)
    assert (again(incident).taken_at == at.now) is answers
    assert again(incident).taken_by is None


def test_given_back_at_the_branch_the_time_begins_anew(local, opened, at):
    incident = opened("IDV-03")
    desk.take(incident, actor=local, now=at.now)
    at.now += timedelta(minutes=4)
    desk.give_back(incident, note="", actor=local, now=at.now)
    assert (again(incident).taken_by, again(incident).desk_passes_on_at) == (None, at.now + LATER)


def test_given_back_at_headquarters_it_stays_there(cast, opened, at):
    incident = opened("IDV-03")
    at.now += LATER
    desk.take(incident, actor=cast.support, now=at.now)
    desk.give_back(incident, note="", actor=cast.support, now=at.now)
    assert again(incident).desk_passes_on_at == at.now


def test_passed_on_it_stands_at_headquarters_with_what_was_tried(local, cast, opened, at):
    incident = opened("IDV-03")
    desk.take(incident, actor=local, now=at.now)
    desk.pass_on(incident, note="重装后仍无法登录", actor=local, now=at.now)
    assert (again(incident).taken_by, again(incident).desk_passes_on_at) == (None, at.now)
    assert Entry.objects.get(incident=incident, kind="passed_on").note == "重装后仍无法登录"


def test_passing_on_needs_a_word_and_ends_at_headquarters(local, opened, at):
    incident = opened("IDV-03")
    desk.take(incident, actor=local, now=at.now)
    with pytest.raises(Invalid):
        desk.pass_on(incident, note=" ", actor=local, now=at.now)
    at.now += LATER
    with pytest.raises(desk.AlreadyAtHeadquarters):
        desk.pass_on(incident, note="x", actor=local, now=at.now)


@pytest.mark.parametrize("act", [desk.give_back, desk.pass_on])
def test_only_who_has_it_gives_it_away(act, local, cast, opened, at):
    incident = opened("IDV-03")
    desk.take(incident, actor=local, now=at.now)
    with pytest.raises(desk.NotInYourHands):
        act(incident, note="x", actor=cast.support, now=at.now)


def call(world, actor, at, **more):
    said = {"type": "IDV-03", "room_session": world.room, "note": "两部手机都登录不了", "takes": True}
    caller = desk.Caller("示例来电人", "000-0000")
    return desk.open_for_caller(
        caller=caller, site_unit=world.site_unit, actor=actor, now=at.now, **(said | more)
    )


def test_a_call_opens_an_incident_with_the_caller_encrypted(world, cast, at):
    incident = call(world, cast.support, at)
    report = Report.objects.get(incident=incident)
    assert (report.caller, report.note) == ("示例来电人 000-0000", "两部手机都登录不了")
    with connection.cursor() as cursor:
        cursor.execute("SELECT caller FROM incidents_report")
        assert "示例来电人" not in cursor.fetchone()[0]
    assert (again(incident).taken_by, again(incident).taken_at) == (cast.support, at.now)


def test_a_call_joins_what_was_reported(world, cast, opened, at):
    incident = opened("IDV-03", session=world.room)
    assert call(world, cast.support, at).pk == incident.pk


def test_a_call_leaves_it_with_who_has_it(world, local, cast, opened, at):
    incident = opened("IDV-03", session=world.room)
    desk.take(incident, actor=local, now=at.now)
    call(world, cast.support, at)
    assert again(incident).taken_by == local


def test_a_call_about_something_else_is_refused(world, cast, at):
    with pytest.raises(desk.NotForTheDesk):
        call(world, cast.support, at, type="HLT")


def test_a_drill_s_jump_moves_the_time_to_pass_on(drill_world, at):
    plan = drill_world.plan
    incident = opening.open_or_join(
        type="IDV-03", site_unit=drill_world.site_unit, room_session=None, actor=None, now=at.now
    )
    drill.jump(plan, to=plan.plan_time(at.now) + timedelta(minutes=3), now=at.now, actor=None)
    assert again(incident).desk_passes_on_at == at.now + timedelta(minutes=2)


def test_which_desks_are_staffed_is_what_each_post_says(world, local, at, shift):
    def staffed():
        found = duty.staffed_desks([world.branch.pk, world.other_branch.pk], plan_now=at.now)
        each = {b.pk for b in (world.branch, world.other_branch) if duty.on_support(b, plan_now=at.now).users}
        assert found == each
        return found

    assert staffed() == {world.branch.pk}
    row = shift(local, "T-2h", "T-1h", level="support", branch=world.branch)
    assert staffed() == set()
    row.delete()
    shift(local, level="support", branch=world.branch)
    assert staffed() == {world.branch.pk}
