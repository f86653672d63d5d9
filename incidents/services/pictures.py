"""Pictures that people send: decided by their content, never by their name (research: hostile files)."""

import warnings
from typing import IO

from django.conf import settings
from PIL import Image, UnidentifiedImageError

from exam_ops.core.errors import Refusal, TooLarge
from exam_ops.rules.text import Text

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 60_000_000


class NotAnImage(Refusal):
    code, status = "not_an_image", 422
    title = Text("不是有效的照片", "Not a picture")
    sentence = Text(
        "文件不是完整的 JPEG、PNG 或 WebP 照片，未保存。请重新拍摄或选择原图。",
        "The file is no whole JPEG, PNG or WebP picture and was not stored. Take it again or choose the original.",
    )


def check(file: IO[bytes], size: int) -> None:
    """Refuses what is no picture with `NotAnImage`, and what is too large with `TooLarge`; rewinds the file."""
    if size > settings.MAX_PHOTO_BYTES:
        raise TooLarge(limit_mb=settings.MAX_PHOTO_BYTES // 2**20)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            file.seek(0)
            with Image.open(file, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS or getattr(picture, "n_frames", 1) > 1:
                    raise NotAnImage()
                picture.draft("L", (512, 512))
                picture.load()
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ):
        raise NotAnImage() from None
    file.seek(0)
