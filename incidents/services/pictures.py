"""Pictures that people send: decided by their content, never by their name (research: hostile files)."""

from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils.datastructures import MultiValueDict

from exam_ops.core import files, pictures, stray_files
from exam_ops.core.errors import FieldError, Invalid, Refusal, TooLarge
from exam_ops.rules.text import Text
from incidents.models import Evidence

FORMATS = ("JPEG", "PNG", "WEBP")


class NotAnImage(Refusal):
    code, status = "not_an_image", 422
    title = Text("不是有效的照片", "Not a picture")
    sentence = Text(
        "文件不是完整的 JPEG、PNG 或 WebP 照片，未保存。请重新拍摄或选择原图。",
        "The file is no whole JPEG, PNG or WebP picture and was not stored. Take it again or choose the original.",
    )


def only_one(files: MultiValueDict[str, Any]) -> None:
    """Refuses a form with more than the one file that it asks for: which one would count?"""
    if sum(len(sent) for _, sent in files.lists()) > 1:
        said = Text("一次只能提交一张照片。请分次提交。", "Send one picture at a time.")
        raise Invalid(errors=[FieldError("photo", "invalid", said)])


def check(file: IO[bytes], size: int) -> None:
    """Refuses what is no picture with `NotAnImage`, and what is too large (bytes, pixels) with `TooLarge`."""
    if size > settings.MAX_PHOTO_BYTES:
        raise TooLarge(limit_mb=settings.MAX_PHOTO_BYTES // 2**20)
    try:
        pictures.check_whole(file, FORMATS)
    except pictures.TwoFilesInOne as refusal:
        raise NotAnImage(detail=refusal.detail) from None
    except pictures.NotAPicture:
        raise NotAnImage() from None


@transaction.atomic
def take_back(sha256: str) -> None:
    """Removes the picture of an upload whose row was not committed, unless other evidence names it."""
    stray_files.hold(sha256)
    if not Evidence.objects.filter(sha256=sha256).exists():
        files.remove(sha256)
