"""Declining face recognition is a choice, recorded beforehand, and never looks like failing it (E9)."""

import pytest

from exam_ops.core.models import Event, Sitting
from incidents.models import Incident
from tests.journeys.voices import roster, text
from tests.verification.helpers import ask, check, problem, room, send, status_of


def wish(caller, sitting: Sitting):
    return caller.put(f"/api/v1/sittings/{sitting.pk}/manual-check/")


def withdraw(caller, sitting: Sitting):
    return caller.delete(f"/api/v1/sittings/{sitting.pk}/manual-check/")


def test_it_is_recorded_days_before_and_shown_to_the_proctor(world, api, cast, at):
    at("T-3d")
    assert wish(api(cast.site_admin), world.sitting).json() == {
        "sitting": world.sitting.pk,
        "manual_check": True,
    }
    assert wish(api(cast.chief), world.sitting).status_code == 200
    assert Event.objects.filter(kind="entry.manual_chosen").count() == 1
    at("T-20m")
    assert [row["manual_check"] for row in roster(api(cast.proctor), world.room)] == [True] + [False] * 5


def test_it_counts_as_no_attempt_and_no_request(world, api, cast):
    wish(api(cast.site_admin), world.sitting)
    found = Sitting.objects.get(pk=world.sitting.pk)
    assert (found.failed_attempts, found.entry_status) == (0, "not_signed_in")
    assert (room(world.room).failed_only, room(world.room).pending) == (0, 0)
    assert not Incident.objects.exists()


def test_it_may_be_withdrawn_and_the_face_check_is_as_good(world, api, cast):
    wish(api(cast.site_admin), world.sitting)
    assert withdraw(api(cast.site_admin), world.sitting).json()["manual_check"] is False
    wish(api(cast.site_admin), world.sitting)
    send(api(cast.proctor), check(world.sitting))
    assert status_of(world.sitting) == "signed_in"
    assert problem(withdraw(api(cast.site_admin), world.sitting)) == (409, "already_signed_in")


@pytest.mark.parametrize(("when", "expected"), [("T+1799s", 200), ("T+30m", 409), ("T+1801s", 409)])
def test_until_entry_closes(world, api, cast, at, when, expected):
    at(when)
    answer = wish(api(cast.site_admin), world.sitting)
    assert answer.status_code == expected
    if expected == 409:
        assert answer.json()["code"] == "not_open"


def test_the_page_records_and_withdraws_in_neutral_words(world, page, cast):
    site_admin, address = page(cast.site_admin), f"/sign-ins/sittings/{world.sitting.pk}/"
    assert "登记人工核验" in text(site_admin.get(address))
    shown = text(site_admin.post(f"{address}manual-check/", {"wish": "1"}, follow=True))
    assert "人工核验（考生选择）" in shown
    assert "未通过" not in shown
    board = text(page(cast.chief).get(f"/sign-ins/rooms/{world.room.pk}/"))
    assert "人工核验" in board
    shown = text(site_admin.post(f"{address}manual-check/", {"wish": "0"}, follow=True))
    assert "已撤回人工核验" in shown


def test_neither_incident_nor_timeline_says_that_it_failed(world, api, page, cast):
    number = ask(api(cast.proctor), world.sitting, "face_declined").json()["incident"]
    incident = Incident.objects.get(number=number)
    for who in (cast.chief, cast.branch):
        shown = text(page(who).get(f"/incidents/{incident.pk}/")).replace("非核验未通过", "")
        assert "不通过" not in shown.replace("不通过：该考生无法考试", "")
        assert "核验未通过" not in shown


def test_the_proctor_s_request_comes_with_its_reason(world, api, page, cast):
    wish(api(cast.site_admin), world.sitting)
    shown = page(cast.proctor).get(f"/m/room/{world.room.pk}/").content.decode()
    row = shown[shown.index(f'id="seat-{world.sitting.pk}"') :].split("</li>")[0]
    assert 'data-reason="face_declined"' in row
    assert "人工核验" in row
