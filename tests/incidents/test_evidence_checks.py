"""Checks of evidence in the background: hints beside the picture that refuse nothing (C14, C15)."""

import uuid
from datetime import timedelta

import pytest

from exam_ops.core import drill, files
from exam_ops.core.deadlines import alarms, backoff
from exam_ops.core.models import Event, ExamSite
from exam_ops.rules.evidence_checks import Found, Name, State
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.watermark import Line
from incidents.models import Evidence, EvidenceCheck, EvidenceMark, EvidencePicture
from incidents.services import check_kinds, check_worker, checks, duties, watermarks
from incidents.services.check_kinds import Kind
from tests import pictures
from tests.conftest import moment
from tests.incidents.evidence_scenes import send
from tests.world import T

HERE = (30.25, 120.15)


@pytest.fixture
def sent(world, at):
    """`sent(photo, session, captured)` is taken in at T+31; its checks wait."""

    def make(photo: bytes, session=None, captured="T+30m") -> Evidence:
        now = at("T+31m")
        captured_at = moment(captured)
        return send(session or world.room, world.cast.proctor, now=now, photo=photo, captured_at=captured_at)

    return make


@pytest.fixture
def work(at):
    return lambda names=checks.BACKGROUND: check_worker.run(lambda: at.now, names)


def found(row: Evidence) -> dict[str, tuple[str, str]]:
    return {hint.name: (hint.state, hint.code) for hint in checks.of([row.pk])[row.pk]}


def beijing(expression: str):
    return moment(expression).astimezone(BEIJING)


def test_a_good_picture_passes_them_all(world, sent, work):
    ExamSite.objects.filter(pk=world.site.pk).update(latitude=HERE[0], longitude=HERE[1])
    row = sent(pictures.room(taken=beijing("T+30m"), place=HERE))
    assert {state for state, code in found(row).values() if code == "pending"} == {"pending"}
    assert work() == len(checks.BACKGROUND)
    assert found(row) == {
        "image": ("passed", "whole"),
        "capture_time": ("passed", "taken_on_time"),
        "opens": ("passed", "clear"),
        "exif_time": ("passed", "time_fits"),
        "exif_place": ("passed", "place_fits"),
        "same_picture": ("passed", "only_here"),
        "strip": ("missing", "told"),
        "watermark": ("missing", "ocr_off"),
        "marks": ("passed", "none_owed"),
    }
    assert not Event.objects.filter(kind="evidence.doubted").exists()


def test_a_poor_picture_is_taken_and_doubted(world, sent, work):
    row = sent(pictures.jpeg())
    work()
    told = found(row)
    assert told["opens"] == ("flagged", "small")
    assert told["exif_time"] == ("missing", "no_time")
    assert told["exif_place"] == ("missing", "no_place")
    assert told["same_picture"] == ("missing", "flat")
    event = Event.objects.get(kind="evidence.doubted")
    assert (event.subject, event.data["check"], event.room_session) == (str(row.pk), "opens", world.room)


@pytest.mark.parametrize(
    ("site", "moved", "code"),
    [((30.4, 120.15), "", "place_off"), ((None, None), "", "site_has_no_place"), (HERE, "临时考点", "moved")],
)
def test_a_place_is_compared_with_where_the_unit_is_sat(world, sent, work, site, moved, code):
    ExamSite.objects.filter(pk=world.site.pk).update(latitude=site[0], longitude=site[1])
    type(world.site_unit).objects.filter(pk=world.site_unit.pk).update(place=moved)
    row = sent(pictures.room(place=HERE))
    work()
    assert found(row)["exif_place"][1] == code


@pytest.mark.parametrize(
    ("taken", "code"), [("T+35m", "time_fits"), ("T+36m", "time_off_claim"), ("T-1h", "time_off_unit")]
)
def test_the_time_in_the_file(sent, work, taken, code):
    row = sent(pictures.room(taken=beijing(taken)))
    work()
    assert found(row)["exif_time"][1] == code


def test_on_a_drill_the_phone_may_go_by_either_clock(drill_world, at, new_id, work):
    plan = drill_world.plan
    plan.clock_offset = timedelta(days=3)
    plan.save()
    for shift in (timedelta(0), plan.clock_offset):
        photo = pictures.room(taken=(T + timedelta(minutes=30) + shift).astimezone(BEIJING))
        row = Evidence(
            id=uuid.uuid4(), room_session=drill_world.room, captured_at=moment("T+30m") + plan.clock_offset,
            received_at=at("T+31m"), sha256=files.save(photo),
        )  # fmt: skip
        row.room_session.site_unit.start = T + plan.clock_offset
        row.room_session.site_unit.unit.plan = plan
        subject = check_worker.Subject(row, now=at.now)
        assert check_kinds.exif_time(subject).code == "time_fits"


