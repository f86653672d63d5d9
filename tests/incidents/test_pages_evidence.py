"""应急材料 by the web: the path, the form with its refusals, one second late, twice the same; pictures by permission."""

import json

import pytest

from exam_ops.core.models import Event
from incidents.models import Evidence, EvidenceDuty
from incidents.services import duties
from tests import pictures

ON_TIME = "2025-12-06T09:01:00"


@pytest.fixture
def owed(world, at):
    duties.open_for(
        [world.sitting], cause="C3", room_session=world.room, incident=None, actor=None, now=at.now
    )
    return world.sitting


@pytest.fixture
def send(page, world, new_id):
    def call(user=None, *, photo=None, accept="text/html", **fields):
        body = {
            "id": new_id(),
            "reason": "已人工核对证件",
            "captured_at": ON_TIME,
            "photo": pictures.upload(photo),
        }
        return page(user or world.cast.proctor).post(
            f"/integrity/records/{world.room.pk}/", body | fields, headers={"Accept": accept}
        )

    return call


def test_the_records_page_puts_what_is_owed_first(page, cast, owed):
    answer = page(cast.chief).get("/integrity/records/")
    assert [(row.room.room_no, row.owed) for row in answer.context["rooms"]] == [("301", 1), ("302", 0)]
    assert "标记" in answer.content.decode()


def test_a_proctor_finds_the_own_room_there(page, cast, owed):
    rooms = page(cast.next_room).get("/integrity/records/").context["rooms"]
    assert [row.room.room_no for row in rooms] == ["302"]


def test_headquarters_sees_the_sites_that_owe_first(page, cast, owed):
    sites = page(cast.hq).get("/integrity/records/").context["sites"]
    assert [(row["site"].code, row["owed"]) for row in sites] == [("A1", 1), ("A2", 0), ("B1", 0)]


@pytest.mark.parametrize(
    ("who", "status"),
    [("proctor", 200), ("chief", 200), ("branch", 200), ("next_room", 403), ("sibling_chief", 404), ("stranger", 404),
     ("other_branch", 404), ("nobody", 403), ("candidate", 403), ("centre_officer", 403)],
)  # fmt: skip
@pytest.mark.parametrize("part", ["", "live/"])
def test_who_sees_the_room(page, cast, world, who, status, part):
    assert page(getattr(cast, who)).get(f"/integrity/records/{world.room.pk}/{part}").status_code == status


def test_the_branch_sees_and_is_told_why_it_may_not_send(page, cast, world, send, at):
    at("T+31m")
    answer = page(cast.branch).get(f"/integrity/records/{world.room.pk}/")
    assert answer.context["may_not"]
    assert "data-evidence " not in answer.content.decode()
    assert send(cast.branch).status_code == 403


def test_who_is_owed_is_named_in_red(page, cast, world, owed):
    text = page(cast.proctor).get(f"/integrity/records/{world.room.pk}/").content.decode()
    assert "还有 1 名应急考生未在照片上标记" in text
    assert owed.candidate.name in text


def test_a_picture_with_its_marks_meets_the_duty(send, owed, world, at):
    at("T+31m")
    other = world.sittings["A1/301"][1]
    answer = send(
        marks=json.dumps([{"sitting": owed.pk, "x": 0.25, "y": 0.5}]), in_picture=[other.pk, owed.pk]
    )
    assert answer.status_code == 302
    marks = {m.sitting_id: (m.x, m.y) for m in Evidence.objects.get().marks.all()}
    assert marks == {owed.pk: (0.25, 0.5), other.pk: (None, None)}
    assert EvidenceDuty.objects.get(sitting=owed).status == "met"


def test_the_capture_time_is_read_as_beijing_time(send, at):
    at("T+31m")
    send()
    assert (Evidence.objects.get().captured_at.hour, Evidence.objects.get().on_time) == (1, True)


