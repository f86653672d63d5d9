"""Looking at a picture of 应急材料: which file is shown, and that it was looked at (E9)."""

from datetime import datetime
from uuid import UUID

from exam_ops.core import access, files, photo_views
from exam_ops.core.access import Actor
from exam_ops.core.links import Linked
from exam_ops.core.photo_views import Look
from incidents.models import Evidence

ACTION = "evidence.see"
COPIES = ("thumb", "display")
RELATED = (
    "room_session__room",
    "room_session__site_unit__unit__plan",
    "room_session__site_unit__site",
    "picture",
)


def look_at(pk: UUID, *, size: str, actor: Actor, now: datetime) -> Linked:
    """The file of one picture for somebody who may see it, written down as looked at.

    `size`: `thumb`, `display`, `download`; anything else is the original. Raises `NotFound`, `NotAllowed`,
    `OutOfScope`.
    """
    row = access.get(actor, Evidence, ACTION, Evidence.objects.select_related(*RELATED), pk=pk)
    is_download = size == "download"
    session = row.room_session
    look = Look(
        of=subject(row),
        sha256=row.sha256,
        is_original=size not in COPIES,
        is_download=is_download,
        room_session=session,
        site_unit=session.site_unit,
    )
    photo_views.record(look, user=actor.user, now=now)
    return Linked(_copy(row, size) or row.sha256, is_download)


def subject(row: Evidence) -> str:
    """What the log calls the picture."""
    return f"evidence {row.pk}"


def _copy(row: Evidence, size: str) -> str:
    """The hash of the copy; empty where none was made, or whoever clears the disk took it away."""
    copies = getattr(row, "picture", None)
    found = getattr(copies, size) if copies is not None and size in COPIES else ""
    return found if found and files.exists(found) else ""
