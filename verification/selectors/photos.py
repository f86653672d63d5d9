"""Photos for those who may see them: reference photos, and what phones sent; copies where there are any."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO
from uuid import UUID

from exam_ops.core import access, files, pictures
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound
from exam_ops.core.models import Sitting
from verification.models import EntryRequest, ProctorSignIn, SignIn
from verification.models import Picture as Stored

Record = type[SignIn] | type[ProctorSignIn] | type[EntryRequest]


class Size(StrEnum):
    """What is asked for: the picture as it was sent, or one of its copies."""

    ORIGINAL = "original"
    DISPLAY = "display"
    THUMB = "thumb"


_ACTION = {Size.ORIGINAL: "photo.original"}  # the copies: `file.see`


@dataclass(frozen=True, slots=True)
class Picture:
    """An open picture file with its media type; `of` says whose it is, for the log, `sha256` the original's."""

    file: BinaryIO
    kind: str
    sha256: str
    of: str


def reference(actor: Actor, sitting_id: int, size: Size = Size.DISPLAY) -> Picture:
    """The reference photo of a candidate; raises `NotFound` when there is none."""
    rows = Sitting.objects.select_related("candidate", "room_session")
    sitting = access.get(actor, Sitting, _ACTION.get(size, "file.see"), rows, pk=sitting_id)
    return opened(sitting.candidate.photo, size, f"sitting {sitting_id}")


def of_record(actor: Actor, model: Record, id: UUID, size: Size = Size.DISPLAY) -> Picture:
    """The photo of a sign-in, a proctor's own check or an entry request."""
    record: Any = access.get(actor, model, _ACTION.get(size, "file.see"), pk=id)
    return opened(record.photo, size, f"{model._meta.model_name} {id}")


def as_sent(actor: Actor, model: Record, id: UUID) -> Picture:
    """The same, as the phone sent it, for phones and whoever speaks their interface."""
    record: Any = access.get(actor, model, "file.see", pk=id)
    return opened(record.photo, Size.ORIGINAL, f"{model._meta.model_name} {id}")


def opened(sha256: str, size: Size, of: str) -> Picture:
    """The copy of that size; the original where none was made, or its file is lost. Raises `NotFound`."""
    if size is not Size.ORIGINAL:
        copies = Stored.objects.filter(pk=sha256).values_list(size.value, flat=True)
        if copy := next(iter(copies), ""):
            try:
                return Picture(files.open(copy), "image/jpeg", sha256, of)
            except FileNotFoundError:  # whoever clears the disk may take copies away
                pass
    try:
        file = files.open(sha256)
    except FileNotFoundError:
        raise NotFound() from None
    return Picture(file, pictures.stored_kind(file), sha256, of)


def has_no_preview(sha256: str) -> bool:
    """Whether the picture is HEIC of which no copy could be made: a download is all that a page can offer."""
    return Stored.objects.filter(pk=sha256, kind="image/heic", display="", made_at__isnull=False).exists()
