"""Copies of a picture for pages: drawn anew from its pixels, upright, without anything else; and its measures.

HEIC is drawn where the operator has installed `pillow-heif` (GPL, so never part of the portal); without it the
original is kept and no copy is made.
"""

import io
import math
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import IO

from PIL import Image, ImageFilter, ImageOps, ImageStat, UnidentifiedImageError

from exam_ops.core.pictures import MAX_PIXELS
from exam_ops.rules.photo_hints import Measures

DISPLAY, THUMB = 720, 160  # pixels of the longer side, at most
MEASURED = 1000
QUALITY = 84
_LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
_LOW, _FROM = 8, 32  # frequencies kept, pixels they are taken from


class NoCopy(Exception):
    """No copy can be drawn of this picture here; the original is shown or offered."""


@dataclass(frozen=True, slots=True)
class Made:
    """Two JPEGs and what was measured on the way."""

    display: bytes
    thumb: bytes
    measures: Measures


def make(file: IO[bytes], kind: str) -> Made:
    """Draws the copies of one stored picture that came from a phone, by its media type; raises `NoCopy`."""
    if kind == "image/heic" and not draws_heic():
        raise NoCopy("HEIC")
    return draw(file, ("JPEG",) if kind == "image/jpeg" else ("HEIF",))


def draw(file: IO[bytes], formats: tuple[str, ...], *, display: int = DISPLAY, thumb: int = THUMB) -> Made:
    """Draws copies of at most `display` and `thumb` pixels of a picture of `formats` (Pillow's names).

    Raises `NoCopy`.
    """
    side = max(display, MEASURED)
    try:
        with Image.open(file, formats=formats) as picture:
            size = picture.size
            if size[0] * size[1] > MAX_PIXELS:
                raise NoCopy("size")
            picture.draft("RGB", (side, side))  # a JPEG is decoded at the scale that is needed
            factor = max(picture.size) // (2 * side)  # all else is decoded whole
            small = picture.convert("RGB").reduce(factor) if factor else picture
            upright = ImageOps.exif_transpose(small).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise NoCopy(type(error).__name__) from error
    is_turned = (upright.width > upright.height) != (size[0] > size[1])
    measures = measure(upright, size[::-1] if is_turned else size)
    return Made(_jpeg(upright, display), _jpeg(upright, thumb), measures)


@cache
def draws_heic() -> bool:
    """Whether this installation can open HEIC."""
    try:
        import_module("pillow_heif").register_heif_opener()
    except ImportError:
        return False
    return True


def measure(upright: Image.Image, size: tuple[int, int]) -> Measures:
    """The measures of a picture whose original has `size` pixels."""
    grey = upright.convert("L")
    grey.thumbnail((MEASURED, MEASURED))
    light = ImageStat.Stat(grey)
    return Measures(
        width=size[0],
        height=size[1],
        sharpness=round(sharpness(grey), 2),
        brightness=round(light.mean[0], 2),
        contrast=round(light.stddev[0], 2),
        likeness=likeness(grey),
    )


def sharpness(grey: Image.Image) -> float:
    """The variance of the Laplacian; the rim, which Pillow leaves unfiltered, is cut off."""
    edges = grey.filter(_LAPLACIAN)
    if min(edges.size) > 2:
        edges = edges.crop((1, 1, edges.width - 1, edges.height - 1))
    return ImageStat.Stat(edges).var[0]


def likeness(grey: Image.Image) -> int:
    """The perceptual hash: which of the 8×8 lowest frequencies lie above their median."""
    small = grey.resize((_FROM, _FROM), Image.Resampling.BOX)
    pixels = small.tobytes()
    rows = [pixels[y * _FROM : (y + 1) * _FROM] for y in range(_FROM)]
    waves = _waves()
    across = [[sum(p * c for p, c in zip(row, wave, strict=True)) for wave in waves] for row in rows]
    columns = list(zip(*across, strict=True))
    found = [sum(p * c for p, c in zip(column, wave, strict=True)) for wave in waves for column in columns]
    middle = sorted(found[1:])[len(found) // 2]  # without the mean brightness, which says nothing
    return sum(1 << place for place, value in enumerate(found) if value > middle)


@cache
def _waves() -> list[list[float]]:
    return [[math.cos(math.pi * (2 * x + 1) * n / (2 * _FROM)) for x in range(_FROM)] for n in range(_LOW)]


def _jpeg(picture: Image.Image, side: int) -> bytes:
    copy = picture.copy()
    copy.thumbnail((side, side))
    copy.info.clear()
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
