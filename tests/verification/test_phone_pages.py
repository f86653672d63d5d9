"""Phone pages over HTTP: who is sent where, what stands on the pages, what they may send, what it costs to ask again."""

import json
import uuid
from datetime import datetime

import pytest
from django.urls import reverse

from exam_ops.core import drill, schedule
from exam_ops.core.models import Event, Membership, ProctorProfile, RoomSession, RosterRow, SiteUnit
from incidents.models import Incident
from incidents.services import opening
from tests.conftest import moment
from tests.verification.helpers import jpeg, problem, status_of
from tests.verification.scenes import ask, sign_in
from verification.models import EntryRequest, Presence

POLL = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def room_url(world) -> str:
    return reverse("phone-room", args=[world.room.pk])


@pytest.fixture
def request_of_one(world, cast, at) -> EntryRequest:
    return ask(world.sitting, cast.proctor, now=at.now)


def send(browser, url: str, body: dict, method: str = "post"):
    return getattr(browser, method)(url, json.dumps(body), content_type="application/json")


def asked(sitting, at: str = "T-20m", sent: str = "T-20m", **more) -> dict:
    """An entry request as the phone page sends it."""
    return {
        "id": str(uuid.uuid4()),
        "sitting": sitting.pk,
        "reason": "face_check_failed",
        "documents_checked": True,
        "note": "证件与本人一致",
        "occurred_at": moment(at).isoformat(),
        "sent_at": moment(sent).isoformat(),
    } | more


