"""已采集未到达 by phone and number; what an IDV-04 shows of its rooms; what waits at home for whom (C6, E2)."""

import pytest

from exam_ops.core.models import RosterRow
from incidents.models import Entry
from incidents.services import opening
from tests.journeys.voices import report, text
from tests.verification.helpers import check, send
from verification.views.lag import ranges


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ([], ""),
        ([1], "1"),
        ([1, 2, 3, 7], "1–3、7"),
        (list(range(1, 60, 2)), "1、3、5、7、9、11、13、15、17、19、21、23 等"),
    ],
)
def test_numbers_are_told_as_ranges(numbers, told):
    assert ranges(numbers) == told


@pytest.fixture
def gaps(world, api, cast):
    """Phone 1 lacks its first two and a tail of two; phone 2 has sent everything."""
    first, second, *_ = world.sittings["A1/301"]
    send(api(cast.proctor), check(first, device_seq=3), last_seq=5)
    send(api(cast.second), check(second, device_id="phone-2", device_seq=1), last_seq=1)


def test_the_rooms_page_names_phones_and_numbers_leading_gap_and_tail_included(world, cast, page, gaps):
    shown = text(page(cast.chief).get(f"/sign-ins/rooms/{world.room.pk}/"))
    assert "手机 phone-1 4 次已采集未到达 序号 1–2、4–5" in shown
    assert "手机 phone-2" not in shown


def test_the_incident_keeps_the_figures_as_they_were_and_shows_them_as_they_are(
    world, api, cast, page, gaps, at
):
    report(api(cast.proctor), "IDV-04", room=world.room)
    line = Entry.objects.get(kind="lag_facts")
    assert line.data["facts"] == {"unsigned": 4, "phones": 1, "checks": 4, "missing": {"phone-1": 4}}
    incident = page(cast.chief).get(f"/incidents/{line.incident_id}/")
    panel = f"/sign-ins/rooms/{world.room.pk}/lag/"
    assert panel in incident.content.decode()
    at("T+15m")
    shown = text(page(cast.proctor).get(panel))
    assert "4 名待确认" in shown and "序号 1–2、4–5" in shown  # noqa: PT018


def test_home_leads_the_rooms_staff_to_their_list_and_the_site_to_its_rooms(world, cast, page, at):
    at("T+16m")
    opening.open_or_join(type="IDV-04", site_unit=world.site_unit, room_session=None, actor=None, now=at.now)
    for user, url in (
        (cast.proctor, f"/sign-ins/rooms/{world.room.pk}/presence/"),
        (cast.site_admin, f"/sign-ins/sites/{world.site_unit.pk}/presence/"),
    ):
        home = page(user).get("/", follow=True)
        assert "未签到考生待确认在场" in text(home)
        assert url in home.content.decode()
    assert "未签到考生待确认在场" not in text(page(cast.sibling_proctor).get("/", follow=True))


def test_home_counts_what_waits_for_review(world, api, cast, page):
    send(api(cast.proctor), check(10**9))
    RosterRow.objects.filter(proctor=cast.next_room).delete()
    send(api(cast.next_room), check(10**9))
    assert "上报记录待核查" in text(page(cast.chief).get("/"))
    support = page(cast.support).get("/", follow=True)
    assert "/sign-ins/review/?unplaced=1" in support.content.decode()
    assert "上报记录待核查" not in text(page(cast.sibling_chief).get("/"))
