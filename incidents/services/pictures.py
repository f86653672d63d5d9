"""Pictures that people send: decided by their content, never by their name (research: hostile files)."""

from typing import IO

from django.conf import settings

from exam_ops.core import pictures
from exam_ops.core.errors import Refusal, TooLarge
from exam_ops.rules.text import Text

FORMATS = ("JPEG", "PNG", "WEBP")


class NotAnImage(Refusal):
    code, status = "not_an_image", 422
    title = Text("不是有效的照片", "Not a picture")
    sentence = Text(
        "文件不是完整的 JPEG、PNG 或 WebP 照片，未保存。请重新拍摄或选择原图。",
        "The file is no whole JPEG, PNG or WebP picture and was not stored. Take it again or choose the original.",
    )


def check(file: IO[bytes], size: int) -> None:
    """Refuses what is no picture with `NotAnImage`, and what is too large (bytes, pixels) with `TooLarge`."""
    if size > settings.MAX_PHOTO_BYTES:
        raise TooLarge(limit_mb=settings.MAX_PHOTO_BYTES // 2**20)
    try:
        pictures.check_whole(file, FORMATS)
    except pictures.NotAPicture:
        raise NotAnImage() from None
