"""What a picture is, by its content."""

import io
import struct
import zipfile

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


def ispe(width: int, height: int) -> bytes:
    return box(b"ispe", bytes(4) + struct.pack(">II", width, height))


def meta(*properties: bytes) -> bytes:
    return box(b"meta", bytes(4) + box(b"iprp", box(b"ipco", b"".join(properties))))


def heic(brand: bytes = b"heic", sizes=((512, 512), (4032, 3024))) -> bytes:
    """The boxes of a HEIC picture around nothing: tiles and the whole."""
    head = box(b"ftyp", brand + bytes(4) + b"mif1" + brand)
    return head + meta(*(ispe(*size) for size in sizes)) + box(b"mdat", bytes(100))


def kind(content: bytes) -> str:
    return pictures.kind_of(io.BytesIO(content))


def test_jpeg_and_heic_are_told_by_content():
    assert kind(jpeg()) == "image/jpeg"
    assert kind(heic()) == "image/heic"


def test_the_smallest_picture_is_one():
    assert kind(jpeg((1, 1))) == "image/jpeg"


def test_what_a_phone_hangs_behind_its_picture_is_kept_with_it():
    assert kind(jpeg() + b"SEFHe\0\0\0\0SEFT" + bytes(range(256))) == "image/jpeg"


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        jpeg() + _zip(),
        heic() + box(b"free", _zip()),
        jpeg() + b"<!DOCTYPE html><p>",
        jpeg()[:2] + b"\xff\xfe" + struct.pack(">H", 20) + b"<ScRipt>alert(1)//" + jpeg()[2:],
        jpeg() + bytes(pictures._AT_ONCE - len(jpeg()) - 3) + b"<html >",  # across two readings
    ],
    ids=["zip", "heic-zip", "html", "script-in-a-comment", "far-behind"],
)
def test_a_picture_that_is_a_page_or_an_archive_besides_is_refused(content):
    with pytest.raises(pictures.TwoFilesInOne):
        kind(content)


@pytest.mark.parametrize("size", [(30_000, 30_000), (60_000_001, 1)])
def test_a_heic_of_too_many_pixels_is_refused_by_its_boxes(size):
    with pytest.raises(TooLarge):
        kind(heic(sizes=[size]))
    assert kind(heic(sizes=[(60_000_000, 1)])) == "image/heic"


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
        box(b"ftyp", b"avif" + bytes(4) + b"avif") + meta(ispe(9, 9)) + box(b"mdat", bytes(9)),
        heic() + box(b"moov", bytes(40)),
        heic(sizes=[]),
        heic(sizes=[(0, 9)]),
        meta(ispe(9, 9)) + box(b"ftyp", b"heic" + bytes(4) + b"heic"),
        box(b"ftyp", b"heic" + bytes(4)) + box(b"meta", bytes(40)),
        box(b"free", b"") * 100 + heic(),
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
