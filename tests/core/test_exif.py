"""What a picture's file says of when and where: read where it can be, and nothing else."""

import io
from datetime import datetime, timedelta, timezone

import pytest
from PIL import Image

from exam_ops.core import exif
from exam_ops.core.exif import Claims
from exam_ops.rules.moments import BEIJING
from incidents.services.pictures import FORMATS
from tests import pictures

NINE = datetime(2025, 12, 6, 9, 0, tzinfo=BEIJING)
SHOT, GPS, TAKEN, OFFSET = 0x8769, 0x8825, 0x9003, 0x9011
NORTH_EAST = {1: "N", 2: (30.0, 15.0, 0.0), 3: "E", 4: (120.0, 9.0, 0.0)}


def read(content: bytes) -> Claims:
    return exif.read(io.BytesIO(content), FORMATS)


def noted(shot=None, gps=None) -> bytes:
    notes = Image.Exif()
    notes[0x010F] = "nobody"
    notes.get_ifd(SHOT).update(shot or {})
    notes.get_ifd(GPS).update(gps or {})
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=notes)
    return out.getvalue()


@pytest.mark.parametrize("kind", FORMATS)
def test_time_and_place_of_every_kind_of_picture(kind):
    claims = read(pictures.room(size=(64, 48), taken=NINE, place=(30.25, -120.5), kind=kind))
    assert claims.taken_at == NINE
    assert claims.place == pytest.approx((30.25, -120.5))


def test_an_offset_counts_and_without_one_it_is_beijing():
    assert read(noted({TAKEN: "2025:12:06 09:00:00"})).taken_at == NINE
    there = timezone(timedelta(hours=-5))
    assert read(noted({TAKEN: "2025:12:06 09:00:00", OFFSET: "-05:00"})).taken_at == NINE.replace(
        tzinfo=there
    )
    assert read(noted({TAKEN: "2025:12:06 09:00:00", OFFSET: "+99:99"})).taken_at == NINE


@pytest.mark.parametrize("text", ["", "0000:00:00 00:00:00", "yesterday", "2025:13:40 25:61:61", "9" * 300])
def test_no_time_is_read_from_nonsense(text):
    assert read(noted({TAKEN: text})).taken_at is None


@pytest.mark.parametrize(
    "wrong",
    [
        {2: (91.0, 0.0, 0.0)}, {4: (181.0, 0.0, 0.0)}, {2: (30.0,)},
        {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)},
    ],
)  # fmt: skip
def test_no_place_is_read_from_nonsense(wrong):
    assert read(noted(gps=NORTH_EAST)).place == (30.25, 120.15)
    assert read(noted(gps=NORTH_EAST | wrong)).place is None


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", pictures.room(size=(64, 48))[:90]])
def test_what_is_no_picture_says_nothing(content):
    assert read(content) == Claims()
