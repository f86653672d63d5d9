"""What an uploaded picture is, decided by its content alone; names and headers of the sender count for nothing."""

import re
import struct
import zipfile
from typing import IO, Literal

from PIL import Image, UnidentifiedImageError

from exam_ops.core import heic
from exam_ops.core.errors import TooLarge, WrongMedia
from exam_ops.rules.text import Text

MAX_PIXELS = 60_000_000
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # twice as many raise before a single one is decoded

Kind = Literal["image/jpeg", "image/heic"]

# Mark-up that makes a page of a file which is a picture as well.
_PAGE = re.compile(rb"<(?:[hH][tT][mM][lL]|[sS][cC][rR][iI][pP][tT]|![dD][oO][cC][tT][yY][pP][eE])[\s>]")
_LONGEST, _AT_ONCE = 16, 1 << 20  # bytes


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
        kind = "image/heic"
    else:
        raise NotAPicture()
    _check_one_file(file)
    return kind


def stored_kind(file: IO[bytes]) -> Kind:
    """The media type of a picture that was found whole when it was stored; rewinds."""
    file.seek(0)
    is_heic = file.read(12)[4:8] == b"ftyp"
    file.seek(0)
    return "image/heic" if is_heic else "image/jpeg"


def check_whole(file: IO[bytes], formats: tuple[str, ...]) -> None:
    """Decodes one whole still picture of `formats` (Pillow's names), JPEG at an eighth of its size; rewinds.

    Raises `NotAPicture` for anything torn, moving or else, and `TooLarge` for more than `MAX_PIXELS`.
    """
    file.seek(0)
    try:
        with Image.open(file, formats=formats) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise TooLarge(limit_mb=25)
            moves = picture.format not in ("JPEG", "MPO") and getattr(picture, "n_frames", 1) > 1
            if moves:  # a phone's JPEG may carry a second picture for depth or light: still one photograph
                raise NotAPicture()
            picture.draft("L", (max(picture.width // 8, 1), max(picture.height // 8, 1)))
            picture.load()
    except Image.DecompressionBombError:
        raise TooLarge(limit_mb=25) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error):
        raise NotAPicture() from None
    finally:
        file.seek(0)


def _check_heic(file: IO[bytes]) -> None:
    try:
        found = heic.sizes(file)
    except heic.NotHeic:
        raise NotAPicture() from None
    if any(width * height > MAX_PIXELS for width, height in found):
        raise TooLarge(limit_mb=25)


def _check_one_file(file: IO[bytes]) -> None:
    """Raises `TwoFilesInOne` for a picture that opens as a ZIP or reads as a page too; rewinds."""
    is_two = zipfile.is_zipfile(file) or _is_page(file)
    file.seek(0)
    if is_two:
        raise TwoFilesInOne()


def _is_page(file: IO[bytes]) -> bool:
    file.seek(0)
    tail = b""
    while chunk := file.read(_AT_ONCE):
        if _PAGE.search(tail + chunk):
            return True
        tail = chunk[-_LONGEST:]
    return False
