"""Mass entry failure: found from positive signs, never from mere absence (A3)."""

import pytest
from django.db.models import F

from exam_ops.core.models import RoomSession, Sitting
from incidents.models import Incident
from incidents.services import mass, opening


def look(at) -> list[Incident]:
    return mass.look(mass.suspects(now=at.now), now=at.now)


def fail(sittings) -> None:
    """Failed checks without a later pass."""
    for sitting in sittings:
        Sitting.objects.filter(pk=sitting.pk).update(failed_attempts=2)
        RoomSession.objects.filter(pk=sitting.room_session_id).update(failed_only=F("failed_only") + 1)


def come(sittings) -> None:
    """Signed in."""
    for sitting in sittings:
        Sitting.objects.filter(pk=sitting.pk).update(entry_status="signed_in")
        RoomSession.objects.filter(pk=sitting.room_session_id).update(signed_in=F("signed_in") + 1)


def everybody(world) -> list[Sitting]:
    return world.sittings["A1/301"] + world.sittings["A1/302"]


def test_thirty_percent_absent_and_no_fault_raises_nothing(world, at):
    come(everybody(world)[:4] + everybody(world)[6:10])
    for moment in ("T-20m", "T-10m", "T-5m", "T", "T+29m"):
        at(moment)
        assert look(at) == []


@pytest.mark.parametrize(("failed", "found"), [(4, 0), (5, 1)])
def test_a_fifth_of_the_site_and_five_people(world, at, failed, found):
    fail(everybody(world)[:failed])
    assert len(look(at)) == found


def test_one_incident_a_site_unit_with_its_figures(world, at):
    fail(everybody(world)[:5])
    first = look(at)[0]
    fail(everybody(world)[5:7])
    assert look(at)[0].pk == first.pk
    assert Incident.objects.get().sittings.count() == 7
    assert "应到 12 人" in first.reports.get().note


def test_a_later_pass_is_no_block(world, at):
    fail(everybody(world)[:5])
    come(everybody(world)[:5])
    assert look(at) == []


@pytest.mark.parametrize(("moment", "found"), [("T-601s", 0), ("T-10m", 1)])
def test_a_silent_room_counts_from_t_minus_ten(world, at, moment, found):
    come(world.sittings["A1/302"][:4])
    at(moment)
    assert len(look(at)) == found


def test_a_silent_room_among_silent_rooms_is_only_early(world, at):
    at("T-10m")
    assert look(at) == []


def test_waiting_requests_block_after_three_minutes(world, at):
    Sitting.objects.filter(site_unit=world.site_unit).update(entry_status="pending", entry_moved_at=at.now)
    RoomSession.objects.filter(site_unit=world.site_unit).update(pending=6)
    at("T-1021s")
    assert look(at) == []
    at("T-17m")
    assert len(look(at)) == 1


def test_refused_clients_point_to_the_address(world, at):
    Sitting.objects.filter(pk__in=[s.pk for s in everybody(world)]).update(client_refused=True)
    RoomSession.objects.filter(site_unit=world.site_unit).update(refused_logins=6)
    assert look(at)[0].type == "CLI-01"


def test_the_one_room_that_was_reported_is_that_report(world, at):
    come(world.sittings["A1/302"][:4])
    reported = opening.open_or_join(
        type="IDV-05",
        site_unit=world.site_unit,
        room_session=world.room,
        actor=world.cast.proctor,
        now=at.now,
    )
    at("T-10m")
    assert [found.pk for found in look(at)] == [reported.pk]
    assert Incident.objects.get(pk=reported.pk).mass


def test_it_goes_up_at_t_minus_five(world, at):
    fail(everybody(world))
    at("T-5m"), at.fire()
    incident = Incident.objects.get(mass=True)
    assert (incident.grade, incident.level) == (2, "branch")


def test_before_opening_and_after_close_nobody_is_blocked(world, at):
    fail(everybody(world))
    at("T-1801s")
    assert look(at) == []
    at("T+30m")
    assert look(at) == []


def test_one_blocked_room_is_three_and_unsolved_at_t_minus_five_it_is_two(world, at):
    RoomSession.objects.filter(pk=world.room.pk).update(registered=6)
    RoomSession.objects.filter(site_unit=world.site_unit).exclude(pk=world.room.pk).update(registered=60)
    fail(world.sittings["A1/301"])
    assert look(at)[0].grade == 3
    at("T-301s"), at.fire()
    assert Incident.objects.get(mass=True).grade == 3
    at("T-5m"), at.fire()
    incident = Incident.objects.get(mass=True)
    assert (incident.grade, incident.level) == (2, "branch")
    assert incident.entries.get(kind="raised").data["to"] == 2
