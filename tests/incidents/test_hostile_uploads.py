"""Bad input to the evidence call: each refused with its code in time, nothing stored, no memory eaten (issue: bad input)."""

import json
import time
import uuid
from collections.abc import Callable

import pytest
from PIL import Image

from exam_ops.core.models import StoredAnswer
from incidents.models import Evidence
from tests import pictures
from tests.incidents import hostile

AT_MOST = 2.0  # seconds for one refusal
ADDRESS = "/api/v1/evidence/"


@pytest.fixture
def nothing_is_stored(settings) -> Callable[[], None]:
    def check() -> None:
        assert not Evidence.objects.exists()
        assert not StoredAnswer.objects.exists()
        assert not [path for path in settings.FILES_DIR.rglob("*") if path.is_file()]

    return check


@pytest.fixture
def form(world, at):
    at("T+31m")
    return lambda **changed: {
        "id": str(uuid.uuid4()),
        "room_session": str(world.room.pk),
        "reason": "已人工核对证件",
        "captured_at": "2025-12-06T09:01:00+08:00",
    } | changed  # fmt: skip


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("group", hostile.GROUPS)
def test_no_hostile_file_is_stored_and_each_is_refused_in_time(group, api, cast, form, nothing_is_stored):
    caller, wrong = api(cast.proctor), []
    for file in hostile.of(group):
        photo = pictures.upload(file.content, file.name)
        began = time.perf_counter()
        answer = caller.post(ADDRESS, form(photo=photo), format="multipart")
        took = time.perf_counter() - began
        if answer.data.get("code") != file.code or took >= AT_MOST:
            wrong.append(f"{file.what}: {answer.status_code} {answer.data.get('code')} in {took:.1f} s")
    assert not wrong
    nothing_is_stored()


def test_there_are_more_than_sixty_of_them():
    assert sum(1 for _ in hostile.files()) >= 60


def test_exif_that_lies_or_breaks_changes_nothing_about_the_picture(api, cast, form):
    exif = Image.Exif()
    exif[0x0132] = "1601:01:01 00:00:00"  # taken four centuries ago
    exif[0x0112] = 99  # an orientation that there is not
    exif.get_ifd(0x8825).update({2: (999.0, 99.0, 99.0), 4: (999.0, 0.0, 0.0)})
    lying = hostile.picture(exif=exif.tobytes())
    at = lying.index(b"Exif\0\0") + 6
    looping = lying[: at + 4] + b"\0\0\0\x08" * 3 + lying[at + 16 :]  # directories that lead to themselves
    for content in (lying, looping):
        answer = api(cast.proctor).post(ADDRESS, form(photo=pictures.upload(content)), format="multipart")
        assert answer.status_code == 201


MARKS = {
    "torn": "[{",
    "not a list": '{"sitting": 1}',
    "no number": '[{"sitting": 1, "x": NaN, "y": NaN}]',
    "without end": '[{"sitting": 1, "x": Infinity, "y": -Infinity}]',
    "beside the picture": '[{"sitting": 1, "x": 1.0001, "y": 0.5}]',
    "half a place": '[{"sitting": 1, "x": 0.5}]',
    "words": '[{"sitting": "1", "x": "0.5", "y": "0.5"}]',
    "a truth": '[{"sitting": true, "x": 0, "y": 0}]',
    "a key without end": f'[{{"sitting": {10**40}}}]',
    "a key of 5000 digits": f'[{{"sitting": {"9" * 5000}}}]',
    "as deep as a well": "[" * 50_000,
    "too many": json.dumps([{"sitting": n} for n in range(1, 502)]),
    "too long": json.dumps(["x" * 100_001]),
}


@pytest.fixture
def raw(api, cast):
    """`raw(lines, …)` sends a multipart body written by hand."""

    def send(body: bytes, kind: str = "multipart/form-data; boundary=b"):
        return api(cast.proctor).generic("POST", ADDRESS, body, content_type=kind)

    return send


