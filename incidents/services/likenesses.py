"""Where else a picture of evidence was used: the same file or nearly the same picture, over every term (C14).

Drills are compared with drills alone, for their pictures are made up. The look-up is exact
(`exam_ops.rules.likeness`, decision 0027): four indexes, no scan, on SQLite and PostgreSQL alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from exam_ops.core.models import RoomSession
from exam_ops.rules import likeness
from exam_ops.rules.likeness import BANDS, Bands
from incidents.models import EvidencePicture

_COLUMNS = tuple(f"band_{n}" for n in range(BANDS))


@dataclass(frozen=True, slots=True)
class Twin:
    """Another piece of evidence that shows the same, `distance` bits of 64 apart; 0 with the same file."""

    evidence: UUID
    room_session: RoomSession
    distance: int
    same_file: bool


def twins(picture: EvidencePicture) -> list[Twin]:
    """The pictures of other room sessions that are the same or nearly so, nearest and latest first.

    Versions of one room session are alike by nature and never named.
    """
    here, room = RoomSession.objects.values_list("pk", "room_id").get(evidence=picture.pk)
    found = dict(near(picture.bands, is_drill=picture.is_drill))
    others = EvidencePicture.objects.filter(is_drill=picture.is_drill)
    same_file = set(others.filter(sha256=picture.sha256).values_list("pk", flat=True))
    rows = (
        EvidencePicture.objects.filter(pk__in={*found, *same_file})
        .exclude(evidence__room_session=here)
        .select_related(
            "evidence__room_session__room", "evidence__room_session__site_unit__site",
            "evidence__room_session__site_unit__unit__plan",
        )
        .order_by("-evidence__received_at")
    )  # fmt: skip
    named = [
        Twin(row.pk, row.evidence.room_session, found.get(row.pk, 0), row.pk in same_file)
        for row in rows
        if row.pk in same_file
        or likeness.is_near(found[row.pk], same_room=row.evidence.room_session.room_id == room)
    ]
    return sorted(named, key=lambda twin: (not twin.same_file, twin.distance))


def near(bands: Bands | None, *, is_drill: bool) -> Iterator[tuple[UUID, int]]:
    """Every picture at most `likeness.NEAR` bits apart, with its distance; the picture itself among them."""
    if bands is None:
        return
    rows = _candidates(bands).filter(is_drill=is_drill).values_list("pk", *_COLUMNS)
    for pk, *other in rows.iterator(chunk_size=2000):
        distance = likeness.apart(bands, (other[0], other[1], other[2], other[3]))
        if distance <= likeness.NEAR:
            yield pk, distance


def _candidates(bands: Bands) -> QuerySet[EvidencePicture]:
    shares = Q()
    for column, band in zip(_COLUMNS, bands, strict=True):
        shares |= Q(**{f"{column}__in": likeness.keys(band)})
    return EvidencePicture.objects.filter(shares)