@pytest.mark.parametrize(
    ("moment", "status", "field"),
    [("T+1199s", 422, "__all__"), ("T+31m", 302, None), ("E-1s", 302, None), ("E", 403, "__all__"), ("E+1s", 403, "__all__")],
)  # fmt: skip
def test_to_the_second(send, at, moment, status, field):
    at(moment)
    answer = send()
    assert answer.status_code == status
    assert Evidence.objects.exists() is (status == 302)
    if field:
        assert answer.context["form"].errors[field]


def test_after_the_end_the_page_says_what_to_do(page, cast, world, at):
    at("E+1s")
    text = page(cast.proctor).get(f"/integrity/records/{world.room.pk}/").content.decode()
    assert "请经分部报总部决定" in text
    assert "data-evidence " not in text


@pytest.mark.parametrize("captured", ["", "2025-12-06T08:45:00"])
def test_a_reason_for_the_time_is_asked_beside_its_field_and_what_was_typed_stays(send, owed, at, captured):
    at("T+50m")
    marks = json.dumps([{"sitting": owed.pk, "x": 0.25, "y": 0.5}])
    answer = send(captured_at=captured, reason="长说明原样保留", marks=marks)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["lateness_reason"])
    text = answer.content.decode()
    assert "长说明原样保留" in text
    assert "&quot;x&quot;: 0.25" in text
    assert send(captured_at=captured, lateness_reason="手机时间错误").status_code == 302


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a" + b"\0" * 50, pictures.jpeg()[:200]], ids=["empty", "gif", "torn"]
)
def test_what_is_no_picture_is_refused_beside_it(send, at, content):
    at("T+31m")
    answer = send(photo=content)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["photo"])
    assert not Evidence.objects.exists()


def test_without_picture_and_reason_both_say_so(send, at):
    at("T+31m")
    assert set(send(photo=None, reason=" ").context["form"].errors) == {"reason"}
    assert set(send(**{"photo": b""}, reason="x").context["form"].errors) == {"photo"}


def test_somebody_of_another_room_cannot_be_marked(send, world, at):
    at("T+31m")
    stranger = world.sittings["A1/302"][0]
    answer = send(marks=json.dumps([{"sitting": stranger.pk, "x": 0.1, "y": 0.1}]))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["in_picture"])


def test_sent_twice_it_is_one_picture_even_after_the_end(send, at, new_id):
    at("T+31m")
    id = new_id()
    assert send(id=id).status_code == 302
    at("E+5m")
    assert send(id=id).status_code == 302
    assert Evidence.objects.count() == 1


def test_the_pages_script_is_told_in_json(send, world, at):
    at("T+31m")
    assert send(accept="application/json").json() == {"url": f"/integrity/records/{world.room.pk}/"}
    at("T+50m")
    refused = send(accept="application/json", captured_at="")
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["lateness_reason"])


def test_a_picture_is_served_sandboxed_and_its_view_recorded(page, send, cast, at):
    at("T+31m")
    send()
    row = Evidence.objects.get()
    answer = page(cast.chief).get(f"/integrity/evidence/{row.pk}/photo/", follow=True)
    assert b"".join(answer.streaming_content) == pictures.jpeg()
    assert answer["Content-Type"] == "image/jpeg"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    seen = Event.objects.get(kind="photo.viewed")
    assert (seen.actor, seen.subject) == (cast.chief, f"evidence {row.pk}")


@pytest.mark.parametrize(
    ("who", "status"),
    [("next_room", 403), ("sibling_chief", 404), ("stranger", 404), ("other_branch", 404), ("nobody", 403)],
)
def test_a_picture_is_nobody_elses(page, send, cast, at, who, status):
    at("T+31m")
    send()
    answer = page(getattr(cast, who)).get(f"/integrity/evidence/{Evidence.objects.get().pk}/photo/")
    assert answer.status_code == status
    assert not Event.objects.filter(kind="photo.viewed").exists()
