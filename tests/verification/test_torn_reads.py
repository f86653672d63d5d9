"""What a reader counts stays right while a worker carries the absences out between two of its statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exam_ops.core.models import RoomSession, SiteUnit
from tests.races import at_once
from verification.selectors import figures
from verification.selectors.entry import stats_of
from verification.services import close_of_entry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(world, at):
    """Carries the absences of the whole unit out, on a connection of its own."""
    at("T+30m")
    units = list(SiteUnit.objects.filter(unit=world.unit).select_related("unit__plan"))
    return lambda: at_once(lambda: close_of_entry.make_absent(units, at.now))


@pytest.mark.postgres_only
def test_rooms_loaded_before_and_counted_after(world, at, worker):
    rooms = list(RoomSession.objects.filter(site_unit__unit=world.unit).select_related("site_unit"))
    worker()
    assert {(s.absent, s.not_signed_in) for s in stats_of(rooms, now=at.now).values()} == {(6, 0)}


@pytest.mark.postgres_only
def test_totals_whose_statements_lie_on_both_sides(world, at, worker, monkeypatch):
    count = figures._add_roomless

    def slowly(*what):
        count(*what)
        worker()

    monkeypatch.setattr(figures, "_add_roomless", slowly)
    rows = SiteUnit.objects.filter(unit=world.unit)
    totals = figures.figures(rows, "site__branch", now=at.now)
    assert {(t.stats.absent, t.stats.not_signed_in) for t in totals.values()} == {(18, 0), (6, 0)}


def test_rooms_that_are_settled_cost_no_query(world, at):
    at("T+30m"), at.fire()
    rooms = list(RoomSession.objects.filter(site_unit__unit=world.unit).select_related("site_unit"))
    with CaptureQueriesContext(connection) as asked:
        stats_of(rooms, now=at.now)
    assert len(asked) == 0
