"""Scenes for the review of evidence: who owes, what was sent, what was said of it."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from exam_ops.core import access, files
from exam_ops.core.models import RoomSession, Sitting, User
from incidents.models import Evidence, EvidenceDuty
from incidents.services import duties, evidence
from incidents.services.evidence import Upload
from incidents.services.marks import Mark
from tests import pictures


def owe(sittings: Sequence[Sitting], *, now: datetime, cause: str = "C3") -> None:
    """Each comes to owe evidence."""
    duties.open_for(
        sittings, cause=cause, room_session=sittings[0].room_session, incident=None, actor=None, now=now
    )


def send(
    room: RoomSession,
    by: User,
    *,
    now: datetime,
    names: Sequence[Sitting] = (),
    colour: str = "grey",
    photo: bytes | None = None,
    **more: Any,
) -> Evidence:
    """A picture (plain in `colour`, or `photo`) that names candidates, sent by `by`; `more` are fields of `Upload`."""
    if "sha256" not in more:
        content = photo or pictures.jpeg(colour=colour)
        more |= {"sha256": files.save(content), "size": len(content)}
    said = {"captured_at": room.site_unit.unit.plan.plan_time(now), "lateness_reason": "手机时间错误"}
    upload = Upload(
        id=uuid.uuid4(),
        reason="已人工核对证件",
        marks=[Mark(sitting.pk, 0.4 + 0.1 * n, 0.5) for n, sitting in enumerate(names)],
        **said | more,
    )
    with transaction.atomic():
        return evidence.submit(upload, room_session=room, actor=access.actor_for(by, now=now), now=now)


def standing(sitting: Sitting) -> list[str]:
    """How the candidate's duties stand, the oldest first."""
    return list(EvidenceDuty.objects.filter(sitting=sitting).order_by("pk").values_list("status", flat=True))
