"""Nobody proctors two rooms at once: the database refuses, on PostgreSQL and SQLite alike, and follows every move."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from exam_ops.core import cutoffs, drill, moves, one_room, schedule
from exam_ops.core.errors import NotFound
from exam_ops.core.models import ExamPlan, RoomSession, RosterRow, SiteUnit, TimeUnit
from exam_ops.core.one_room import ONE_ROOM
from proctors.selectors import busy
from tests import world as worlds
from tests.conftest import moment

HOUR = timedelta(hours=1)


def session(world, *, at: timedelta = timedelta(0), kind: str = "real", site=None) -> RoomSession:
    """A room of another site in a plan of its own, from `at` after the world's first unit for half an hour."""
    plan = ExamPlan.objects.create(
        code=f"P{ExamPlan.objects.count() + 1}", name="x", kind=kind,
        starts_on=world.plan.starts_on, ends_on=world.plan.ends_on,
    )  # fmt: skip
    unit = TimeUnit.objects.create(plan=plan, code="X", start=worlds.T + at, end=worlds.T + at + HOUR / 2)
    site_unit = SiteUnit(site=site or world.sibling, unit=unit, start=unit.start, end=unit.end)
    schedule.create([site_unit], plan, now=moment("T-9d"))
    return RoomSession.objects.create(site_unit=site_unit, room=world.rooms["A2/101"].room)


def is_refused(write) -> bool:
    """Whether the database refuses `write` by the name of its constraint."""
    try:
        with cutoffs.refusing({ONE_ROOM: NotFound}), transaction.atomic():
            write()
    except NotFound:
        return True
    return False


def place(room, user, position="second"):
    return lambda: RosterRow.objects.create(room_session=room, proctor=user, position=position)


def move(world, site_unit, by: timedelta, at) -> None:
    with transaction.atomic():
        [held] = moves.hold(site_unit.unit.plan, [site_unit.pk])
        times = moves.Times(held.start + by, held.end + by)
        moves.move([held], times={held.pk: times}, now=at.now, actor=None)
    connection.check_constraints()  # what waits for the commit


@pytest.mark.parametrize(
    ("later", "kind", "refused"),
    [
        (timedelta(0), "real", True),
        (timedelta(minutes=89), "mock", True),
        (timedelta(minutes=90), "real", False),
        (timedelta(minutes=-30), "real", False),
        (timedelta(0), "drill", False),
    ],
)
def test_across_plans_and_sites_but_not_into_a_drill(world, cast, later, kind, refused):
    there = session(world, at=later, kind=kind)
    assert is_refused(place(there, cast.proctor)) is refused


def test_a_row_is_not_turned_to_somebody_busy(world, cast):
    rows = RosterRow.objects.filter(room_session=world.rooms["A1/302"])
    assert is_refused(lambda: rows.update(proctor=cast.proctor))
    assert not is_refused(lambda: rows.update(position="second", checked_at=moment("T")))


def test_two_of_one_statement_meet_as_well(world):
    both = worlds.proctor("both", world.site)
    rooms = [world.room, world.rooms["A1/302"]]
    rows = [RosterRow(room_session=room, proctor=both, position="second") for room in rooms]
    RosterRow.objects.filter(room_session=world.room, position="second").delete()
    assert is_refused(lambda: RosterRow.objects.bulk_create(rows))


def test_a_move_onto_another_stands_shown_until_it_is_mended(world, cast, at):
    there = session(world, at=timedelta(hours=3))
    RosterRow.objects.create(room_session=there, proctor=cast.proctor)
    move(world, there.site_unit, -3 * HOUR, at)
    found = busy.standing_twice([world.site_unit, there.site_unit])
    assert len(found) == 2
    assert is_refused(place(session(world), cast.proctor))
    RosterRow.objects.filter(room_session=world.room, proctor=cast.proctor).delete()
    assert busy.standing_twice([world.site_unit, there.site_unit]) == {}
    assert is_refused(place(world.room, cast.proctor, "lead"))


def test_times_that_part_again_are_held_again(world, cast, at):
    there = session(world, at=timedelta(hours=3))
    RosterRow.objects.create(room_session=there, proctor=cast.proctor)
    move(world, there.site_unit, -3 * HOUR, at)
    move(world, there.site_unit, 3 * HOUR, at)
    assert busy.standing_twice([there.site_unit]) == {}
    again = session(world, at=timedelta(hours=3))
    assert is_refused(place(again, cast.proctor))


def test_units_that_change_places_in_one_decision_clash_with_nobody(world, cast, at):
    later = world.later_unit.site_units.get(site=world.site)
    room = later.room_sessions.get(room__room_no="302")
    RosterRow.objects.create(room_session=room, proctor=cast.proctor)
    with transaction.atomic():
        held = moves.hold(world.plan, [world.site_unit.pk, later.pk])
        spans = {s.pk: moves.Times(s.start, s.end) for s in held}
        other = {world.site_unit.pk: later.pk, later.pk: world.site_unit.pk}
        moves.move(held, times={s.pk: spans[other[s.pk]] for s in held}, now=at.now, actor=None)
    connection.check_constraints()
    assert busy.standing_twice([world.site_unit, later]) == {}
    assert is_refused(place(session(world), cast.proctor))
    assert is_refused(place(session(world, at=2 * HOUR), cast.proctor))


def test_a_decision_counts_before_who_would_stand_twice(world, cast, at):
    there = session(world, at=timedelta(hours=3))
    RosterRow.objects.create(room_session=there, proctor=cast.proctor)
    rows = SiteUnit.objects.filter(pk=there.site_unit_id).select_related("unit__plan", "site")
    laid = moves.under(rows, {there.site_unit_id: moves.Times(worlds.T, worlds.E)})
    figures = {c.name: dict(counted) for c, counted in moves.counted(laid, now=at.now)}
    assert figures["rosters.standing_twice"] == {there.site_unit_id: 1}


def test_a_drills_jump_and_reset_keep_it(drill_world, at):
    cast, room = drill_world.cast, drill_world.rooms["A1/302"]
    drill.jump(drill_world.plan, to=moment("T-10m"), now=at.now, actor=None)
    assert is_refused(place(room, cast.proctor))
    drill.reset(drill_world.plan, to=moment("T-1d"), now=at.now, actor=None)
    assert is_refused(place(room, cast.proctor))


@pytest.mark.postgres_only
def test_the_constraint_needs_no_extension_and_passes_the_excused_over(world, cast):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [ONE_ROOM])
        [definition] = cursor.fetchone()
    assert "WHERE ((NOT excused))" in definition
    with pytest.raises(IntegrityError), transaction.atomic():
        place(session(world), cast.proctor)()


@pytest.mark.postgres_only
def test_who_stood_twice_before_the_constraint_came_stays_and_is_found(world, cast):
    there = session(world)
    connection.check_constraints()
    with connection.schema_editor() as editor:
        one_room.drop(None, editor)
    RosterRow.objects.create(room_session=there, proctor=cast.proctor)
    connection.check_constraints()
    with connection.schema_editor() as editor:
        one_room.create(None, editor)
    assert len(busy.standing_twice([world.site_unit, there.site_unit])) == 2
    assert is_refused(place(session(world), cast.proctor))
