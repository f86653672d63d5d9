"""Photos for those who may see them: reference photos, and what phones sent."""

from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from exam_ops.core import access, files
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound
from exam_ops.core.models import Sitting
from verification.models import EntryRequest, ProctorSignIn, SignIn


@dataclass(frozen=True, slots=True)
class Picture:
    """An open picture file with its media type; `of` says whose it is, for the log."""

    file: BinaryIO
    kind: str
    sha256: str
    of: str


def reference(actor: Actor, sitting_id: int) -> Picture:
    """The reference photo of a candidate; raises `NotFound` when there is none."""
    sitting = access.get(
        actor, Sitting, "file.see", Sitting.objects.select_related("candidate", "room_session"), pk=sitting_id
    )
    return _open(sitting.candidate.photo, f"sitting {sitting_id}")


def of_record(
    actor: Actor, model: type[SignIn] | type[ProctorSignIn] | type[EntryRequest], id: UUID
) -> Picture:
    """The photo of a sign-in, a proctor's own check or an entry request."""
    record: Any = access.get(actor, model, "file.see", pk=id)
    return _open(record.photo, f"{model._meta.model_name} {id}")


def _open(sha256: str, of: str) -> Picture:
    try:
        file = files.open(sha256)
    except FileNotFoundError:
        raise NotFound() from None
    kind = "image/heic" if file.read(12)[4:8] == b"ftyp" else "image/jpeg"
    file.seek(0)
    return Picture(file, kind, sha256, of)