def test_the_same_picture_in_two_rooms_is_doubted_in_both(world, sent, work):
    first = sent(pictures.room(1))
    work()
    other = sent(pictures.room(2))
    again = sent(pictures.room(1), session=world.rooms["A1/302"])
    smaller = sent(pictures.room(1, size=(1100, 825), quality=50), session=world.rooms["B1/201"])
    work()
    assert {row: found(row)["same_picture"][1] for row in (first, again, smaller, other)} == {
        first: "same_file",
        again: "same_file",
        smaller: "near",
        other: "only_here",
    }
    hint = next(h for h in checks.of([first.pk])[first.pk] if h.name == Name.SAME_PICTURE)
    assert "2025秋-网考 第1单元 城东考点 302" in hint.words.zh
    assert set(hint.figures["evidence"]) == {str(again.pk), str(smaller.pk)}


def test_a_twin_that_was_looked_at_before_the_other_stood_is_looked_at_again(world, sent, work, at):
    first = sent(pictures.room(1))
    [in_hand] = check_worker.take([Name.SAME_PICTURE], now=at.now)
    subject = check_worker.Subject(first, now=at.now)
    alone = check_kinds.same_picture(subject)
    second = sent(pictures.room(1), session=world.rooms["A1/302"])
    at.now += timedelta(seconds=1)
    work()
    assert not check_worker._write(in_hand, alone, first, now=at.now)
    work()
    assert {found(row)["same_picture"][1] for row in (first, second)} == {"same_file"}


def test_versions_of_one_room_are_alike_by_nature(sent, work):
    one, two = sent(pictures.room(1)), sent(pictures.room(1, quality=60))
    work()
    assert {found(row)["same_picture"][1] for row in (one, two)} == {"only_here"}


def test_a_drill_is_compared_with_drills_alone(world, sent, work):
    first = sent(pictures.room(1))
    work()
    EvidencePicture.objects.filter(pk=first.pk).update(is_drill=True)
    second = sent(pictures.room(1), session=world.rooms["A1/302"])
    work()
    assert found(second)["same_picture"][1] == "only_here"


def test_a_drill_that_begins_anew_forgets_them(drill_world, at, work):
    now = at("T+31m")
    send(drill_world.room, drill_world.cast.proctor, now=now, photo=pictures.room())
    work()
    drill.reset(drill_world.plan, to=T, now=now, actor=None)
    assert not EvidencePicture.objects.exists()
    assert not EvidenceCheck.objects.exists()


def test_marks_are_read_as_they_stand(world, sent, at):
    row = sent(pictures.room())
    duties.open_for(
        world.sittings["A1/301"][:2],
        cause="C3",
        room_session=world.room,
        incident=None,
        actor=None,
        now=at.now,
    )
    assert found(row)["marks"] == ("flagged", "unmarked")
    EvidenceMark.objects.bulk_create(
        EvidenceMark(evidence=row, sitting=s) for s in world.sittings["A1/301"][:2]
    )
    assert found(row)["marks"] == ("passed", "all_marked")


def test_one_check_that_breaks_down_holds_up_no_other(sent, work, at, monkeypatch):
    broken = Kind(Name.OPENS, lambda subject: 1 / 0)
    monkeypatch.setitem(check_kinds.KINDS, Name.OPENS, broken)
    row = sent(pictures.room())
    assert work() == len(checks.BACKGROUND) - 1
    for failures in range(1, check_worker.GIVE_UP_AFTER):
        check = EvidenceCheck.objects.get(evidence=row, name=Name.OPENS)
        assert (check.state, check.attempts) == ("pending", failures)
        assert alarms.called() == (1 if failures >= backoff.ALARM_AFTER else 0)
        at.now += backoff.wait(failures) - timedelta(seconds=1)
        assert work() == 0
        at.now += timedelta(seconds=1)
        assert work() == 0
    check.refresh_from_db()
    assert (check.state, check.due_at, check.error) == ("failed", None, "ZeroDivisionError: division by zero")
    assert alarms.called() == 0
    assert found(row)["opens"] == ("failed", "failed")


