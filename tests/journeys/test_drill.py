"""The movable clock (B7): the bar jumps, the command line jumps and resets, real plans refuse both."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.conftest import moment
from tests.journeys.voices import statuses, text
from tests.verification.helpers import ask, check, send

BAR = "/drills/P1/jump/"


def drill(*words: str) -> str:
    """What `manage.py drill` prints."""
    out = StringIO()
    call_command("drill", *words, stdout=out)
    return out.getvalue().strip()


def exam_time(http, world) -> str:
    """The plan's clock as every answer about it says."""
    return http.get(f"/api/v1/room-sessions/{world.room.pk}/roster/")["Exam-Time"]


def test_the_bar_shows_what_comes_and_jumps_to_just_before_it(drill_world, page, api, at):
    hq = page(drill_world.cast.hq)
    seen = hq.get("/plans/P1/").content.decode()
    bar = text(hq.get("/plans/P1/")).split("演练 ·")[1]
    assert "下一个时点 08:25 逐级上报" in bar
    chosen = seen.split('<option value="')[1].split('"')[0]
    hq.post(BAR, {"at": chosen})
    assert exam_time(api(drill_world.cast.chief), drill_world) == "2025-12-06T00:24:50+00:00"


def test_deadlines_that_a_jump_passes_are_fired(drill_world, page, api, at):
    proctor = api(drill_world.cast.proctor)
    ask(proctor, drill_world.sitting)
    page(drill_world.cast.hq).post(BAR, {"at": moment("T+40m").isoformat()})
    at.fire()
    assert statuses(proctor, drill_world.room)[0] == "absent"


def test_a_phone_with_the_real_clock_counts_on_the_drills(drill_world, api, at):
    drill("P1", "--unit", "U1", "--at", "T-5m")
    http = api(drill_world.cast.proctor)
    items = [check(drill_world.sitting) | {"captured_at": at.now.isoformat()}]
    told = http.post("/api/v1/sign-ins/", {"items": items}, HTTP_EXAM_CLOCK="device")
    assert told.json()["results"][0]["entry_status"] == "signed_in"
    assert told["Exam-Time"] == "2025-12-06T00:25:00+00:00"


@pytest.mark.parametrize(
    ("at_", "shown"), [("T-6m", "12-06 08:24:00"), ("T+32m", "12-06 09:02:00"), ("E-10s", "12-06 09:59:50")]
)
def test_the_command_line_jumps(drill_world, at_, shown):
    assert drill("P1", "--unit", "U1", "--at", at_) == f"P1 {shown}"


def test_earlier_than_now_is_refused_with_the_way_out(drill_world, page, api):
    drill("P1", "--at", "T+5m")
    with pytest.raises(CommandError, match="--reset"):
        drill("P1", "--at", "T-5m")
    told = page(drill_world.cast.hq).post(BAR, {"at": "gestern"}, follow=True)
    assert "读不懂时刻" in text(told)
    assert exam_time(api(drill_world.cast.chief), drill_world) == "2025-12-06T00:35:00+00:00"


def test_reset_begins_anew_without_the_results(drill_world, api):
    proctor = api(drill_world.cast.proctor)
    send(proctor, check(drill_world.sitting))
    drill("P1", "--at", "T+5m")
    assert drill("P1", "--reset", "--at", "T-25m") == "P1 12-06 08:05:00"
    assert set(statuses(proctor, drill_world.room)) == {"not_signed_in"}
    assert send(proctor, check(drill_world.sitting, "T-25m"))[0]["status"] == "created"


def test_a_real_plan_has_no_bar_and_refuses_both(world, page, api, at):
    assert "drillbar" not in page(world.cast.hq).get("/plans/P1/").content.decode()
    for words in (("P1", "--at", "T-1m"), ("P1", "--reset")):
        with pytest.raises(CommandError, match="不可调整"):
            drill(*words)
    told = page(world.cast.hq).post(BAR, {"at": moment("T").isoformat()}, follow=True)
    assert "时钟不可调整" in text(told)
    assert exam_time(api(world.cast.chief), world) == at.now.isoformat()


@pytest.mark.parametrize("who", ["branch", "site_admin", "chief", "proctor", "nobody"])
def test_only_headquarters_jump(drill_world, page, who):
    browser = page(getattr(drill_world.cast, who))
    assert browser.post(BAR, {"at": moment("T").isoformat()}).status_code in (403, 404)


@pytest.mark.parametrize(
    "words", [("P1", "--at", "soon"), ("P9", "--at", "T"), ("P1", "--unit", "U9", "--at", "T")]
)
def test_nonsense_on_the_command_line_is_told(drill_world, words):
    with pytest.raises(CommandError):
        drill(*words)
