"""Decisions of headquarters: proposed, confirmed by a second person, in force in every deadline at once (A4)."""

from datetime import timedelta

import pytest

from exam_ops.core import policies
from exam_ops.core.errors import Invalid
from exam_ops.core.models import DeadlineRecord, Event, PolicyVersion, SiteUnit
from exam_ops.rules.decisions import Kind, Wish
from incidents.models import Decision, Incident
from incidents.services import decision_refusals as refusals
from incidents.services import decisions
from incidents.services.decision_preview import Scope
from tests.conftest import moment
from tests.world import World

pytestmark = pytest.mark.django_db
M = timedelta(minutes=1)


def set_policy(world: World, **values) -> None:
    plan = world.plan
    plan.policy_version += 1
    plan.save(update_fields=["policy_version"])
    PolicyVersion.objects.create(
        plan=plan,
        version=plan.policy_version,
        values=values,
        changed_by=world.cast.hq,
        changed_at=moment("T-1d"),
        reason="test",
    )


def scope_of(world: World, *sites) -> Scope:
    return Scope(world.plan, [world.unit.pk], sites=[s.pk for s in sites])


def decide(world: World, wish: Wish, at, *sites, **more) -> Decision:
    """By the first person of headquarters; at the own site when no other is named."""
    scope = scope_of(world, *(sites or (world.site,)))
    return decisions.propose(wish, scope, reason="平台故障", actor=world.cast.hq, now=at.now, **more)


def grave(world: World, at, grade: int = 2, site_unit: SiteUnit | None = None) -> Incident:
    return Incident.objects.create(
        type="PLT", grade=grade, site_unit=site_unit or world.site_unit, opened_at=at.now
    )


def fired(site_unit: SiteUnit, key: str) -> list[tuple[int, str]]:
    rows = DeadlineRecord.objects.filter(site_unit=site_unit, deadline=key).order_by("generation")
    return list(rows.values_list("generation", "outcome"))


def extend(minutes: int = 10) -> Wish:
    return Wish(Kind.EXTEND, minutes=minutes)


def delay(minutes: int = 30) -> Wish:
    return Wish(Kind.DELAY, minutes=minutes)


class TestTakingEffect:
    def test_an_extension_moves_the_end_and_its_deadlines_of_its_own_sites_alone(self, world, at):
        at("E-10m")
        decision = decide(world, extend(10), at)
        own = SiteUnit.objects.get(pk=world.site_unit.pk)
        assert decision.status == "effective"
        assert (own.start, own.end) == (world.unit.start, world.unit.end + 10 * M)
        assert own.ends_at == own.evidence_closes_at == moment("E+10m")
        assert SiteUnit.objects.get(pk=world.site_units["A2"].pk).ends_at == moment("E")

    def test_what_had_fired_and_lies_behind_does_not_fire_again(self, world, at):
        at("T+40m")
        at.fire()
        decide(world, extend(10), at)
        at.fire()
        assert fired(world.site_unit, "escalation") == [(1, "late")]
        assert fired(world.site_unit, "panorama_photo") == [(1, "late")]

    def test_a_warning_that_lies_ahead_again_is_sent_again(self, world, at):
        at("E-14m")
        at.fire()
        decide(world, extend(10), at)
        at("E-5m")
        at.fire()
        assert [g for g, _ in fired(world.site_unit, "evidence_warning_e15")] == [0, 1]

    def test_a_deadline_that_waits_for_the_engine_is_not_lost(self, world, at):
        at("T-4m")  # escalation was due a minute ago, no worker has come by
        decide(world, extend(10), at)
        assert SiteUnit.objects.get(pk=world.site_unit.pk).next_due_at <= at.now
        at.fire()
        assert [g for g, _ in fired(world.site_unit, "escalation")] == [1]

    def test_an_earlier_start_skips_what_it_has_passed(self, world, at):
        at("T-100m")
        at.fire()
        wish = Wish(Kind.MOVE, new_start=moment("T-97m"))
        decide(world, wish, at)
        assert fired(world.site_unit, "escalation")[-1] == (1, "skipped")
        assert fired(world.site_unit, "entry_opens")[-1] == (1, "skipped")

    def test_a_repeated_close_of_evidence_is_carried_out_again(self, world, at):
        set_policy(world, evidence_may_reopen=True)
        at("E+10m")
        at.fire()
        wish = Wish(Kind.REOPEN_EVIDENCE, evidence_until=moment("E+1h"))
        incident = grave(world, at)
        decide(world, wish, at, incident=incident)
        at("E+1h")
        at.fire()
        assert [g for g, _ in fired(world.site_unit, "evidence_closes")] == [0, 1]

    def test_every_site_unit_has_its_event(self, world, at):
        decision = decide(world, delay(), at, world.site, world.sibling)
        events = Event.objects.filter(kind="site_unit.moved", subject=decision.number)
        assert {e.site_unit_id for e in events} == {world.site_unit.pk, world.site_units["A2"].pk}
        assert events[0].actor == world.cast.hq
        assert set(events[0].data["changed"]) == {"start", "end"}

    def test_a_place_is_shown_instead_of_the_sites_address(self, world, at):
        decide(world, Wish(Kind.MOVE, new_place="示例市示例路 20 号"), at)
        assert (
            SiteUnit.objects.select_related("site").get(pk=world.site_unit.pk).where == "示例市示例路 20 号"
        )
        assert SiteUnit.objects.get(pk=world.site_unit.pk).start == world.unit.start