def test_what_a_dead_worker_had_taken_is_only_pending_longer(sent, work, at):
    row = sent(pictures.room())
    assert len(check_worker.take(checks.BACKGROUND, now=at.now)) == len(checks.BACKGROUND)
    assert work() == 0
    at.now += check_worker.LEASE
    assert work() == len(checks.BACKGROUND)
    assert work() == 0
    assert EvidenceCheck.objects.filter(evidence=row, due_at=None).count() == len(checks.BACKGROUND) + 1


def test_a_worker_that_was_too_slow_writes_nothing_over_another_s(sent, work, at):
    row = sent(pictures.room())
    slow = check_worker.take(checks.BACKGROUND, now=at.now)
    at.now += check_worker.LEASE
    work()
    before = list(EvidenceCheck.objects.filter(evidence=row).order_by("pk").values())
    late = Found(State.FLAGGED, "unreadable")
    assert not any(check_worker._write(one, late, row, now=at.now) for one in slow)
    assert list(EvidenceCheck.objects.filter(evidence=row).order_by("pk").values()) == before


def test_asking_twice_asks_once(sent, at):
    row = sent(pictures.room())
    checks.ask(row, now=at.now)
    assert EvidenceCheck.objects.filter(evidence=row).count() == len(checks.BACKGROUND + checks.OCR)


def test_a_lost_original_is_said(sent, work, at):
    row = sent(pictures.room())
    files.remove(row.sha256)
    for failures in range(1, check_worker.GIVE_UP_AFTER + 1):
        work()
        at.now += backoff.wait(failures)
    assert found(row)["opens"] == ("failed", "failed")


def test_the_watermark_is_read_by_its_own_worker(sent, work, settings, monkeypatch):
    settings.OCR = True
    row = sent(pictures.room())
    assert work() == len(checks.BACKGROUND)
    assert found(row)["watermark"] == ("pending", "pending")
    said = [Line("2025-12-06 09:00:12", 0.98), Line("示例市示例路18号", 0.95)]
    monkeypatch.setattr(watermarks, "read", lambda subject: said)
    assert work(checks.OCR) == 1
    assert found(row)["watermark"] == ("passed", "mark_fits")


def test_where_the_reader_is_not_installed_the_check_says_so(sent, work, settings, monkeypatch):
    settings.OCR = True

    def missing():
        raise ModuleNotFoundError("rapidocr")

    monkeypatch.setattr(watermarks, "_reader", missing)
    row = sent(pictures.room())
    work(checks.OCR)
    assert found(row)["watermark"] == ("missing", "ocr_missing")


def test_over_the_api_they_are_pending_and_then_known(api, cast, world, work, at, new_id):
    at("T+31m")
    id = new_id()
    body = {
        "id": id, "room_session": world.room.pk, "reason": "x", "captured_at": "2025-12-06T09:00:00+08:00",
        "photo": pictures.upload(pictures.room(taken=beijing("T+30m"))),
    }  # fmt: skip
    answer = api(cast.proctor).post("/api/v1/evidence/", body, format="multipart")
    told = {check["name"]: check["state"] for check in answer.data["checks"]}
    assert (told["image"], told["capture_time"], told["opens"]) == ("passed", "passed", "pending")
    work()
    seen = api(cast.proctor).get(f"/api/v1/evidence/{id}/", headers={"Accept-Language": "en"}).data
    by_name = {check["name"]: check for check in seen["checks"]}
    assert by_name["opens"]["state"] == "passed"
    assert by_name["exif_time"]["detail"] == "The file says 2025-12-06 09:00:00: it fits."
    assert seen["sha256"] == answer.data["sha256"]
    assert api(cast.stranger).get(f"/api/v1/evidence/{id}/").status_code == 404


def test_hints_stand_beside_the_picture_and_in_the_list(page, cast, world, sent, work):
    sent(pictures.jpeg())
    live = f"/integrity/records/{world.room.pk}/live/"
    before = page(cast.chief).get(live)
    assert "检查中" in before.content.decode()
    work()
    after = page(cast.chief).get(live, headers={"If-None-Match": before["ETag"], "HX-Request": "true"})
    assert "只有 640×480 像素" in after.content.decode()
    rooms = page(cast.chief).get("/integrity/records/").context["rooms"]
    assert {row.room.room_no: row.doubted for row in rooms} == {"301": 1, "302": 0}


def test_pages_ask_a_few_statements_however_many_pictures(sent, work, django_assert_max_num_queries):
    rows = [sent(pictures.jpeg()) for _ in range(5)]
    work()
    with django_assert_max_num_queries(5):
        assert len(checks.of([row.pk for row in rows])) == 5
