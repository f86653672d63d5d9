"""What a picture is, by its content."""

import io
import struct

import pytest
from PIL import Image

from exam_ops.core import pictures
from exam_ops.core.errors import TooLarge
from exam_ops.core.pictures import NotAPicture


def jpeg(size=(64, 48), colour="grey") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def heic(brand: bytes = b"heic") -> bytes:
    return (
        box(b"ftyp", brand + bytes(4) + b"mif1" + brand) + box(b"meta", bytes(40)) + box(b"mdat", bytes(100))
    )


def kind(content: bytes) -> str:
    return pictures.kind_of(io.BytesIO(content))


def test_jpeg_and_heic_are_told_by_content():
    assert kind(jpeg()) == "image/jpeg"
    assert kind(heic()) == "image/heic"


def test_the_smallest_picture_is_one():
    assert kind(jpeg((1, 1))) == "image/jpeg"


def test_a_jpeg_with_something_behind_it_is_a_jpeg():
    assert kind(jpeg() + b"PK\x03\x04<script>") == "image/jpeg"


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        _png(),
        jpeg((640, 480))[:400],
        b"\xff\xd8\xff\xe0" + b"<script>" * 20,
        box(b"ftyp", b"isom" + bytes(4) + b"mp42") + box(b"moov", bytes(40)),
        heic()[:-10],
        heic() + b"tail",
        box(b"ftyp", b"heic" + bytes(4)),
        struct.pack(">I4sQ", 1, b"ftyp", 1 << 62) + bytes(64),
    ],
)
def test_anything_else_is_refused(content):
    with pytest.raises(NotAPicture):
        kind(content)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_before_it_is_decoded():
    small = bytearray(jpeg())
    at = small.index(b"\xff\xc0") + 5
    small[at : at + 4] = struct.pack(">HH", 30_000, 30_000)
    with pytest.raises(TooLarge):
        kind(bytes(small))
    small[at : at + 4] = struct.pack(">HH", 8_000, 8_000)
    with pytest.raises(TooLarge):
        kind(bytes(small))


def test_a_phones_jpeg_with_a_second_picture_inside_is_one_photograph():
    out = io.BytesIO()
    first, second = Image.new("RGB", (64, 48), "grey"), Image.new("RGB", (32, 24), "white")
    first.save(out, "MPO", save_all=True, append_images=[second])
    assert pictures.kind_of(out) == "image/jpeg"


def test_a_moving_picture_is_none():
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(pictures.NotAPicture):
        pictures.check_whole(out, ("WEBP",))
