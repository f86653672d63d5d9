"""Copies of pictures for pages, and the measures taken on the way."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFilter

from exam_ops.core import picture_copies
from exam_ops.core.picture_copies import NoCopy, make
from exam_ops.rules.photo_hints import Hint, are_alike, hints
from exam_ops.sim import camera

TURNED_RIGHT, COMMENT, ORIENTATION = 6, b"who took it", 0x0112


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def encoded(picture: Image.Image, **more) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", **more)
    return out.getvalue()


def made(content: bytes) -> picture_copies.Made:
    return make(io.BytesIO(content), "image/jpeg")


def test_a_copy_stands_upright_and_carries_nothing_but_pixels():
    lying = Image.new("RGB", (1600, 1200), "blue")
    ImageDraw.Draw(lying).rectangle((0, 0, 100, 1200), fill="red")  # the top, once it is turned
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_RIGHT
    exif[0x010F] = "a maker"
    copies = made(encoded(lying, exif=exif, comment=COMMENT, icc_profile=b"p" * 40))
    shown, small = opened(copies.display), opened(copies.thumb)
    assert shown.size == (540, 720)
    assert max(small.size) == 160
    red, _, blue = shown.getpixel((270, 10))
    assert red > 200 > 60 > blue
    assert not shown.getexif()
    assert not {"exif", "comment", "icc_profile"} & set(shown.info)
    assert b"a maker" not in copies.display + copies.thumb
    assert (copies.measures.width, copies.measures.height) == (1200, 1600)


def test_a_small_picture_is_not_made_larger():
    assert opened(made(encoded(Image.new("RGB", (90, 120)))).display).size == (90, 120)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_whatever_colours_a_jpeg_has(mode):
    assert opened(made(encoded(Image.new(mode, (90, 120)))).display).mode == "RGB"


def test_measures_tell_sharp_from_blurred_and_dark_from_light():
    face = opened(camera.face(3))
    pictures = {
        (): face,
        (Hint.BLURRED,): face.filter(ImageFilter.GaussianBlur(8)),
        (Hint.DARK, Hint.BLURRED): face.point(lambda p: p // 5).filter(ImageFilter.GaussianBlur(3)),
        (Hint.SMALL,): face.resize((120, 160)),
    }
    for expected, picture in pictures.items():
        assert tuple(hints(made(encoded(picture, quality=90)).measures)) == expected


def test_the_same_picture_is_known_again_and_another_is_not():
    face = opened(camera.face(3))
    one = made(camera.face(3)).measures
    assert are_alike(one, made(encoded(face.resize((360, 480)), quality=60)).measures)
    other = Image.new("RGB", (480, 640), "#b9c2c9")
    ImageDraw.Draw(other).ellipse((40, 60, 280, 400), fill="#5a4334")
    assert not are_alike(one, made(encoded(other)).measures)


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", encoded(Image.new("RGB", (640, 480)))[:300]])
def test_no_copy_of_what_cannot_be_opened(content):
    with pytest.raises(NoCopy):
        made(content)


def test_no_copy_of_heic_without_the_operators_library(monkeypatch):
    monkeypatch.setattr(picture_copies, "draws_heic", lambda: False)
    with pytest.raises(NoCopy):
        make(io.BytesIO(b""), "image/heic")