def shown(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


# ── Where a phone begins ──


@pytest.mark.parametrize(
    ("who", "to"),
    [("chief", "phone-chief"), ("proctor", "phone-rooms"), ("branch_duty", "home")],
)
def test_the_start_sends_each_role_to_its_page(cast, page, at, who, to):
    assert page(getattr(cast, who)).get("/m/")["Location"] == reverse(to)


def test_who_has_two_pages_chooses(world, cast, page):
    Membership.objects.create(user=cast.proctor, role="chief", site=world.site)
    html = shown(page(cast.proctor).get("/m/"))
    assert reverse("phone-chief") in html
    assert reverse("phone-rooms") in html


def test_the_only_room_of_now_opens(cast, page, room_url):
    assert page(cast.proctor).get("/m/room/")["Location"] == room_url


def test_of_several_rooms_one_is_chosen(world, cast, page):
    later = RoomSession.objects.get(site_unit__unit=world.later_unit, room=world.rooms["A1/302"].room)
    RosterRow.objects.create(room_session=later, proctor=cast.proctor)
    brought_forward = {name: getattr(world.site_unit, name) for name in ("start", "end", *schedule.INSTANTS)}
    SiteUnit.objects.filter(pk=later.site_unit_id).update(**brought_forward)
    html = shown(page(cast.proctor).get("/m/room/"))
    assert "301考场" in html
    assert "302考场" in html


@pytest.mark.parametrize(("left", "what"), [(False, "考试计划"), (True, "时间单元")])
def test_who_has_no_room_is_told_what_is_missing(world, cast, page, at, left, what):
    RosterRow.objects.filter(proctor=cast.proctor).delete()
    if left:
        at("E")  # the first unit is over
        RosterRow.objects.create(room_session=world.room, proctor=cast.proctor)
    answer = page(cast.proctor).get("/m/room/")
    assert answer.status_code == 403
    assert f"您没有被编排到该{what}" in answer.content.decode()


def test_a_neighbours_room_says_which_duty_is_missing(cast, page, room_url):
    answer = page(cast.next_room).get(room_url)
    assert answer.status_code == 403
    assert "考场" in answer.content.decode()


# ── The proctor's room ──


def test_who_is_not_in_comes_first_and_says_so(world, cast, page, at, room_url):
    sign_in(world.sittings["A1/301"][0], cast.proctor, now=at.now)
    html = shown(page(cast.proctor).get(room_url))
    names = [f"考生10{n}" for n in range(1, 7)]
    order = sorted(names, key=lambda name: html.index(f'data-name="{name}"'))
    assert order == [*names[1:], names[0]]


@pytest.mark.parametrize("who", ["proctor", "chief"])
def test_an_unchanged_page_is_told_in_one_look_up(
    cast, page, settings, room_url, request_of_one, who, django_assert_num_queries
):
    settings.POLL_MEMORY = 0.0
    url = {"proctor": room_url + "live/", "chief": "/m/chief/live/"}[who]
    browser = page(getattr(cast, who))
    first = browser.get(url, **POLL)
    same = {"HTTP_IF_NONE_MATCH": first["ETag"], **POLL}
    assert browser.get(url, **same).status_code == 304
    with django_assert_num_queries(1):
        assert browser.get(url, **same).status_code == 304


def test_what_a_phone_may_keep_ends_with_the_unit(cast, page, room_url):
    for url in (room_url, room_url + "live/"):
        assert page(cast.proctor).get(url)["X-Kept-Until"] == moment("E").isoformat()
    assert "X-Kept-Until" not in page(cast.chief).get("/m/chief/")


def test_who_was_taken_off_the_roster_is_told_within_the_minute(cast, page, at, room_url):
    browser = page(cast.proctor)
    first = browser.get(room_url + "live/", **POLL)
    RosterRow.objects.filter(proctor=cast.proctor).delete()
    at("T-19m")
    answer = browser.get(room_url + "live/", HTTP_IF_NONE_MATCH=first["ETag"], **POLL)
    assert answer.status_code == 403


def test_a_request_of_the_page_waits_for_the_chief(world, cast, page, room_url):
    browser, body = page(cast.proctor), asked(world.sitting)
    first = send(browser, room_url + "requests/", body)
    assert first.status_code == 201, first.content
    again = send(browser, room_url + "requests/", body | {"sent_at": moment("T-19m").isoformat()})
    assert (again.status_code, again.json()) == (200, first.json())
    assert status_of(world.sitting) == "pending"
    assert EntryRequest.objects.count() == 1


def test_one_that_waited_offline_keeps_the_time_at_which_it_was_filled_in(world, cast, page, at, room_url):
    at("T-10m")  # the phone's clock is two minutes behind
    body = asked(world.sitting, at="T-17m", sent="T-12m")
    assert send(page(cast.proctor), room_url + "requests/", body).status_code == 201
    report = Incident.objects.get(type="IDV-02").reports.get()
    assert (report.occurred_at, report.received_at) == (moment("T-15m"), moment("T-10m"))
    told = Event.objects.get(kind="entry.requested").data["entered_at"]
    assert datetime.fromisoformat(told) == moment("T-15m")


@pytest.mark.parametrize(("when", "status"), [("T+1799s", 201), ("T+30m", 409), ("T+1801s", 409)])
def test_the_window_is_judged_when_it_arrives(world, cast, page, at, room_url, when, status):
    at(when)
    answer = send(page(cast.proctor), room_url + "requests/", asked(world.sitting, "T+20m", when))
    assert answer.status_code == status
    assert status == 201 or problem(answer)[1] == "not_open"


def test_its_photo_follows_and_the_chief_sees_it(world, cast, page, at, room_url):
    browser, chief, body = page(cast.proctor), page(cast.chief), asked(world.sitting)
    send(browser, room_url + "requests/", body)
    before = chief.get("/m/chief/live/", **POLL)
    put = reverse("phone-request-photo", args=[body["id"]])
    assert browser.put(put, jpeg(), content_type="image/jpeg").status_code == 201
    assert browser.put(put, jpeg(), content_type="image/jpeg").status_code == 200
    after = shown(chief.get("/m/chief/live/", HTTP_IF_NONE_MATCH=before["ETag"], **POLL))
    assert reverse("file-photo", args=["request", body["id"]]) in after


def test_who_is_not_certified_has_no_phone_page(world, cast, page, room_url):
    ProctorProfile.objects.filter(user=cast.proctor).update(status="pending")
    assert page(cast.proctor).get(room_url).status_code == 403
    answer = send(page(cast.proctor), room_url + "requests/", asked(world.sitting))
    assert problem(answer) == (403, "proctor_not_certified")


def test_a_candidate_of_another_room_is_not_found(world, cast, page, room_url):
    body = asked(world.sittings["A1/302"][0])
    assert send(page(cast.proctor), room_url + "requests/", body).status_code in (403, 404)
    assert not EntryRequest.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"reason": "?"}, {"occurred_at": "9999-12-31T23:59:59Z"}, {"id": "x"}, {"note": "x" * 1001}],
)
def test_bad_fields_are_named(world, cast, page, room_url, wrong):
    answer = send(page(cast.proctor), room_url + "requests/", asked(world.sitting, **wrong))
    assert problem(answer) == (422, "invalid")
    assert [e["field"] for e in answer.json()["errors"]] == list(wrong)


