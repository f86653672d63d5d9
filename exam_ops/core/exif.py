"""What a picture's own file says of when and where it was taken: a claim, which anybody can write."""

import math
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import IO, Any

from PIL import Image, UnidentifiedImageError

from exam_ops.rules.moments import BEIJING

_PHOTO, _GPS = 0x8769, 0x8825  # the parts of the file's notes about the shot and its place
_TIMES = ((0x9003, 0x9011), (0x9004, 0x9012))  # taken or digitised, each with its offset
_LATITUDE, _LONGITUDE = (1, 2), (3, 4)  # hemisphere and degrees, minutes, seconds
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, KeyError, ArithmeticError, struct.error)


@dataclass(frozen=True, slots=True)
class Claims:
    """`taken_at` is an instant, Beijing where the file names no offset; `place` latitude and longitude in degrees."""

    taken_at: datetime | None = None
    place: tuple[float, float] | None = None


def read(file: IO[bytes], formats: tuple[str, ...]) -> Claims:
    """What the file of a picture of `formats` (Pillow's names) says; unreadable notes are none. Rewinds."""
    file.seek(0)
    try:
        with Image.open(file, formats=formats) as picture:
            notes = picture.getexif()
            shot, gps = notes.get_ifd(_PHOTO), notes.get_ifd(_GPS)
    except (*_BROKEN, UnidentifiedImageError, Image.DecompressionBombError):
        return Claims()
    finally:
        file.seek(0)
    return Claims(_taken(shot), _place(gps))


def _taken(shot: Any) -> datetime | None:
    for name, offset in _TIMES:
        try:
            at = datetime.strptime(_text(shot.get(name)), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 (next line)
            return at.replace(tzinfo=_zone(_text(shot.get(offset))))
        except _BROKEN:
            continue
    return None


def _zone(offset: str) -> timezone | Any:
    """The zone of `+08:00`; Beijing for nothing, and for what no zone is."""
    try:
        hours, minutes = offset[1:].split(":")
        span = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-span if offset[0] == "-" else span)
    except (ValueError, IndexError):
        return BEIJING


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return str(value or "").strip("\0 ")


def _place(gps: Any) -> tuple[float, float] | None:
    try:
        latitude = _degrees(gps, *_LATITUDE, minus="S", most=90)
        longitude = _degrees(gps, *_LONGITUDE, minus="W", most=180)
    except _BROKEN:
        return None
    is_nowhere = latitude == longitude == 0  # what phones write that have not found themselves yet
    return None if is_nowhere else (latitude, longitude)


def _degrees(gps: Any, side: int, value: int, *, minus: str, most: float) -> float:
    degrees, minutes, seconds = (float(part) for part in gps[value])
    found = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(found) or not 0 <= found <= most:
        raise ValueError(found)
    return -found if _text(gps[side]).upper() == minus else found
