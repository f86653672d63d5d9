"""Evidence: taken until the unit's end to the second, written once, judged by the server's clock (C14, C15)."""

import json

import pytest

from exam_ops.core import files
from exam_ops.core.models import RoomSession, Sitting
from incidents.models import Evidence, EvidenceDuty
from incidents.services import duties
from tests import pictures


@pytest.fixture
def owed(world, at):
    """The first candidate of room 301 owes a panorama."""
    duties.open_for(
        [world.sitting], cause="C3", room_session=world.room, incident=None, actor=None, now=at.now
    )
    return world.sitting


@pytest.fixture
def send(api, world, new_id):
    def call(user=None, *, captured="2025-12-06T09:01:00+08:00", marks=(), photo=None, **extra):
        body = {
            "id": new_id(),
            "room_session": world.room.pk,
            "reason": "人脸识别未通过，已人工核对证件",
            "marks": json.dumps([{"sitting": s.pk, "x": 0.4, "y": 0.5} for s in marks]),
            "photo": pictures.upload(photo),
        } | ({"captured_at": captured} if captured else {})
        body["marks"] = extra.pop("marks_text", body["marks"])
        return api(user or world.cast.proctor).post("/api/v1/evidence/", body | extra, format="multipart")

    return call


def test_a_panorama_is_taken_and_meets_its_duty(send, owed, at):
    at("T+31m")
    answer = send(marks=[owed])
    assert answer.status_code == 201
    assert files.open(answer.data["sha256"]).read() == pictures.jpeg()
    assert EvidenceDuty.objects.get(sitting=owed).status == "met"


@pytest.mark.parametrize(
    ("moment", "status", "code"),
    [
        ("T+1199s", 422, "too_early"),
        ("T+20m", 422, "lateness_reason_required"),
        ("E-1s", 201, None),
        ("E", 403, "evidence_closed"),
        ("E+1s", 403, "evidence_closed"),
    ],
)
def test_to_the_second(send, at, moment, status, code):
    at(moment)
    answer = send()
    assert answer.status_code == status
    assert answer.data.get("code") == code
    assert Evidence.objects.exists() is (status == 201)


def test_a_late_refusal_names_the_close_and_keeps_no_file(send, at, settings):
    at("E+1s")
    assert send().data["closed_at"] == "2025-12-06T02:00:00+00:00"
    assert not [p for p in settings.FILES_DIR.rglob("*") if p.is_file()]


@pytest.mark.parametrize("who", ["site_admin", "chief"])
def test_at_the_end_it_is_closed_whoever_asks(send, cast, at, who):
    at("E")
    assert send(getattr(cast, who)).data["code"] == "evidence_closed"


def test_an_unknown_capture_needs_a_reason_and_is_then_taken(send, at):
    at("T+50m")
    assert send(captured=None).data["code"] == "lateness_reason_required"
    answer = send(captured=None, lateness_reason="手机时间错误")
    assert (answer.status_code, answer.data["on_time"]) == (201, False)


def test_the_same_again_is_the_same_answer_even_after_the_end(send, at, new_id):
    at("T+31m")
    id = new_id()
    first = send(id=id)
    at("E+5m")
    again = send(id=id)
    assert (again.status_code, again.data) == (200, first.data)


def test_other_bytes_under_the_same_id_are_refused(send, at, new_id):
    at("T+31m")
    id = new_id()
    send(id=id)
    assert send(id=id, photo=pictures.jpeg(colour="red")).data["code"] == "id_reused"


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a" + b"\0" * 50, b"<svg xmlns='http://www.w3.org/2000/svg'/>", pictures.jpeg()[:200]],
    ids=["empty", "gif", "svg", "truncated"],
)
def test_what_is_no_picture_is_refused(send, at, content):
    at("T+31m")
    assert send(photo=content).data["code"] == "not_an_image"
    assert not Evidence.objects.exists()


def test_a_picture_without_a_duty_is_taken_and_labelled(send, at):
    at("T+31m")
    assert send().data["owed"] is False


def test_somebody_of_another_room_cannot_be_marked(send, world, at):
    at("T+31m")
    assert send(marks=world.sittings["A1/302"][:1]).data["code"] == "unknown_sitting"


@pytest.mark.parametrize("marks", ["{", "[1]", '[{"sitting": 1, "x": 2, "y": 0}]', '{"sitting": 1}'])
def test_unreadable_marks_are_named(send, at, marks):
    at("T+31m")
    answer = send(marks_text=marks)
    assert (answer.status_code, answer.data["errors"][0]["field"].split(".")[0]) == (422, "marks")


def test_evidence_turns_absent_back(send, world, at):
    Sitting.objects.filter(pk=world.sitting.pk).update(entry_status="absent")
    at("T+31m")
    send(marks=[world.sitting])
    assert Sitting.objects.get(pk=world.sitting.pk).entry_status == "approved"


def test_what_is_owed_at_the_end_is_missed(owed, at):
    at("E"), at.fire()
    assert EvidenceDuty.objects.get(sitting=owed).status == "missed"


def test_the_next_rooms_proctor_is_out_of_scope(send, cast, at):
    at("T+31m")
    answer = send(cast.next_room)
    assert (answer.data["code"], answer.data["missing"]) == ("out_of_scope", "room")


@pytest.mark.parametrize("who", ["sibling_chief", "stranger"])
def test_elsewhere_the_room_does_not_exist(send, cast, at, who):
    at("T+31m")
    assert send(getattr(cast, who)).status_code == 404


@pytest.mark.parametrize(("when", "fires", "status"), [
    ("E-1s", False, "open"), ("E", False, "missed"), ("E+1s", False, "missed"), ("E-1s", True, "missed"),
])  # fmt: skip
def test_what_comes_to_be_owed_after_the_close_was_missed(world, at, when, fires, status):
    """A handler that failed may be tried again after the end; a clock may have been set back since it fired."""
    if fires:
        at("E")
        at.fire()
    at(when)
    people, incident = world.sittings["A1/301"], None
    session = RoomSession.objects.select_related("site_unit__unit__plan").get(pk=world.room.pk)
    more = {"incident": incident, "actor": None, "now": at.now}
    duties.open_for(people[:1], cause="C7", room_session=session, **more)
    duties.open_for_rooms([(session, "C7", incident)], now=at.now)
    assert {duty.status for duty in EvidenceDuty.objects.all()} == {status}
    at("E+1m")
    at.fire()
    assert not EvidenceDuty.objects.filter(status="open").exists()
