"""Pictures of nobody: faces for sign-ins, and the watermark camera's panorama of a room."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

KB = 1000
BEIJING = timezone(timedelta(hours=8))
COLUMNS = 6
_EXIF_SUB, _TAKEN, _TAKEN_OFFSET, _MADE_BY = 0x8769, 0x9003, 0x9011, 0x010F
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
_SKINS = ("#e8c39e", "#d9a878", "#f0d2b4", "#c98f62")
_HAIR = ("#2b2622", "#453a34", "#6a625c", "#1d1a18")
_WALLS = ("#b9c2c9", "#d8d4c8", "#a9b7a6", "#c9b7a9", "#8f99a3")
_CLOTHES = ("#3d5a80", "#6b705c", "#8d5b4c", "#4a5759", "#7a4e7e", "#2f6f62")


@lru_cache(maxsize=64)
def face(seed: int, size: int = 480) -> bytes:
    """A drawn face before a wall, 20–60 KB; the same seed is the same picture, another stands elsewhere in it."""
    rng = Random(seed)
    image = _textured((size, size * 4 // 3), rng.choice(_WALLS), rng)
    draw = ImageDraw.Draw(image)
    unit = rng.uniform(0.8, 1.2) * size / 480
    x, y = size * rng.uniform(0.38, 0.62), size * rng.uniform(0.16, 0.36)

    def box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        return x + left * unit, y + top * unit, x + right * unit, y + bottom * unit

    skin, mark = rng.choice(_SKINS), (rng.uniform(0, size * 0.7), rng.uniform(0, size * 0.5))
    draw.rectangle((*mark, mark[0] + size * rng.uniform(0.1, 0.3), mark[1] + size * 0.13), fill="#7f8a52")
    draw.ellipse(box(-240, 340, 240, 1200), fill=rng.choice(_CLOTHES))
    draw.rectangle(box(-48, 230, 48, 400), fill=skin)
    draw.ellipse(box(-110, 0, 110, 290), fill=skin, outline="#5a4334", width=3)
    draw.pieslice(box(-116, -22, 116, rng.uniform(150, 230)), 180, 360, fill=rng.choice(_HAIR))
    for eye in (-45, 45):
        draw.ellipse(box(eye - 16, 120, eye + 16, 138), fill="white")
        draw.ellipse(box(eye - 8, 121, eye + 8, 137), fill="#3a2a1d")
    draw.line((*box(0, 140, -8, 190), *box(8, 190, 8, 190)[:2]), fill="#8a6246", width=3)
    draw.arc(box(-40, 190, 40, 245), 20, 160, fill="#8c3b3b", width=6)
    return _encode(image, quality=85)


def seat_at(index: int, seats: int) -> tuple[float, float]:
    """Where the seat of this index (from 0) is in a panorama of `seats` seats: x, y in 0..1."""
    rows = -(-max(seats, 1) // COLUMNS)
    row, column = divmod(index, COLUMNS)
    return round((column + 0.5) / COLUMNS, 4), round(0.2 + 0.66 * (row + 0.5) / rows, 4)


def panorama(
    *,
    seats: int,
    empty: Iterable[int] = (),
    marked: Iterable[int] = (),
    taken_at: datetime,
    lines: Sequence[str],
    size: int = 300 * KB,
    font: Path | None = None,
    seed: int = 0,
) -> bytes:
    """A JPEG of a whole room of nobody, of about `size` bytes (up to 4 MB), with EXIF DateTimeOriginal.

    `empty` and `marked` are seat indexes; `lines` (address, room) stand with the time on the strip below.
    """
    rng = Random(seed)
    width = int(1600 * max(1.0, (size / (400 * KB)) ** 0.5))
    image = _textured((width, width * 9 // 16), "#a9b4ad", rng, grain=4 if size < 1000 * KB else 2)
    _draw_room(image, seats, set(empty), set(marked), rng)
    _draw_strip(image, [f"{taken_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}", *lines], font)
    return _of_size(image, size, _exif(taken_at))


def _draw_room(image: Image.Image, seats: int, empty: set[int], marked: set[int], rng: Random) -> None:
    draw = ImageDraw.Draw(image)
    w, h = image.size
    draw.rectangle((w * 0.3, h * 0.02, w * 0.7, h * 0.14), fill="#2f4f3f", outline="#6b5a45", width=6)
    u = w / (COLUMNS * 10)
    for index in range(seats):
        fx, fy = seat_at(index, seats)
        x, y = fx * w, fy * h
        draw.rectangle((x - 3 * u, y, x + 3 * u, y + 0.6 * u), fill="#8b7355")
        if index not in empty:
            draw.ellipse((x - 2 * u, y - 1.4 * u, x + 2 * u, y + 2 * u), fill=rng.choice(_CLOTHES))
            draw.ellipse((x - u, y - 3 * u, x + u, y - u), fill=rng.choice(_SKINS))
            draw.pieslice((x - u, y - 3.2 * u, x + u, y - 1.4 * u), 180, 360, fill="#2b2622")
        if index in marked:
            draw.rectangle((x - 2.4 * u, y - 3.6 * u, x + 2.4 * u, y + 2 * u), outline="#e5383b", width=5)


def _draw_strip(image: Image.Image, lines: Sequence[str], font_path: Path | None) -> None:
    draw = ImageDraw.Draw(image)
    w, h = image.size
    top = int(h * 0.88)
    draw.rectangle((0, top, w, h), fill="#1d1f21")
    size = max(12, (h - top) // (len(lines) + 1))
    font, speaks_chinese = _font(size, font_path)
    for i, line in enumerate(lines):
        shown = line if speaks_chinese else line.encode("ascii", "ignore").decode().strip()
        draw.text((w * 0.02, top + size * (i * 1.1 + 0.3)), shown, fill="#f4f1de", font=font)


def _font(size: int, path: Path | None) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, bool]:
    for candidate in [str(path)] if path else _FONTS:
        try:
            return ImageFont.truetype(candidate, size), True
        except OSError:
            continue
    return ImageFont.load_default(size), False


def _textured(size: tuple[int, int], colour: str, rng: Random, grain: int = 4) -> Image.Image:
    """A plain wall with the grain (in pixels) that a camera gives; without it no picture has its size."""
    w, h = size[0] // grain, size[1] // grain
    noise = Image.frombytes("L", (w, h), rng.randbytes(w * h))
    coarse = noise.resize(size, Image.Resampling.BILINEAR).convert("RGB")
    return Image.blend(Image.new("RGB", size, colour), coarse, 0.16)


def _exif(taken_at: datetime) -> bytes:
    exif = Image.Exif()
    exif[_MADE_BY] = "sim"
    local = taken_at.astimezone(BEIJING)
    exif.get_ifd(_EXIF_SUB).update({_TAKEN: f"{local:%Y:%m:%d %H:%M:%S}", _TAKEN_OFFSET: "+08:00"})
    return exif.tobytes()


def _of_size(image: Image.Image, size: int, exif: bytes) -> bytes:
    """The quality whose file comes nearest to `size` from below, by halving; else the smallest."""
    best, low, high = b"", 20, 97
    while low <= high:
        quality = (low + high) // 2
        encoded = _encode(image, quality=quality, exif=exif)
        if len(encoded) <= size:
            best, low = encoded, quality + 1
        else:
            high = quality - 1
    return best or _encode(image, quality=20, exif=exif)


def _encode(image: Image.Image, *, quality: int, exif: bytes = b"") -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()
