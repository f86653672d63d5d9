"""Copies and measures of photos: asked for with the photo, made in the background, safe to make twice.

A picture waits in its own row until a worker has made its copies. A worker that dies holds it for `LEASE` and
no longer; until then, and for ever where no copy can be made, the original is what there is.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from exam_ops.core import files, picture_copies, pictures
from exam_ops.core.lending import lend
from exam_ops.core.outbox import BACK_OFF
from exam_ops.rules.photo_hints import Measures
from verification.models import PhotoCheck, Picture, SignIn

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)  # ten pictures, each with a face service that takes its whole time-out
GIVE_UP_AFTER = len(BACK_OFF) - 1  # tries


def ask(sha256: str, kind: str, *, now: datetime) -> None:
    """Asks for the copies of one stored picture, inside the caller's transaction; again changes nothing."""
    _ask([(sha256, kind)], now)


def ask_for_sign_in(sign_in: SignIn, sha256: str, kind: str, *, now: datetime) -> None:
    """Asks for the copies of a sign-in's photo and of the reference beside it; one that passed is looked at too (C13)."""
    reference = sign_in.sitting.candidate.photo if sign_in.sitting else ""
    _ask([(reference, "image/jpeg")] if reference else [], now)
    own = Picture(sha256=sha256, kind=kind, asked_at=now, due_at=now)
    Picture.objects.bulk_create(
        [own], update_conflicts=True, unique_fields=["sha256"], update_fields=["due_at"]
    )
    is_fact = sign_in.status == SignIn.Status.CREATED and sign_in.outcome == "passed"
    if is_fact and sign_in.sitting_id and sign_in.room_session:
        check = PhotoCheck(
            sign_in=sign_in,
            picture_id=sha256,
            sitting_id=sign_in.sitting_id,
            room_session=sign_in.room_session,
            site_unit_id=sign_in.room_session.site_unit_id,
        )
        PhotoCheck.objects.bulk_create([check], ignore_conflicts=True)


def _ask(wanted: Sequence[tuple[str, str]], now: datetime) -> None:
    Picture.objects.bulk_create(
        [Picture(sha256=sha256, kind=kind, asked_at=now, due_at=now) for sha256, kind in wanted],
        ignore_conflicts=True,
    )


def is_waiting(*, now: datetime) -> bool:
    """Whether a worker would find something to do."""
    return Picture.objects.filter(due_at__lte=now).exists()


def take(*, now: datetime, limit: int = 10) -> list[Picture]:
    """Pictures whose turn has come, lent to the caller for `LEASE`, the oldest first."""
    due = Picture.objects.filter(due_at__lte=now).order_by("due_at")
    return lend(due, until=now + LEASE, limit=limit)


def make(picture: Picture, *, now: datetime) -> None:
    """Makes the copies and measures of one picture, unless that was done before; one that can't be drawn is made too.

    Raises `StorageFull`, and `FileNotFoundError` where the original is lost.
    """
    if picture.made_at is not None:
        return
    copies: dict[str, object] = {}
    try:
        with files.open(picture.sha256) as original:
            made = picture_copies.make(original, pictures.stored_kind(original))
    except picture_copies.NoCopy as why:
        copies["failed_why"] = str(why)
    else:
        measures = asdict(made.measures)
        copies |= measures | {"likeness": f"{measures['likeness']:016x}"}
        copies |= {"display": files.save(made.display), "thumb": files.save(made.thumb)}
    Picture.objects.filter(pk=picture.pk).update(made_at=now, **copies)
    picture.made_at = now
    for name, value in copies.items():
        setattr(picture, name, value)


def done(picture: Picture) -> None:
    """Nothing is left to do with a picture that was taken, unless somebody asked again meanwhile."""
    Picture.objects.filter(pk=picture.pk, due_at=picture.due_at).update(due_at=None)


def put_off(picture: Picture, error: Exception, *, now: datetime) -> None:
    """After a failure: tried again with growing patience, then left alone, with its reason."""
    log.warning("copies of %s failed, try %s: %s", picture.sha256, picture.attempts, error)
    given_up = picture.attempts >= GIVE_UP_AFTER
    wait = timedelta(seconds=BACK_OFF[min(picture.attempts, len(BACK_OFF) - 1)])
    Picture.objects.filter(pk=picture.pk).update(
        due_at=None if given_up else now + wait, failed_why=f"{type(error).__name__}: {error}"[:300]
    )


def measures_of(picture: Picture | None) -> Measures | None:
    """The measures of a picture that could be drawn."""
    if picture is None or not picture.likeness:
        return None
    return Measures(
        width=picture.width or 0,
        height=picture.height or 0,
        sharpness=picture.sharpness or 0.0,
        brightness=picture.brightness or 0.0,
        contrast=picture.contrast or 0.0,
        likeness=int(picture.likeness, 16),
    )
