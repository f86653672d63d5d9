"""Pictures of nothing, drawn for tests."""

import io
from datetime import datetime
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def jpeg(size: tuple[int, int] = (640, 480), colour: str = "grey") -> bytes:
    """A plain JPEG."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def upload(content: bytes | None = None, name: str = "room.jpg") -> SimpleUploadedFile:
    """A picture as a form sends it."""
    return SimpleUploadedFile(name, jpeg() if content is None else content, "image/jpeg")


def room(
    seed: int = 0,
    *,
    size: tuple[int, int] = (1280, 960),
    taken: datetime | None = None,
    place: tuple[float, float] | None = None,
    quality: int = 80,
    kind: str = "JPEG",
) -> bytes:
    """A sharp picture with light and shade; another seed is another picture. The file may say when and where."""
    rng = Random(seed)
    shades = bytes(rng.randrange(40, 215) for _ in range(16 * 12))
    picture = Image.frombytes("L", (16, 12), shades).resize(size, Image.Resampling.NEAREST)
    out = io.BytesIO()
    picture.convert("RGB").save(out, kind, quality=quality, exif=_notes(taken, place))
    return out.getvalue()


def _notes(taken: datetime | None, place: tuple[float, float] | None) -> Image.Exif:
    notes = Image.Exif()
    notes[0x010F] = "nobody"
    if taken is not None:
        offset = f"{taken:%z}"
        notes.get_ifd(0x8769).update(
            {0x9003: f"{taken:%Y:%m:%d %H:%M:%S}", 0x9011: f"{offset[:3]}:{offset[3:]}"}
        )
    if place is not None:
        sides = ("N" if place[0] >= 0 else "S", "E" if place[1] >= 0 else "W")
        parts = [(float(int(abs(d))), abs(d) % 1 * 60, 0.0) for d in place]
        notes.get_ifd(0x8825).update({1: sides[0], 2: parts[0], 3: sides[1], 4: parts[1]})
    return notes
