"""What the pages' tests share."""

import pytest

from incidents.services import opening


@pytest.fixture
def opened(world, at):
    """`opened("NET")` opens an incident at site A1; `session` names a room, `actor` who reports."""

    def make(type="NET", session=None, sittings=(), actor=None, note=""):
        return opening.open_or_join(
            type=type,
            site_unit=session.site_unit if session else world.site_unit,
            room_session=session,
            sittings=sittings,
            actor=actor or world.cast.site_admin,
            note=note,
            now=at.now,
        )

    return make