def part(name: str, value: bytes, *, file: str | None = None, more: bytes = b"") -> bytes:
    named = f'; filename="{file}"' if file is not None else ""
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n'.encode()
    return head + more + b"\r\n" + value + b"\r\n"


def test_no_hostile_form_is_stored(api, cast, form, raw, nothing_is_stored):
    caller = api(cast.proctor)
    sound = hostile.picture()
    fields = b"".join(part(name, value.encode()) for name, value in form().items())
    photo = part("photo", sound, file="room.jpg", more=b"Content-Type: image/jpeg\r\n")
    end = b"--b--\r\n"

    def posted(**changed):
        return caller.post(ADDRESS, form(photo=pictures.upload(sound), **changed), format="multipart")

    answers = {f"marks: {what}": (posted(marks=text), "invalid") for what, text in MARKS.items()}
    answers |= {
        "two pictures": (raw(fields + photo + photo + end), "invalid"),
        "another file besides": (raw(fields + photo + part("more", b"x", file="x.sh") + end), "invalid"),
        "the picture as words": (raw(fields + part("photo", b"/etc/passwd") + end), "invalid"),
        "a picture without a name": (raw(fields + part("photo", sound, file="") + end), "invalid"),
        "named as a way up": (raw(fields + part("photo", b"x", file="../../../etc/passwd") + end), "not_an_image"),
        "named as its folder": (raw(fields + part("photo", sound, file="..") + end), "invalid"),
        "no boundary": (raw(fields + photo + end, "multipart/form-data"), "malformed"),
        "a boundary of other signs": (raw(fields + photo + end, "multipart/form-data; boundary=\xe9"), "malformed"),
        "another boundary": (raw(fields + photo + end, "multipart/form-data; boundary=c"), "invalid"),
        "nothing": (raw(b""), "invalid"),
        "json": (raw(json.dumps(form()).encode(), "application/json"), "unsupported_media_type"),
        "a picture alone": (raw(sound, "image/jpeg"), "unsupported_media_type"),
        "a head of a megabyte": (
            raw(fields + part("photo", sound, file="r.jpg", more=b"X: " + b"y" * hostile.MB + b"\r\n") + end),
            "malformed",
        ),
        "base64 that is none": (
            raw(fields + part("photo", b"abcde", file="r.jpg", more=b"Content-Transfer-Encoding: base64\r\n") + end),
            "malformed",
        ),
        "two thousand fields": (raw(part("x", b"1") * 2000 + fields + photo + end), "malformed"),
        "two hundred files": (raw(fields + photo * 200 + end), "malformed"),
        "eleven megabytes of reasons": (raw(fields + part("reason", b"y" * 11 * hostile.MB) + end), "too_large"),
        "no id": (posted(id="1"), "invalid"),
        "a null in the reason": (posted(reason="a\0b"), "invalid"),
        "no time": (posted(captured_at="NaN"), "invalid"),
        "a time that no clock shows": (posted(captured_at="9999-12-31T23:59:59-12:00"), "invalid"),
        "a time before time": (posted(sent_at="0001-01-01T00:00:00+14:00"), "invalid"),
        "a room without end": (posted(room_session="9" * 40), "invalid"),
        "no room": (posted(room_session="-1"), "invalid"),
    }  # fmt: skip
    wrong = {
        what: (answer.status_code, answer.data.get("code"))
        for what, (answer, code) in answers.items()
        if answer.data.get("code") != code
    }
    assert not wrong
    nothing_is_stored()


def test_on_the_page_what_was_typed_stays(page, cast, world, form, nothing_is_stored):
    for file in (
        hostile.File("torn", hostile.picture()[:500]),
        hostile.File("two", hostile.picture() + b"<html>"),
    ):
        sent = form(
            photo=pictures.upload(file.content), reason="教室后排看不清", captured_at="2025-12-06T09:01:00"
        )
        answer = page(cast.proctor).post(f"/integrity/records/{world.room.pk}/", sent)
        assert (answer.status_code, "教室后排看不清" in answer.content.decode()) == (422, True)
    nothing_is_stored()
