"""Writes a checked workbook: set-wise, in the order of the layout's sheets, in the caller's transaction."""

from django.db import connection

from exam_ops.core import events
from exam_ops.office.loading.writing import addresses, people, places, rosters, sittings, times
from exam_ops.office.loading.writing.state import Writing
from verification.services import releases

ONE_LOAD = 0x6578616D  # key of the advisory lock: two loads at a time would see each other's rows too late


def write(w: Writing) -> None:
    """Writes everything, or stops after the step that reported an error; the caller rolls back then."""
    _wait_for_other_loads()
    for step in (
        *(times.write_plans, times.write_units, times.write_papers),
        *(places.write_branches, places.write_centres, places.write_sites, places.write_rooms),
        *(sittings.write_candidates, people.write_accounts, people.write_proctors),
        *(people.candidates_of_accounts, people.write_memberships, addresses.write_addresses, _write_seating),
    ):
        step(w)
        if w.problems.errors:
            return
    if w.added or w.changed:
        _record(w)
        releases.hold_back(now=w.now)  # a new minimum of the App may lie within what was loaded (B1)


def _write_seating(w: Writing) -> None:
    sittings.write_site_units(w)
    sessions = sittings.write_sessions(w)
    sittings.write_sittings(w, sessions)
    rosters.write_rosters(w, sessions)


def _wait_for_other_loads() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_LOAD])


def _record(w: Writing) -> None:
    counts = {
        sheet: {"added": c.added, "changed": c.changed, "removed": c.removed}
        for sheet, c in w.counts().items()
        if c.added or c.changed
    }
    for plan in w.plans.values():
        events.record("plan.loaded", now=w.now, actor=w.actor, plan=plan, counts=counts)
