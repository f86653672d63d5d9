"""T+15 and T+30: who becomes a duty, who becomes absent, and who never (C3, C6, C17)."""

import pytest

from exam_ops.core import schedule
from exam_ops.core.access import actor_for
from exam_ops.core.models import DeadlineRecord, Event, RoomSession, SiteUnit, Sitting
from incidents.models import EvidenceDuty, Incident
from incidents.services import opening
from tests.conftest import moment
from tests.verification.helpers import ask, check, decide, room, send, status_of
from verification.models import EntryRequest
from verification.selectors.entry import effective_status, with_effective_status
from verification.services import presence


def name_lagging(world, at, *sittings) -> Incident:
    return opening.open_or_join(
        type="IDV-04",
        site_unit=world.site_unit,
        room_session=world.room,
        sittings=sittings,
        actor=None,
        now=at.now,
    )


def duties() -> list[tuple[str, int]]:
    return sorted(EvidenceDuty.objects.filter(status="open").values_list("cause", "sitting_id"))


# --- T+15 ---


@pytest.mark.parametrize(("when", "named"), [("T+899s", False), ("T+15m", True), ("T+901s", True)])
def test_who_lags_becomes_a_duty(world, at, when, named):
    name_lagging(world, at, world.sitting)
    at(when)
    at.fire()
    assert duties() == ([("C6", world.sitting.pk)] if named else [])
    assert Sitting.objects.get(pk=world.sitting.pk).emergency is named


def test_who_has_arrived_by_then_does_not(world, api, cast, at):
    name_lagging(world, at, *world.sittings["A1/301"][:2])
    send(api(cast.proctor), check(world.sittings["A1/301"][0]))
    at("T+15m"), at.fire()
    assert duties() == [("C6", world.sittings["A1/301"][1].pk)]


def test_a_resolved_incident_names_nobody(world, at):
    incident = name_lagging(world, at, world.sitting)
    Incident.objects.filter(pk=incident.pk).update(status="resolved", resolved_at=at.now)
    at("T+15m"), at.fire()
    assert duties() == []


def test_a_sign_in_that_arrives_closes_the_duty(world, api, cast, at):
    name_lagging(world, at, world.sitting)
    at("T+15m"), at.fire()
    at("T+20m")
    send(api(cast.proctor), check(world.sitting, "T-10m"))
    assert EvidenceDuty.objects.get().status == "dropped"
    sitting = Sitting.objects.get(pk=world.sitting.pk)
    assert (sitting.entry_status, sitting.emergency) == ("signed_in", False)


def test_who_is_named_later_becomes_a_duty_before_the_close(world, at):
    at("T+16m"), at.fire()
    name_lagging(world, at, world.sitting)
    at("T+30m"), at.fire()
    assert duties() == [("C6", world.sitting.pk)]
    assert status_of(world.sitting) == "not_signed_in"


@pytest.mark.parametrize(("when", "count"), [("T+5m", 0), ("T+16m", 2)])
def test_staff_say_who_is_present(world, cast, at, when, count):
    opening.open_or_join(
        type="IDV-04", site_unit=world.site_unit, room_session=None, actor=cast.site_admin, now=at.now
    )
    at(when), at.fire()
    sittings = world.sittings["A1/301"][:2]
    actor = actor_for(cast.proctor, now=at.now)
    assert len(presence.mark(sittings, answer="present", actor=actor, now=at.now).marked) == 2
    assert Incident.objects.get(type="IDV-04").sittings.count() == 2
    assert len(duties()) == count


# --- T+30 ---


def test_an_undecided_request_expires(world, api, cast, at):
    id = ask(api(cast.proctor), world.sitting).json()["id"]
    at("T+30m"), at.fire()
    assert EntryRequest.objects.get(pk=id).status == "expired"
    assert status_of(world.sitting) == "absent"
    assert (room(world.room).pending, room(world.room).absent) == (0, 6)
    assert Event.objects.filter(kind="entry.expired").count() == 1


def test_nothing_happens_a_second_before(world, api, cast, at):
    ask(api(cast.proctor), world.sitting)
    at("T+1799s"), at.fire()
    assert EntryRequest.objects.get().status == "pending"
    assert room(world.room).absent == 0


