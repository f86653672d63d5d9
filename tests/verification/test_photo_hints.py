"""Machine hints about sign-in photos, and the people who decide them (C13)."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from PIL import Image, ImageFilter

from exam_ops.core import files
from exam_ops.core.models import Candidate, Event
from exam_ops.sim import camera
from incidents.models import EvidenceDuty, Incident
from tests.conftest import moment
from tests.verification.helpers import check, jpeg, send
from verification.models import PhotoCheck, PhotoHint, SignIn
from verification.selectors.site_board import site_board
from verification.services import photo_hints, photo_worker


@pytest.fixture
def people(world):
    return world.sittings["A1/301"]


@pytest.fixture
def photographed(api, cast, at):
    """`photographed(sitting, content)`: signs in with that photo, and lets the worker look at it."""
    phone = api(cast.proctor)
    numbers = iter(range(1, 99))

    def send_in(sitting, content: bytes, **more) -> SignIn:
        [row] = send(phone, check(sitting, device_seq=next(numbers), **more))
        answer = phone.put(f"/api/v1/sign-ins/{row['id']}/photo/", content, content_type="image/jpeg")
        assert answer.status_code == 201, answer.content
        photo_worker.run(lambda: at.now)
        return SignIn.objects.get(pk=row["id"])

    return send_in


def blurred(seed: int = 1) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(camera.face(seed))).filter(ImageFilter.GaussianBlur(9)).save(out, "JPEG")
    return out.getvalue()


def kinds(sign_in: SignIn) -> set[str]:
    return set(PhotoHint.objects.filter(photo=sign_in.pk).values_list("kind", flat=True))


def judge(client, hint: PhotoHint, verdict: str, note: str = ""):
    return client.post(reverse("photo-hint-judge", args=[hint.pk]), {"verdict": verdict, "note": note})


def test_a_sharp_photo_raises_nothing_and_a_blurred_one_does(people, photographed):
    assert kinds(photographed(people[0], camera.face(1))) == set()
    assert kinds(photographed(people[1], blurred(2))) == {"blurred"}


def test_the_same_picture_for_two_candidates_is_hinted_at_both(people, photographed):
    one = photographed(people[0], camera.face(1))
    smaller = io.BytesIO()
    Image.open(io.BytesIO(camera.face(1))).resize((360, 480)).save(smaller, "JPEG", quality=70)
    other = photographed(people[1], smaller.getvalue())
    assert kinds(one) == kinds(other) == {"same_picture"}
    assert PhotoHint.objects.get(photo=other.pk).other == one


def test_the_reference_photo_sent_as_ones_own_is_told(world, people, photographed):
    Candidate.objects.filter(pk=people[0].candidate_id).update(photo=files.save(camera.face(1)))
    assert "same_as_reference" in kinds(photographed(people[0], camera.face(1)))


def test_a_failed_attempt_is_not_looked_at(people, photographed):
    photographed(people[0], blurred(), outcome="failed")
    assert not PhotoCheck.objects.exists()


def test_a_hint_decides_nothing_and_stands_on_page_and_board(world, cast, page, people, photographed, at):
    row = photographed(people[0], blurred())
    people[0].refresh_from_db()
    assert people[0].entry_status == "signed_in"
    assert not Incident.objects.exists()
    [room, _] = sorted(site_board(world.site_unit, now=at.now).rooms, key=lambda room: room.number)
    assert room.count("photo_doubt") == 1
    for url in (
        reverse("sitting-detail", args=[people[0].pk]),
        reverse("room-photos", args=[world.room.pk]),
        reverse("sign-in-board", args=[world.site_unit.pk]),
    ):
        html = page(cast.chief).get(url).content.decode()
        assert ("可能模糊" in html) or ("照片存疑" in html)
    assert Event.objects.get(kind="photo.doubted").subject == str(row.pk)


@pytest.mark.parametrize("who", ["chief", "site_admin", "proctor", "second"])
def test_the_sites_staff_call_it_clear(world, cast, page, people, photographed, at, who):
    photographed(people[0], blurred())
    hint = PhotoHint.objects.get()
    assert judge(page(getattr(cast, who)), hint, "clear").status_code == 302
    hint.refresh_from_db()
    assert (hint.verdict, hint.decided_by, hint.decided_at) == ("clear", getattr(cast, who), at.now)
    assert not PhotoCheck.objects.get().doubted
    assert not EvidenceDuty.objects.exists()


def test_a_bad_photo_opens_its_incident_and_a_duty(cast, page, people, photographed):
    photographed(people[0], blurred())
    assert judge(page(cast.proctor), PhotoHint.objects.get(), "bad", "看不清五官").status_code == 302
    duty = EvidenceDuty.objects.get()
    assert (duty.sitting, duty.cause, duty.incident.type) == (people[0], "C13", "IDV-10")
    people[0].refresh_from_db()
    assert people[0].emergency
    photographed(people[1], blurred(3))
    judge(page(cast.chief), PhotoHint.objects.get(verdict=""), "bad", "侧脸")
    assert Incident.objects.count() == 1  # the room's second bad photo joins
    assert set(Incident.objects.get().sittings.all()) == {people[0], people[1]}


def test_bad_without_a_word_why_is_not_taken(cast, page, people, photographed):
    photographed(people[0], blurred())
    judge(page(cast.chief), PhotoHint.objects.get(), "bad", "  ")
    assert PhotoHint.objects.get().verdict == ""
    assert not Incident.objects.exists()


@pytest.mark.parametrize(("when", "duties"), [("E-1s", 1), ("E", 0), ("E+1s", 0)])
def test_from_the_close_of_evidence_on_no_duty_opens(cast, page, people, photographed, at, when, duties):
    photographed(people[0], blurred())
    at.now = moment(when)
    judge(page(cast.chief), PhotoHint.objects.get(), "bad", "模糊")
    assert PhotoHint.objects.get().verdict == "bad"
    assert EvidenceDuty.objects.count() == Incident.objects.count() == duties


def test_the_first_verdict_holds_and_the_second_is_told(cast, page, people, photographed, at):
    photographed(people[0], blurred())
    judge(page(cast.chief), PhotoHint.objects.get(), "clear")
    late = page(cast.proctor)
    assert judge(late, PhotoHint.objects.get(), "bad", "模糊").status_code == 302
    html = late.get(reverse("room-photos", args=[people[0].room_session_id])).content.decode()
    assert "该照片已由 chief 于 08:10 判为“照片可用”" in html
    assert PhotoHint.objects.get().verdict == "clear"


@pytest.mark.parametrize(
    ("who", "status"), [("next_room", 403), ("branch", 403), ("sibling_chief", 404), ("stranger", 404)]
)
def test_nobody_else_decides(cast, page, people, photographed, who, status):
    photographed(people[0], blurred())
    assert judge(page(getattr(cast, who)), PhotoHint.objects.get(), "clear").status_code == status


def test_a_person_sees_what_no_machine_saw(cast, page, people, photographed):
    row = photographed(people[0], camera.face(1))
    url = reverse("sign-in-bad-photo", args=[row.pk])
    assert page(cast.chief).post(url, {"note": "只拍到半张脸"}).status_code == 302
    hint = PhotoHint.objects.get()
    assert (hint.kind, hint.verdict, hint.note) == ("by_hand", "bad", "只拍到半张脸")
    assert EvidenceDuty.objects.get().cause == "C13"


def test_a_flat_picture_is_not_taken_for_anybody_elses(people, photographed):
    one, two = photographed(people[0], jpeg("#101010")), photographed(people[1], jpeg("#111111"))
    assert "same_picture" not in kinds(one) | kinds(two)


def test_the_machine_looks_again_at_nothing(people, photographed, at):
    photographed(people[0], blurred())
    PhotoCheck.objects.get().picture.checks.update(looked_at=None)
    at.now += timedelta(minutes=1)
    assert photo_hints.look(PhotoCheck.objects.get().picture, now=at.now) == []
    assert PhotoHint.objects.count() == 1
