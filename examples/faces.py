"""Drawn faces of nobody: one flat avatar per student number, always the same one."""

import hashlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = (180, 240)
QUALITY = 70
DATE = (2025, 11, 1, 0, 0, 0)  # fixed, so that the same people make the same bytes

_BACKGROUNDS = ("#4f86c6", "#6d9dc5", "#c8d6e5", "#e8e8e8", "#b0413e")
_SKINS = ("#f6d7bd", "#efc7a5", "#e5b58f", "#d9a47a", "#c58f66")
_HAIRS = ("#17130f", "#241a14", "#32241b", "#4a3426", "#17130f", "#2a2320", "#6b6b6b")
_SHIRTS = ("#2f3e55", "#f4f4f0", "#7a2e3a", "#39634e", "#5b4a77", "#c28b3c", "#3b6ea5", "#8a8f98")
_LINE = "#3a2a22"
_SCALE = 2  # drawn larger and shrunk, for smooth edges


class _Dice:
    """Choices that depend on a text alone."""

    def __init__(self, text: str) -> None:
        self._bytes = iter(hashlib.sha256(text.encode()).digest())

    def one_of(self, options: tuple[str, ...]) -> str:
        return options[next(self._bytes) % len(options)]

    def between(self, low: int, high: int) -> int:
        return low + next(self._bytes) % (high - low + 1)


def draw(student_no: str) -> Image.Image:
    """The face that belongs to a student number."""
    dice = _Dice(student_no)
    image = Image.new("RGB", (180 * _SCALE, 240 * _SCALE), dice.one_of(_BACKGROUNDS))
    pen = _Pen(image)
    skin, hair, shirt = dice.one_of(_SKINS), dice.one_of(_HAIRS), dice.one_of(_SHIRTS)
    half, height = dice.between(39, 47), dice.between(104, 116)
    box = (90 - half, 58, 90 + half, 58 + height)
    long_hair = dice.between(0, 1) == 1
    if long_hair:
        pen.rounded((box[0] - 12, 62, box[2] + 12, box[3] + dice.between(5, 40)), 40, hair)
    _body(pen, skin, shirt, collar=dice.between(0, 1) == 1)
    for x in (box[0], box[2]):
        pen.oval((x - 7, 106, x + 7, 130), skin)
    pen.oval(box, skin)
    _hair(pen, dice, box, skin, hair)
    _features(pen, dice, hair, bottom=box[3])
    return image.resize(SIZE, Image.Resampling.LANCZOS)


class _Pen:
    """Draws in units of a 180 × 240 picture."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)

    def oval(self, box: tuple[int, int, int, int], fill: str) -> None:
        self._draw.ellipse([v * _SCALE for v in box], fill=fill)

    def rounded(self, box: tuple[int, int, int, int], radius: int, fill: str) -> None:
        self._draw.rounded_rectangle([v * _SCALE for v in box], radius * _SCALE, fill=fill)

    def slice(self, box: tuple[int, int, int, int], start: int, end: int, fill: str) -> None:
        self._draw.chord([v * _SCALE for v in box], start, end, fill=fill)

    def shape(self, points: Iterable[tuple[int, int]], fill: str) -> None:
        self._draw.polygon([(x * _SCALE, y * _SCALE) for x, y in points], fill=fill)

    def arc(self, box: tuple[int, int, int, int], start: int, end: int, width: int = 2) -> None:
        self._draw.arc([v * _SCALE for v in box], start, end, fill=_LINE, width=width * _SCALE)

    def line(self, box: tuple[int, int, int, int], fill: str, width: int) -> None:
        self._draw.line([v * _SCALE for v in box], fill=fill, width=width * _SCALE)


def _body(pen: _Pen, skin: str, shirt: str, *, collar: bool) -> None:
    pen.rounded((14, 190, 166, 290), 42, shirt)
    pen.rounded((74, 150, 106, 204), 14, skin)
    pen.slice((70, 178, 110, 216), 0, 180, skin)
    if collar:
        pen.shape(((70, 190), (90, 214), (60, 216)), "#ffffff")
        pen.shape(((110, 190), (90, 214), (120, 216)), "#ffffff")


def _hair(pen: _Pen, dice: _Dice, box: tuple[int, int, int, int], skin: str, hair: str) -> None:
    """Hair on top: a fringe, or a hairline parted left, right or in the middle."""
    left, up, right, bottom = box
    top, fringe, shift = dice.between(4, 13), dice.between(14, 28), 11 * dice.between(-1, 1)
    pen.slice((left - 5, up - top, right + 5, up + 2 * fringe + 44), 180, 360, hair)
    if dice.between(0, 2):
        pen.oval((left + 8 + shift, up + fringe - 4, right - 8 + shift, bottom - 14), skin)
        pen.slice((left, up, right, bottom), 20, 160, skin)
    edge = up + fringe + 20 - top // 2
    for x, inner in ((left - 5, left + 7), (right + 5, right - 7)):
        pen.shape(((x, edge), (inner, edge), (x, edge + 20)), hair)


def _features(pen: _Pen, dice: _Dice, hair: str, *, bottom: int) -> None:
    apart, eye = dice.between(17, 22), dice.between(3, 5)
    brow, mouth = dice.between(2, 4), dice.between(9, 16)
    glasses = dice.between(0, 3) == 0
    for x in (90 - apart, 90 + apart):
        pen.line((x - 9, 104, x + 9, 103), hair, brow)
        pen.oval((x - eye - 3, 118 - eye, x + eye + 3, 118 + eye), "#ffffff")
        pen.oval((x - eye, 118 - eye, x + eye, 118 + eye), "#1d1712")
        if glasses:
            pen.arc((x - 14, 106, x + 14, 131), 0, 360)
    if glasses:
        pen.line((90 - apart + 14, 117, 90 + apart - 14, 117), _LINE, 2)
    pen.arc((85, 122, 95, 140), 20, 160)
    pen.arc((90 - mouth, bottom - 34, 90 + mouth, bottom - 18), 15, 165, width=3)


def jpeg(student_no: str) -> bytes:
    """The same face as a JPEG file."""
    out = io.BytesIO()
    draw(student_no).save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def write_zip(path: Path, student_nos: Iterable[str]) -> None:
    """Write `{student_no}.jpg` for each of them into a ZIP."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for student_no in student_nos:
            archive.writestr(zipfile.ZipInfo(f"{student_no}.jpg", DATE), jpeg(student_no))