def test_only_who_gave_no_sign_of_life_is_absent(world, api, cast, at):
    signed, approved, rejected, duty, client, _gone = world.sittings["A1/301"]
    phone, chief = api(cast.proctor), api(cast.chief)
    send(phone, check(signed))
    decide(chief, ask(phone, approved).json()["id"])
    decide(chief, ask(phone, rejected).json()["id"], "rejected")
    name_lagging(world, at, duty)
    Sitting.objects.filter(pk=client.pk).update(has_client_session=True)
    at("T+30m"), at.fire()
    assert [status_of(s) for s in world.sittings["A1/301"]] == [
        "signed_in",
        "approved",
        "rejected",
        "not_signed_in",
        "not_signed_in",
        "absent",
    ]
    assert room(world.room).absent == 1


def test_nobody_in_a_room_that_was_locked_out(world, at):
    RoomSession.objects.filter(pk=world.room.pk).update(app_locked_out=True)
    at("T+30m"), at.fire()
    assert (room(world.room).absent, room(world.rooms["A1/302"]).absent) == (0, 6)


def test_a_spared_candidate_may_be_asked_for_again_when_entry_reopens(world, api, cast, at):
    ask(api(cast.proctor), world.sitting)
    RoomSession.objects.filter(pk=world.room.pk).update(app_locked_out=True)
    at("T+30m"), at.fire()
    assert (EntryRequest.objects.get().status, status_of(world.sitting)) == ("expired", "pending")
    SiteUnit.objects.filter(pk=world.site_unit.pk).update(entry_closes_at=moment("T+50m"))
    assert ask(api(cast.proctor), world.sitting).status_code == 201
    assert (status_of(world.sitting), room(world.room).pending) == ("pending", 1)


def test_a_second_firing_changes_nothing(world, at):
    at("T+30m"), at.fire(), at.fire()
    assert room(world.room).absent == 6
    assert Event.objects.filter(kind="entry.closed", site_unit=world.site_unit).count() == 1


def test_candidates_without_a_room_are_absent_too(world, at):
    Sitting.objects.filter(pk=world.sitting.pk).update(room_session=None)
    at("T+30m"), at.fire()
    assert status_of(world.sitting) == "absent"


def test_a_site_whose_start_was_delayed_closes_later(world, at):
    site_unit = SiteUnit.objects.get(pk=world.site_unit.pk)
    site_unit.start, site_unit.end, site_unit.generation = moment("T+20m"), moment("T+110m"), 1
    schedule.lay([site_unit], world.plan, now=at.now)
    site_unit.save()
    at("T+30m"), at.fire()
    assert (room(world.room).absent, room(world.rooms["A2/101"]).absent) == (0, 6)
    at("T+50m"), at.fire()
    assert room(world.room).absent == 6


def test_everything_is_recorded_as_fired(world, at):
    at("T+30m"), at.fire()
    rows = DeadlineRecord.objects.filter(
        site_unit=world.site_unit, deadline__in=["sync_lag", "panorama_photo"]
    )
    assert "failed" not in set(rows.values_list("outcome", flat=True))


# --- readers ---


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "absent"),
        ({"entry_status": "pending"}, "absent"),
        ({"entry_status": "approved"}, "approved"),
        ({"entry_status": "rejected"}, "rejected"),
        ({"emergency": True}, "not_signed_in"),
        ({"has_client_session": True}, "not_signed_in"),
        ({"room_session": None}, "absent"),
        ({"room_session": None, "emergency": True}, "not_signed_in"),
    ],
)
def test_what_holds_after_the_close_in_code_and_in_sql(world, at, facts, expected):
    Sitting.objects.filter(pk=world.sitting.pk).update(**facts)
    sitting = Sitting.objects.select_related("room_session", "site_unit").get(pk=world.sitting.pk)
    assert effective_status(sitting, sitting.site_unit, now=at("T+1799s")) == sitting.entry_status
    assert effective_status(sitting, sitting.site_unit, now=at("T+30m")) == expected
    assert (
        with_effective_status(Sitting.objects.filter(pk=sitting.pk), now=at.now).get().effective == expected
    )


def test_a_locked_out_room_in_sql(world, at):
    RoomSession.objects.filter(pk=world.room.pk).update(app_locked_out=True)
    rows = with_effective_status(Sitting.objects.filter(room_session=world.room), now=at("T+30m"))
    assert {s.effective for s in rows} == {"not_signed_in"}
