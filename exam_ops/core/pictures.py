"""What an uploaded picture is, decided by its content alone; names and headers of the sender count for nothing."""

import struct
from typing import IO, Literal

from PIL import Image, UnidentifiedImageError

from exam_ops.core.errors import TooLarge, WrongMedia
from exam_ops.rules.text import Text

MAX_PIXELS = 60_000_000
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # twice as many raise before a single one is decoded

Kind = Literal["image/jpeg", "image/heic"]
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1"}


class NotAPicture(WrongMedia):
    title = Text("不是照片", "Not a picture")
    sentence = Text(
        "文件不是完整的 JPEG 或 HEIC 照片。请重新拍摄后提交。",
        "The file is no whole JPEG or HEIC picture. Take it again and send it.",
    )


def kind_of(file: IO[bytes]) -> Kind:
    """The media type of a whole JPEG or HEIC picture.

    Raises `NotAPicture` for anything else and `TooLarge` for more than `MAX_PIXELS`.
    """
    file.seek(0)
    head = file.read(12)
    if head[:3] == b"\xff\xd8\xff":
        check_whole(file, ("JPEG",))
        return "image/jpeg"
    if head[4:8] == b"ftyp" and _is_heic(file):
        return "image/heic"
    raise NotAPicture()


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


def _is_heic(file: IO[bytes]) -> bool:
    """Whether the boxes of an ISO base media file fit into it and hold a HEIC brand and `meta`."""
    file.seek(0, 2)
    end, at = file.tell(), 0
    seen: set[bytes] = set()
    while at + 8 <= end and len(seen) < 32:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        start = 8
        if size == 1:
            size, start = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0], 16
        size = end - at if size == 0 else size
        if size < start or at + size > end:
            return False
        if kind == b"ftyp" and not _has_heic_brand(file.read(min(size - start, 256))):
            return False
        seen.add(kind)
        at += size
    file.seek(0)
    return at == end and {b"ftyp", b"meta"} <= seen


def _has_heic_brand(body: bytes) -> bool:
    brands = {body[:4], *(body[i : i + 4] for i in range(8, len(body), 4))}
    return bool(brands & _HEIC_BRANDS)