class TestRefusals:
    def test_a_start_is_not_moved_into_the_past(self, world, at):
        at("T+20m")
        with pytest.raises(refusals.StartInThePast) as refused:
            decide(world, delay(10), at)
        assert refused.value.code == "start_in_the_past"
        assert "12-06 08:40" in refused.value.detail.zh
        assert not Decision.objects.exists()

    def test_after_the_papers_were_collected_there_is_no_extension(self, world, at):
        at("E")
        with pytest.raises(refusals.PapersCollected):
            decide(world, extend(), at)

    @pytest.mark.parametrize("minutes", [0, 241])
    def test_minutes_have_their_limits(self, world, at, minutes):
        with pytest.raises(Invalid) as refused:
            decide(world, delay(minutes), at)
        assert refused.value.errors[0].field == "minutes"

    def test_a_reason_is_asked_for(self, world, at):
        with pytest.raises(Invalid):
            decisions.propose(extend(), scope_of(world), reason=" ", actor=world.cast.hq, now=at.now)

    def test_nothing_in_scope(self, world, at):
        with pytest.raises(refusals.NothingInScope):
            decisions.propose(extend(), Scope(world.plan, []), reason="x", actor=world.cast.hq, now=at.now)

    def test_a_new_start_is_for_one_unit(self, world, at):
        scope = Scope(world.plan, [world.unit.pk, world.later_unit.pk])
        wish = Wish(Kind.MOVE, new_start=moment("E+6h"))
        with pytest.raises(Invalid):
            decisions.propose(wish, scope, reason="x", actor=world.cast.hq, now=at.now)

    def test_sites_that_are_over_are_left_out(self, world, at):
        at("E-10m")
        decide(world, extend(20), at)
        at("E+5m")
        decision = decide(world, extend(10), at, world.site, world.sibling)
        assert decision.outcome["moved"] == 1
        assert decision.outcome["skipped"] == {"papers_collected": 1}


class TestReopeningEvidence:
    until = Wish(Kind.REOPEN_EVIDENCE, evidence_until=moment("E+1h"))

    def test_it_is_off_unless_the_policy_says_otherwise(self, world, at):
        at("E+10m")
        assert policies.of(world.plan).evidence_may_reopen is False
        with pytest.raises(refusals.ReopeningIsOff):
            decide(world, self.until, at, incident=grave(world, at))

    def test_it_is_for_one_site(self, world, at):
        set_policy(world, evidence_may_reopen=True)
        at("E+10m")
        with pytest.raises(refusals.OneSiteUnitOnly):
            decide(world, self.until, at, world.site, world.sibling, incident=grave(world, at))

    @pytest.mark.parametrize("which", ["none", "grade 3", "of another site"])
    def test_it_needs_a_grave_incident_of_that_site(self, world, at, which):
        set_policy(world, evidence_may_reopen=True)
        at("E+10m")
        incident = None
        if which == "grade 3":
            incident = grave(world, at, grade=3)
        if which == "of another site":
            incident = grave(world, at, site_unit=world.site_units["A2"])
        with pytest.raises(refusals.GraveIncidentRequired):
            decide(world, self.until, at, incident=incident)

    def test_it_moves_the_close_of_evidence_alone(self, world, at):
        set_policy(world, evidence_may_reopen=True)
        at("E+10m")
        decide(world, self.until, at, incident=grave(world, at))
        own = SiteUnit.objects.get(pk=world.site_unit.pk)
        assert (own.end, own.ends_at) == (world.unit.end, moment("E"))
        assert own.evidence_closes_at == moment("E+1h")


