"""Hints about sign-in photos: found by machine, told in words, never a decision (C13)."""

from collections.abc import Sequence, Set
from datetime import datetime
from uuid import UUID

from django.db import transaction

from exam_ops.core import entry, events
from exam_ops.rules.photo_hints import Hint, Measures, are_alike, hints
from verification.models import PhotoCheck, PhotoHint, Picture
from verification.services import photo_copies

_MEASURED = ("width", "height", "sharpness", "brightness", "contrast", "likeness")


def look(picture: Picture, *, now: datetime) -> list[PhotoHint]:
    """Looks at every sign-in that sent this picture and was not looked at; returns the hints found now."""
    waiting = PhotoCheck.objects.filter(picture=picture, looked_at=None).select_related(
        "sign_in", "sitting__candidate", "site_unit__unit__plan", "room_session"
    )
    found: list[PhotoHint] = []
    for check in waiting:
        check.picture = picture
        found += _look_at(check, now)
    return found


def _look_at(check: PhotoCheck, now: datetime) -> list[PhotoHint]:
    measures = photo_copies.measures_of(check.picture)
    fresh = [
        PhotoHint(photo=check, kind=hint, found_at=now) for hint in (hints(measures) if measures else [])
    ]
    if _is_reference(check, measures, now):
        fresh.append(PhotoHint(photo=check, kind=Hint.SAME_AS_REFERENCE, found_at=now))
    twins = _twins(check, measures)
    if twins:
        fresh.append(PhotoHint(photo=check, kind=Hint.SAME_PICTURE, other=twins[0].sign_in, found_at=now))
        fresh += [
            PhotoHint(photo=twin, kind=Hint.SAME_PICTURE, other=check.sign_in, found_at=now) for twin in twins
        ]
    with transaction.atomic():
        if not PhotoCheck.objects.filter(pk=check.pk, looked_at=None).update(looked_at=now):
            return []
        return _write(fresh, now)


def _write(fresh: list[PhotoHint], now: datetime) -> list[PhotoHint]:
    """Keeps what is not known yet, with its events, and has the rooms' boards drawn anew."""
    known = set(
        PhotoHint.objects.filter(photo__in=[hint.photo_id for hint in fresh]).values_list("photo", "kind")
    )
    new = [hint for hint in fresh if (hint.photo_id, hint.kind) not in known]
    PhotoHint.objects.bulk_create(new, ignore_conflicts=True)
    for hint in new:
        events.record(
            "photo.doubted",
            now=now,
            actor=None,
            site_unit=hint.photo.site_unit,
            room_session=hint.photo.room_session,
            sitting=hint.photo.sitting,
            subject=str(hint.photo_id),
            hint=hint.kind,
        )
    mark_doubted({hint.photo_id for hint in new})
    entry.touch({hint.photo.room_session_id for hint in new})
    return new


def mark_doubted(photos: Set[UUID]) -> None:
    """Brings up to date which of these photos wait for people: the figure on the boards."""
    waiting = PhotoHint.objects.filter(photo__in=photos, photo__sign_in__effective=True, verdict="")
    doubted = set(waiting.values_list("photo", flat=True))
    PhotoCheck.objects.filter(pk__in=doubted).update(doubted=True)
    PhotoCheck.objects.filter(pk__in=photos - doubted).update(doubted=False)


def _is_reference(check: PhotoCheck, measures: Measures | None, now: datetime) -> bool:
    """Whether the phone sent the reference photo itself instead of taking one."""
    reference = Picture.objects.filter(pk=check.sitting.candidate.photo).first()
    if reference is None:
        return False
    if reference.pk == check.picture_id:
        return True
    try:
        photo_copies.make(reference, now=now)
    except FileNotFoundError:
        return False
    other = photo_copies.measures_of(reference)
    return measures is not None and other is not None and are_alike(measures, other)


def _twins(check: PhotoCheck, measures: Measures | None) -> list[PhotoCheck]:
    """Sign-ins of other candidates of this site and unit that show the same picture, the earliest first."""
    others = PhotoCheck.objects.filter(site_unit=check.site_unit_id).exclude(
        sitting__candidate=check.sitting.candidate_id
    )
    rows = others.order_by("sign_in__received_at", "pk").values_list(
        "pk", "picture", *(f"picture__{name}" for name in _MEASURED)
    )
    alike = [row[0] for row in rows if row[1] == check.picture_id or _are_alike(measures, row[2:])]
    loaded = PhotoCheck.objects.select_related("sign_in", "sitting", "site_unit__unit__plan", "room_session")
    found = {twin.pk: twin for twin in loaded.filter(pk__in=alike)}
    return [found[pk] for pk in alike if pk in found]


def _are_alike(measures: Measures | None, row: Sequence) -> bool:
    width, height, sharpness, brightness, contrast, likeness = row
    if measures is None or not likeness:
        return False
    other = Measures(width, height, sharpness, brightness, contrast, int(likeness, 16))
    return are_alike(measures, other)
