"""What the pages' tests share."""

import pytest

from incidents.models import Shift
from incidents.services import opening
from tests.conftest import moment


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


@pytest.fixture
def shift(world):
    """`shift(user, "T-1h", "T+1h")` at the own site; level and scope may differ."""

    def make(user, starts="T-1h", ends="T+1h", level="site", **scope):
        scope = scope or {"site": world.site}
        return Shift.objects.create(
            level=level, user=user, starts_at=moment(starts), ends_at=moment(ends), **scope
        )

    return make