def test_a_body_that_is_no_json_is_malformed(cast, page, room_url):
    answer = page(cast.proctor).post(room_url + "requests/", "{", content_type="application/json")
    assert problem(answer) == (400, "malformed")


def test_an_ended_session_is_told_so_and_not_sent_to_a_page(world, page, room_url):
    assert problem(send(page(), room_url + "requests/", asked(world.sitting))) == (401, "not_authenticated")


def test_an_incident_of_the_room(world, cast, page, room_url):
    body = {
        "id": str(uuid.uuid4()),
        "type": "IDV-05",
        "note": "两台手机都没有反馈",
        "sittings": [world.sitting.pk],
        "occurred_at": moment("T-20m").isoformat(),
        "sent_at": moment("T-20m").isoformat(),
    }
    first = send(page(cast.proctor), room_url + "incidents/", body)
    assert (first.status_code, send(page(cast.proctor), room_url + "incidents/", body).status_code) == (
        201,
        200,
    )
    incident = Incident.objects.get()
    assert first.json()["number"] == incident.number
    assert list(incident.sittings.all()) == [world.sitting]
    foreign = body | {"id": str(uuid.uuid4()), "sittings": [world.sittings["A1/302"][0].pk]}
    assert problem(send(page(cast.proctor), room_url + "incidents/", foreign)) == (422, "invalid")


def lag(world, proctor) -> None:
    """An open IDV-04 of the room."""
    opening.open_or_join(
        type="IDV-04",
        site_unit=world.site_unit,
        room_session=world.room,
        note="",
        actor=proctor,
        now=moment("T+10m"),
    )


def said(answer: str, *sittings) -> dict:
    at = moment("T+16m").isoformat()
    ids = [s.pk for s in sittings]
    return {"id": str(uuid.uuid4()), "answer": answer, "sittings": ids, "occurred_at": at, "sent_at": at}


def test_during_the_lag_each_is_tapped_present_or_not_here(world, cast, page, at, room_url):
    browser, people = page(cast.proctor), world.sittings["A1/301"]
    assert "data-presence" not in shown(browser.get(room_url))
    lag(world, cast.proctor)
    at("T+16m")
    assert shown(browser.get(room_url)).count('data-presence="present"') == len(people)
    assert send(browser, room_url + "presence/", said("present", people[0])).status_code == 201
    rest = send(browser, room_url + "presence/", said("not_here", *people[1:]))
    assert rest.json() == {"taken": 5, "skipped": 0}
    assert Presence.objects.get(sitting=people[0]).answer == "present"
    html = shown(browser.get(room_url))
    assert html.count('data-presence="present" aria-pressed="true"') == 1
    assert html.count('data-presence="not_here" aria-pressed="true"') == 5


def test_nobody_is_asked_without_an_incident(world, cast, page, at, room_url):
    at("T+16m")
    assert problem(send(page(cast.proctor), room_url + "presence/", said("present", world.sitting)))[0] == 409


# ── What makes it installable ──


def test_the_manifest_opens_on_the_page_of_the_role(page):
    told = page().get("/m/manifest.webmanifest?start=chief").json()
    assert (told["start_url"], told["display"], told["lang"]) == ("/m/chief/", "standalone", "zh-hans")
    assert {icon["sizes"] for icon in told["icons"]} == {"192x192", "512x512"}


def test_the_worker_names_every_file_of_the_shell_and_is_asked_anew(page):
    answer = page().get("/m/worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    told = json.loads(answer.content.decode().split("const SHELL = ")[1].split(";\n")[0])
    assert "/static/js/phone/queue.js" in told["files"]
    assert len(told["version"]) == 16


def test_the_page_without_a_network_knows_nobody(page):
    html = shown(page().get("/m/offline/"))
    assert 'data-user=""' in html
    assert "logout" not in html


def test_the_hours_of_a_room_follow_a_drills_jump(drill_world, page, at):
    drill.jump(drill_world.plan, to=moment("T+31m"), now=at.now, actor=None)
    html = shown(page(drill_world.cast.proctor).get(reverse("phone-room", args=[drill_world.room.pk])))
    assert "已于 09:00 截止入场" in html
