"""Photos for those who may see them: reference photos, and what phones sent; copies where there are any."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from exam_ops.core import access, files, pictures
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound
from exam_ops.core.models import RoomSession, Sitting
from exam_ops.core.photo_views import Look
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
    """A stored picture with its media type: the original `sha256`, or a copy of it, stored as `served`."""

    kind: str
    sha256: str
    served: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture with whose it is, for the log: a fact of somebody in a room, if it names one."""

    picture: Picture
    of: str
    room_session: RoomSession | None
    sitting: Sitting | None = None

    def look(self, *, is_original: bool, is_download: bool = False) -> Look:
        """What is written down of showing it; a copy that is not made yet counts as the copy."""
        site_unit = self.room_session.site_unit if self.room_session else None
        sha256 = self.picture.sha256
        return Look(self.of, sha256, is_original, is_download, self.room_session, site_unit, self.sitting)


def reference(actor: Actor, sitting_id: int, size: Size = Size.DISPLAY) -> Shown:
    """The reference photo of a candidate, which is a copy by itself; raises `NotFound` when there is none."""
    rows = Sitting.objects.select_related("candidate", *_place("room_session"))
    sitting = access.get(actor, Sitting, _ACTION.get(size, "file.see"), rows, pk=sitting_id)
    return Shown(
        _found(sitting.candidate.photo, size), f"sitting {sitting_id}", sitting.room_session, sitting
    )


def of_record(actor: Actor, model: Record, id: UUID, size: Size = Size.DISPLAY) -> Shown:
    """The photo of a sign-in, a proctor's own check or an entry request."""
    return _of_record(actor, model, id, size, _ACTION.get(size, "file.see"))


def as_sent(actor: Actor, model: Record, id: UUID) -> Shown:
    """The same, as the phone sent it, for phones and whoever speaks their interface."""
    return _of_record(actor, model, id, Size.ORIGINAL, "file.see")


def _of_record(actor: Actor, model: Record, id: UUID, size: Size, action: str) -> Shown:
    rows = model._default_manager.select_related(*_place("room_session"))
    record: Any = access.get(actor, model, action, rows, pk=id)
    of = f"{model._meta.model_name} {id}"
    return Shown(_found(record.photo, size), of, record.room_session, getattr(record, "sitting", None))


def _place(path: str) -> tuple[str, ...]:
    return (f"{path}__site_unit__unit__plan",)


def _found(sha256: str, size: Size) -> Picture:
    """The copy of that size; the original where none was made, or its file is lost. Raises `NotFound`."""
    stored = Stored.objects.filter(pk=sha256).first()
    copy = getattr(stored, size.value, "") if size is not Size.ORIGINAL else ""
    if copy and files.exists(copy):  # whoever clears the disk may take copies away
        return Picture("image/jpeg", sha256, copy)
    if not sha256 or not files.exists(sha256):
        raise NotFound()
    if stored is not None:
        return Picture(stored.kind, sha256, sha256)
    with files.open(sha256) as file:
        return Picture(pictures.stored_kind(file), sha256, sha256)


def has_no_preview(sha256: str) -> bool:
    """Whether the picture is HEIC of which no copy could be made: a download is all that a page can offer."""
    return Stored.objects.filter(pk=sha256, kind="image/heic", display="", made_at__isnull=False).exists()
