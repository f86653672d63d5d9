"""Auto-fill at the same moment as another, on real connections (C8)."""

import re
import uuid
from urllib.parse import urlencode

import pytest

from exam_ops.core.models import Membership, RosterRow, SiteUnit
from proctors.models import ProctorChange
from tests import world as worlds
from tests.races import at_once

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db, at):
    made = worlds.build()
    for n in range(4):
        user = worlds.proctor(f"spare{n}", made.site)
        Membership.objects.create(user=user, role="proctor", site=made.sibling)
    at("T-3d")
    return made


@pytest.fixture
def applying(page):
    """`applying(user, site)` looks at the preview and returns the call that applies it."""

    def ready(user, site, id=None):
        units = [str(s.pk) for s in SiteUnit.objects.filter(site=site)]
        sent = {"units": units, "in_a_row": "3", "a_day": "4", "rest": "on", "seed": "1"}
        place = {"plan": "P1", "site": site.code}
        shown = page(user).get("/roster/fill/", place | {"preview": "1"} | sent)
        mark = re.search(r'name="mark" value="(\w+)"', shown.text).group(1)
        body = sent | {"mark": mark, "reason": "", "id": id or str(uuid.uuid4())}
        return lambda: page(user).post(f"/roster/fill/?{urlencode(place)}", body)

    return ready


def test_of_two_who_apply_the_same_preview_one_does_it(world, cast, applying):
    answers = at_once(applying(cast.site_admin, world.site), applying(cast.chief, world.site))
    assert sorted(a.status_code for a in answers) == [302, 409]
    assert RosterRow.objects.filter(room_session__site_unit__site=world.site).count() == 8
    assert ProctorChange.objects.values("batch").distinct().count() == 1


def test_two_sites_that_share_proctors_never_place_one_twice(world, cast, applying):
    answers = at_once(applying(cast.site_admin, world.site), applying(cast.sibling_admin, world.sibling))
    assert {a.status_code for a in answers} <= {302, 409}
    stood = list(RosterRow.objects.values_list("proctor", "room_session__site_unit__unit"))
    assert len(stood) == len(set(stood))


def test_sent_many_times_at_once_it_is_one_act(world, cast, applying):
    call = applying(cast.site_admin, world.site)
    assert [a.status_code for a in at_once(call, call, call)] == [302, 302, 302]
    assert ProctorChange.objects.count() == 5