class TestTheSecondPerson:
    @pytest.fixture(autouse=True)
    def _policy(self, world):
        set_policy(world, hq_confirms=True)

    def test_nothing_moves_before_it_is_confirmed(self, world, at):
        decision = decide(world, delay(), at)
        assert decision.status == "proposed"
        assert SiteUnit.objects.get(pk=world.site_unit.pk).starts_at == moment("T")

    def test_the_second_person_confirms(self, world, at):
        decision = decide(world, delay(), at)
        decision, is_new = decisions.confirm(decision, actor=world.cast.hq2, now=at.now)
        assert (decision.status, decision.settled_by, is_new) == ("effective", world.cast.hq2, True)
        assert SiteUnit.objects.get(pk=world.site_unit.pk).starts_at == moment("T+30m")

    def test_the_same_person_again_is_the_same_answer(self, world, at):
        decision = decide(world, delay(), at)
        decisions.confirm(decision, actor=world.cast.hq2, now=at.now)
        _, is_new = decisions.confirm(decision, actor=world.cast.hq2, now=at.now)
        assert not is_new
        assert SiteUnit.objects.get(pk=world.site_unit.pk).starts_at == moment("T+30m")

    def test_who_proposed_it_never_confirms(self, world, at):
        decision = decide(world, delay(), at)
        with pytest.raises(refusals.OwnDecision):
            decisions.confirm(decision, actor=world.cast.hq, now=at.now)
        with pytest.raises(refusals.OwnDecision):
            decisions.refuse(decision, note="x", actor=world.cast.hq, now=at.now)

    @pytest.mark.parametrize(("late", "fits"), [(-1, True), (0, False), (1, False)])
    def test_it_is_confirmed_within_its_time(self, world, at, late, fits):
        decision = decide(world, delay(), at)
        now = at.now + timedelta(minutes=5, seconds=late)
        if fits:
            assert decisions.confirm(decision, actor=world.cast.hq2, now=now)[1]
        else:
            with pytest.raises(refusals.ConfirmationIsOver):
                decisions.confirm(decision, actor=world.cast.hq2, now=now)

    def test_it_lapses_by_the_engine(self, world, at):
        decision = decide(world, delay(), at)
        at.now += timedelta(minutes=5)
        at.fire()
        decision.refresh_from_db()
        assert (decision.status, decision.settled_by, decision.next_due_at) == ("expired", None, None)

    def test_the_first_answer_wins(self, world, at):
        decision = decide(world, delay(), at)
        decisions.refuse(decision, note="不需要", actor=world.cast.hq2, now=at.now)
        with pytest.raises(refusals.AlreadySettled) as refused:
            decisions.withdraw(decision, actor=world.cast.hq, now=at.now)
        assert "hq2" in refused.value.detail.zh

    def test_a_refusal_says_why(self, world, at):
        decision = decide(world, delay(), at)
        with pytest.raises(Invalid):
            decisions.refuse(decision, note="", actor=world.cast.hq2, now=at.now)

    def test_only_who_proposed_it_withdraws(self, world, at):
        decision = decide(world, delay(), at)
        with pytest.raises(refusals.NotYours):
            decisions.withdraw(decision, actor=world.cast.hq2, now=at.now)
        assert decisions.withdraw(decision, actor=world.cast.hq, now=at.now)[0].status == "withdrawn"

    def test_it_is_judged_anew_when_it_is_confirmed(self, world, at):
        at("T-1m")
        decision = decide(world, Wish(Kind.MOVE, new_start=moment("T+2m")), at)
        at("T+2m")
        with pytest.raises(refusals.StartInThePast):
            decisions.confirm(decision, actor=world.cast.hq2, now=at.now)
        decision.refresh_from_db()
        assert decision.status == "proposed"


class TestPreview:
    def test_other_units_at_the_new_time_are_named(self, world, at):
        found = decisions.preview(delay(120), scope_of(world, world.site), now=at.now)
        (line,) = found.lines
        assert "考场在同一时间另有单元" in {w.zh for w in line.warnings}

    def test_units_that_move_together_do_not_stand_in_each_others_way(self, world, at):
        scope = Scope(world.plan, [world.unit.pk, world.later_unit.pk], sites=[world.site.pk])
        found = decisions.preview(delay(120), scope, now=at.now)
        assert not found.warnings

    def test_it_counts_what_moves_and_what_does_not(self, world, at):
        at("E-10m")
        decide(world, Wish(Kind.STOP), at)
        found = decisions.preview(extend(), scope_of(world, world.site, world.sibling), now=at.now)
        assert len(found.moving) == 1
        assert {w.value: n for w, n in found.skipped.items()} == {"already_stopped": 1}

    def test_it_writes_nothing(self, world, at):
        before = SiteUnit.objects.get(pk=world.site_unit.pk).starts_at
        decisions.preview(delay(), scope_of(world, world.site), now=at.now)
        assert SiteUnit.objects.get(pk=world.site_unit.pk).starts_at == before
