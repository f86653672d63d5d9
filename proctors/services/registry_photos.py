"""A proctor's two pictures: taken in as they are sent, kept drawn anew, hinted at by machine, seen by whom it concerns."""

from dataclasses import dataclass
from typing import IO

from exam_ops.core import access, files, picture_copies, pictures
from exam_ops.core.access import Actor
from exam_ops.core.errors import NotFound
from exam_ops.core.models import ProctorProfile
from exam_ops.core.photo_views import Look
from exam_ops.rules import photo_hints
from exam_ops.rules.certification import Fact

FORMATS = ("JPEG", "PNG")
LIMIT = 12 * 1024 * 1024  # bytes of one picture as it is sent
SIDE = {Fact.PHOTO: 900, Fact.DOCUMENT_PHOTO: 1600}  # pixels of the longer side that are kept
SEE = "registry.see"


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored copy and what a machine says of it, which decides nothing."""

    sha256: str
    hints: tuple[str, ...] = ()


def take(picture: IO[bytes], fact: Fact) -> Kept:
    """Stores a copy without metadata; one that no record takes is swept after a day.

    Raises `TooLarge`, `NotAPicture`, `TwoFilesInOne`, `StorageFull`.
    """
    with files.receive(picture, limit=LIMIT) as incoming:
        pictures.check_whole(incoming.file, FORMATS)
        try:
            made = picture_copies.draw(incoming.file, FORMATS, display=SIDE[fact])
        except picture_copies.NoCopy:
            raise pictures.NotAPicture() from None
    hints = photo_hints.hints(made.measures)
    return Kept(files.save(made.display), tuple(hint.value for hint in hints))


def shown(actor: Actor, profile_id: int, fact: Fact) -> tuple[str, Look]:
    """The stored picture and the look at it, to be written down; raises `NotFound`, `NotAllowed`."""
    profile = access.get(actor, ProctorProfile, SEE, pk=profile_id)
    sha256 = profile.photo if fact is Fact.PHOTO else profile.document_photo
    if not sha256:
        raise NotFound()
    return sha256, Look(of=f"proctor {profile.pk} {fact.value}", sha256=sha256, is_original=True)
