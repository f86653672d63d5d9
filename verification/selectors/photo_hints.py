"""Hints about photos, of a room or of one candidate (C13)."""

from django.db.models import QuerySet

from exam_ops.core.models import RoomSession, Sitting
from verification.models import PhotoHint


def of_room(session: RoomSession) -> list[PhotoHint]:
    """Every hint about the photos of a room's sign-ins that count, those that wait for people first."""
    rows = _rows().filter(photo__room_session=session, photo__sign_in__effective=True)
    return sorted(rows, key=lambda hint: (bool(hint.verdict), hint.photo.sitting.seat_no.rjust(10), hint.pk))


def of_sitting(sitting: Sitting) -> list[PhotoHint]:
    """Every hint about a candidate's photos, decided or not, the oldest first."""
    return list(_rows().filter(photo__sitting=sitting))


def _rows() -> QuerySet[PhotoHint]:
    related = ("decided_by", "photo__sign_in", "photo__sitting__candidate", "other__sitting__candidate")
    rows = PhotoHint.objects.select_related(*related).order_by("pk")
    return rows.defer("photo__sitting__candidate__id_no", "other__sitting__candidate__id_no")
