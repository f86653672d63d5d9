"""What an uploaded picture is, decided by its content alone; names and headers of the sender count for nothing.

Looking must cost little, whatever is sent: a plain JPEG is decoded at an eighth of its size. What can only be
decoded whole (PNG, WebP, progressive JPEG) may have fewer pixels, and a process looks at one of those at a time.
"""

import re
import struct
import threading
import zipfile
from collections.abc import Iterator
from contextlib import nullcontext
from typing import IO, Literal

from PIL import Image

from exam_ops.core import heic
from exam_ops.core.errors import TooLarge, WrongMedia
from exam_ops.rules.text import Text

MAX_PIXELS = 60_000_000
MAX_WHOLE = 24_000_000  # pixels of what is decoded whole: 100 MB while it lasts, 150 as progressive JPEG
MOST_SCANS = 64  # of a progressive JPEG; a camera writes about ten, and each one costs a pass over all pixels
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # twice as many raise before a single one is decoded

Kind = Literal["image/jpeg", "image/heic", "image/png", "image/webp"]

# Mark-up that makes a page of a file which is a picture as well.
_PAGE = re.compile(rb"<(?:[hH][tT][mM][lL]|[sS][cC][rR][iI][pP][tT]|![dD][oO][cC][tT][yY][pP][eE])[\s>]")
_LONGEST, _AT_ONCE = 16, 1 << 17  # bytes
_ARCHIVE = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # in a JPEG's data a 0 or a restart follows each 0xff
_END, _SCAN = 0xD9, 0xDA
_BROKEN = (OSError, SyntaxError, ValueError, LookupError, TypeError, ArithmeticError, EOFError, struct.error)
_one_at_a_time = threading.Lock()


class NotAPicture(WrongMedia):
    title = Text("不是照片", "Not a picture")
    sentence = Text(
        "文件不是完整的 JPEG 或 HEIC 照片。请重新拍摄后提交。",
        "The file is no whole JPEG or HEIC picture. Take it again and send it.",
    )


class TwoFilesInOne(NotAPicture):
    title = Text("照片中夹带其他文件", "Another file inside the picture")
    sentence = Text(
        "文件既是照片又是网页或压缩包，未保存。请用相机重新拍摄，提交原图。",
        "The file is a picture and a page or an archive at once, and was not stored. Take it again with the "
        "camera and send the original.",
    )


def kind_of(file: IO[bytes]) -> Kind:
    """The media type of a whole JPEG or HEIC picture; rewinds.

    Raises `NotAPicture` for anything else, also for a file that is something besides, and `TooLarge` for more
    than `MAX_PIXELS`.
    """
    file.seek(0)
    head = file.read(12)
    kind: Kind
    if head[:3] == b"\xff\xd8\xff":
        check_whole(file, ("JPEG",))
        kind = "image/jpeg"
    elif head[4:8] == b"ftyp":
        _check_heic(file)
        _check_one_file(file)
        kind = "image/heic"
    else:
        raise NotAPicture()
    return kind


def stored_kind(file: IO[bytes]) -> Kind:
    """The media type of a picture that was found whole when it was stored; rewinds."""
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    if head[4:8] == b"ftyp":
        return "image/heic"
    if head[:4] == b"\x89PNG":
        return "image/png"
    return "image/webp" if head[8:12] == b"WEBP" else "image/jpeg"


def check_whole(file: IO[bytes], formats: tuple[str, ...]) -> None:
    """Decodes one whole still picture of `formats` (Pillow's names) and nothing besides; rewinds.

    Raises `NotAPicture` for anything torn, moving or else, `TwoFilesInOne`, and `TooLarge` for more than `MAX_PIXELS`
    (`MAX_WHOLE` of what must be decoded whole).
    """
    file.seek(0)
    try:
        with Image.open(file, formats=formats) as picture:
            _check_still(picture)
            is_light = picture.format in ("JPEG", "MPO") and not picture.info.get("progressive")
            if picture.width * picture.height > (MAX_PIXELS if is_light else MAX_WHOLE):
                raise TooLarge(limit_mb=25)
            with nullcontext() if is_light else _one_at_a_time:
                if picture.info.get("progressive"):
                    _check_scans(file)
                if picture.format == "PNG":
                    _check_png(file)
                picture.draft("L", (max(picture.width // 8, 1), max(picture.height // 8, 1)))
                picture.load()
    except Image.DecompressionBombError:
        raise TooLarge(limit_mb=25) from None
    except _BROKEN:
        raise NotAPicture() from None
    finally:
        file.seek(0)
    _check_one_file(file)


def _check_still(picture: Image.Image) -> None:
    """A phone's JPEG may carry a second picture for depth or light and is one photograph all the same."""
    if picture.format not in ("JPEG", "MPO") and getattr(picture, "n_frames", 1) > 1:
        raise NotAPicture()


def _check_scans(file: IO[bytes]) -> None:
    """A progressive JPEG may not make the decoder pass over its pixels without end. Leaves `file` as it was."""
    here = file.tell()
    file.seek(0)
    data, at, scans = file.read(), 2, 0
    file.seek(here)
    while (found := _MARKER.search(data, at)) and (kind := data[found.end() - 1]) != _END:
        at = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
        scans += kind == _SCAN
    if scans > MOST_SCANS:
        raise NotAPicture()


def _check_png(file: IO[bytes]) -> None:
    """The chunks of a PNG follow one another to its end, which the decoder would not miss. Leaves `file` as it was."""
    here = file.tell()
    at, kind, end = 8, b"", file.seek(0, 2)
    while kind != b"IEND":
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            raise NotAPicture()
        size, kind = struct.unpack(">I4s", head)
        at += size + 12  # with its head and check sum
        if at > end:
            raise NotAPicture()
    file.seek(here)


def _check_heic(file: IO[bytes]) -> None:
    try:
        found = heic.sizes(file)
    except heic.NotHeic:
        raise NotAPicture() from None
    if any(width * height > MAX_PIXELS for width, height in found):
        raise TooLarge(limit_mb=25)


def _check_one_file(file: IO[bytes]) -> None:
    """Raises `TwoFilesInOne` for a picture that opens as an archive or reads as a page or document too; rewinds."""
    file.seek(0)
    is_two = b"%PDF-" in file.read(1024) or _is_zip(file) or _is_page_or_archive(file)
    file.seek(0)
    if is_two:
        raise TwoFilesInOne()


def _is_zip(file: IO[bytes]) -> bool:
    """The four bytes that end a ZIP come by chance in one of 65,000 photos: only what opens is one."""
    if not zipfile.is_zipfile(file):
        return False
    try:
        zipfile.ZipFile(file).close()
    except (zipfile.BadZipFile, *_BROKEN):
        return False
    return True


def _is_page_or_archive(file: IO[bytes]) -> bool:
    return any(_PAGE.search(part) or any(mark in part for mark in _ARCHIVE) for part in _chunks(file))


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The file from its beginning in parts, each with the last bytes of the one before."""
    file.seek(0)
    tail = b""
    while chunk := file.read(_AT_ONCE):
        yield tail + chunk
        tail = chunk[-_LONGEST:]
