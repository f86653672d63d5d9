"""Going up: at T−5, at once after it, by hand, and when nobody says "mine" (A2)."""

import pytest

from exam_ops.core import outbox
from incidents.models import EvidenceDuty, Incident, Notification
from incidents.services import acts, opening


@pytest.fixture
def opened(world, at):
    def make(type="NET", session=None, sittings=(), actor=None):
        return opening.open_or_join(
            type=type,
            site_unit=world.site_unit,
            room_session=session,
            sittings=sittings,
            actor=actor or world.cast.site_admin,
            now=at.now,
        )

    return make


def level(incident: Incident) -> str:
    return Incident.objects.get(pk=incident.pk).level


def test_a_declared_major_goes_up_at_the_second(opened, cast, at):
    incident = acts.declare_major(opened("CLI-02"), note="全考点", actor=cast.site_admin, now=at.now)
    acts.acknowledge(incident, actor=cast.chief, now=at.now)
    at("T-301s"), at.fire()
    assert level(incident) == "site"
    at("T-5m"), at.fire()
    assert level(incident) == "branch"


def test_a_solved_one_stays(opened, cast, at):
    incident = acts.declare_major(opened("CLI-02"), note="", actor=cast.site_admin, now=at.now)
    acts.resolve(incident, cause="线路", effect="无", actor=cast.chief, now=at.now)
    at("T-5m"), at.fire()
    assert level(incident) == "site"


def test_a_single_candidate_stays_with_the_chief(opened, world, at):
    incident = opened("IDV-02", world.room, world.sittings["A1/301"][:1])
    at("T-5m"), at.fire()
    assert level(incident) == "site"


def test_what_arises_after_goes_up_at_once(opened, cast, at):
    at("T-4m")
    incident = acts.declare_major(opened("CLI-02"), note="", actor=cast.site_admin, now=at.now)
    assert level(incident) == "branch"


def test_an_unacknowledged_branch_passes_on_to_headquarters(opened, cast, at):
    incident = acts.declare_major(opened("CLI-02"), note="", actor=cast.site_admin, now=at.now)
    Incident.objects.filter(pk=incident.pk).update(grade=2)
    at("T-5m"), at.fire()
    at("T-241s"), at.fire()
    assert level(incident) == "branch"
    at("T-4m"), at.fire()
    assert level(incident) == "hq"


def test_an_acknowledged_branch_keeps_it(opened, cast, at):
    incident = acts.declare_major(opened("CLI-02"), note="", actor=cast.site_admin, now=at.now)
    Incident.objects.filter(pk=incident.pk).update(grade=2)
    at("T-5m"), at.fire()
    acts.acknowledge(incident, actor=cast.branch, now=at.now)
    at("T+1m"), at.fire()
    assert level(incident) == "branch"


def test_each_level_is_told_once(opened, cast, at):
    incident = acts.declare_major(opened("CLI-02"), note="", actor=cast.site_admin, now=at.now)
    at("T-5m"), at.fire(), at.fire()
    outbox.drain(now=at.now), outbox.drain(now=at.now)
    told = Notification.objects.filter(incident=incident, user__username="branch")
    assert told.count() == 1


def test_a_blocked_room_takes_the_evidence_path(opened, world, at):
    opened("IDV-05", world.room)
    at("T-5m"), at.fire()
    assert EvidenceDuty.objects.get().cause == "C7"
    world.room.refresh_from_db()
    assert world.room.app_locked_out


def test_the_second_to_acknowledge_is_told_who(api, opened, cast):
    incident = opened()
    url = f"/api/v1/incidents/{incident.uid}/acknowledgement/"
    assert api(cast.chief).post(url, {"note": ""}).status_code == 201
    assert api(cast.chief).post(url, {"note": ""}).status_code == 200
    late = api(cast.site_admin).post(url, {"note": ""})
    assert (late.status_code, late.data["code"], late.data["by"]) == (409, "already_acknowledged", "chief")


def test_resolving_needs_cause_and_effect(api, opened, cast):
    answer = api(cast.chief).post(f"/api/v1/incidents/{opened().uid}/resolution/", {"cause": "x"})
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (422, "effect")


def test_by_hand_with_a_declaration(api, opened, cast):
    incident = opened()
    url = f"/api/v1/incidents/{incident.uid}/escalation/"
    answer = api(cast.site_admin).post(url, {"note": "请求支援", "declared_major": True})
    assert (answer.status_code, answer.data["level"]) == (201, "branch")
    assert api(cast.site_admin).post(url, {"note": "请求支援", "declared_major": True}).status_code == 200


@pytest.mark.parametrize("who", ["sibling_chief", "stranger", "other_branch"])
def test_elsewhere_it_does_not_exist(api, opened, cast, who):
    answer = api(getattr(cast, who)).post(f"/api/v1/incidents/{opened().uid}/acknowledgement/", {})
    assert answer.status_code == 404


def test_a_step_is_ticked_while_the_incident_is_open(opened, cast, at):
    incident = opened()
    first, second = [step.key for step in incident.kind.cards][:2]
    acts.tick(incident, first, actor=cast.chief, now=at.now)
    acts.resolve(incident, cause="线路", effect="无", actor=cast.branch, now=at.now)
    assert acts.tick(incident, first, actor=cast.site_admin, now=at.now).by == cast.chief
    with pytest.raises(acts.AlreadyResolved):
        acts.tick(incident, second, actor=cast.chief, now=at.now)
