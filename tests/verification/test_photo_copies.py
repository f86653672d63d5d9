"""Photos of any kind and size: what is refused leaves nothing; what is kept gets its copies in the background."""

import io
import struct
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from PIL import Image

from exam_ops.core import files, picture_copies
from exam_ops.core.models import Candidate, Event
from exam_ops.sim import camera
from tests.verification.helpers import ask, check, heic, jpeg, problem, send
from verification.models import Picture, SignIn
from verification.services import photo_copies, photo_worker


@pytest.fixture
def phone(api, cast):
    return api(cast.proctor)


@pytest.fixture
def url(world, phone) -> str:
    return f"/api/v1/sign-ins/{send(phone, check(world.sitting))[0]['id']}/photo/"


@pytest.fixture
def work(at):
    return lambda: photo_worker.run(lambda: at.now)


def put(caller, url: str, content: bytes):
    return caller.put(url, content, content_type="image/jpeg")


def shown(page, user, kind="sign_in", ident=None, size=""):
    ident = ident or SignIn.objects.get().pk
    address = reverse("file-photo", args=[kind, ident]) + (f"?size={size}" if size else "")
    return page(user).get(address, follow=True)


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def of_size(width: int, height: int) -> bytes:
    """A JPEG that says it has so many pixels."""
    small = bytearray(jpeg())
    at = small.index(b"\xff\xc0") + 5
    small[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(small)


def moving(kind: str) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


def with_zip() -> bytes:
    out = io.BytesIO(jpeg())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("../../etc/x", "x")
    return out.getvalue()


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: bytes(40 * 1024 * 1024), (413, "too_large")),
        (lambda: of_size(30_000, 30_000), (413, "too_large")),
        (with_zip, (415, "unsupported_media_type")),
        (lambda: jpeg() + b"<html ><script>1</script>", (415, "unsupported_media_type")),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", (415, "unsupported_media_type")),
        (lambda: jpeg(size=(640, 480))[:400], (415, "unsupported_media_type")),
        (lambda: heic()[:-40], (415, "unsupported_media_type")),
        (lambda: b"", (415, "unsupported_media_type")),
        (lambda: moving("GIF"), (415, "unsupported_media_type")),
        (lambda: moving("WEBP"), (415, "unsupported_media_type")),
    ],
    ids=["40MB", "bomb", "zip", "html", "svg", "torn", "torn-heic", "empty", "gif", "webp"],
)
def test_what_is_refused_leaves_nothing(phone, url, settings, make, expected):
    assert problem(put(phone, url, make())) == expected
    assert [p for p in Path(settings.FILES_DIR).rglob("*") if p.is_file()] == []
    assert SignIn.objects.get().photo == ""
    assert not Picture.objects.exists()
    assert put(phone, url, jpeg()).status_code == 201  # the right one is still welcome


def test_pages_show_the_copy_and_the_original_is_a_download(cast, page, phone, url, work):
    original = camera.face(1, size=1000)
    assert put(phone, url, original).status_code == 201
    assert body(shown(page, cast.chief)) == original  # nobody has made a copy yet
    assert work() == 1
    display = Image.open(io.BytesIO(body(shown(page, cast.chief))))
    assert (
        max(display.size),
        max(Image.open(io.BytesIO(body(shown(page, cast.chief, size="thumb")))).size),
    ) == (720, 160)
    answer = shown(page, cast.chief, size="original")
    assert body(answer) == original
    assert answer["Content-Disposition"].startswith("attachment;")
    assert Event.objects.get(kind="photo.downloaded").actor == cast.chief
    assert body(phone.get(url)) == original


@pytest.mark.parametrize(
    ("who", "status"),
    [("chief", 200), ("branch", 200), ("proctor", 403), ("support", 403), ("stranger", 404)],
)
def test_who_may_have_the_original(cast, page, phone, url, who, status):
    put(phone, url, jpeg())
    assert shown(page, getattr(cast, who), size="original").status_code == status


def test_copies_are_made_once_and_twice_changes_nothing(world, phone, url, work, at):
    put(phone, url, jpeg())
    assert (work(), work()) == (1, 0)
    before = Picture.objects.values().get()
    Picture.objects.update(due_at=at.now)
    assert work() == 1
    assert Picture.objects.values().get() == before | {"attempts": 2}


def test_what_a_dead_worker_had_taken_comes_again(phone, url, work, at):
    put(phone, url, jpeg())
    assert len(photo_copies.take(now=at.now)) == 1
    assert work() == 0
    at.now += photo_copies.LEASE - timedelta(seconds=1)
    assert work() == 0
    at.now += timedelta(seconds=1)
    assert work() == 1


def test_a_failure_is_tried_again_with_patience_and_then_left(phone, url, work, at, monkeypatch):
    put(phone, url, jpeg())
    monkeypatch.setattr(picture_copies, "make", lambda *_: 1 / 0)
    for _ in range(photo_copies.GIVE_UP_AFTER):
        assert work() == 0
        at.now += timedelta(hours=1)
    picture = Picture.objects.get()
    assert (picture.due_at, picture.made_at) == (None, None)
    assert "ZeroDivisionError" in picture.failed_why


def test_heic_is_kept_as_sent_and_drawn_by_its_name(cast, page, phone, url, work, monkeypatch):
    monkeypatch.setattr(picture_copies, "draws_heic", lambda: False)
    assert put(phone, url, heic()).status_code == 201
    assert work() == 1
    answer = shown(page, cast.chief)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert b"HEIC" in answer.content
    answer = shown(page, cast.chief, size="original")
    assert body(answer) == heic()
    assert ".heic" in answer["Content-Disposition"]


def test_a_lost_copy_falls_back_to_the_original(cast, page, phone, url, work):
    put(phone, url, jpeg())
    work()
    files.remove(Picture.objects.get().display)
    assert body(shown(page, cast.chief)) == jpeg()


def test_a_sign_in_brings_its_reference_along_and_a_request_its_own(world, cast, page, phone, url, work):
    reference = camera.face(2, size=800)
    Candidate.objects.filter(pk=world.sitting.candidate_id).update(photo=files.save(reference))
    put(phone, url, jpeg())
    id = ask(phone, world.sittings["A1/301"][1]).json()["id"]
    put(phone, f"/api/v1/entry-requests/{id}/photo/", camera.face(4, size=800))
    assert work() == 3
    copy = body(shown(page, cast.chief, "reference", world.sitting.pk))
    assert max(Image.open(io.BytesIO(copy)).size) == 720
    assert max(Image.open(io.BytesIO(body(shown(page, cast.chief, "request", id)))).size) == 720
