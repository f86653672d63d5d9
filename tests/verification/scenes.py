"""Scenes for the door's pages: requests that wait, people signed in, failed or forgotten."""

import uuid
from datetime import datetime

from exam_ops.core import entry, files
from exam_ops.core.models import Candidate, RoomSession, Sitting, User
from exam_ops.rules.entry import Cause
from tests.verification.helpers import jpeg
from verification.models import EntryRequest, SignIn
from verification.services import entry_requests


def fresh(sitting: Sitting) -> Sitting:
    return Sitting.objects.select_related("candidate", "room_session").get(pk=sitting.pk)


def ask(
    sitting: Sitting, requester: User, *, now: datetime, reason: str = "face_check_failed", note: str = ""
) -> EntryRequest:
    """A request that waits."""
    asked = entry_requests.Asked(uuid.uuid4(), reason, True, note)
    return entry_requests.submit(asked, sitting=fresh(sitting), requester=requester, now=now)


def sign_in(sitting: Sitting, proctor: User, *, now: datetime, outcome: str = "passed", **more) -> SignIn:
    """A check, with what follows from it for the room."""
    row = SignIn.objects.create(
        id=uuid.uuid4(),
        sitting=sitting,
        room_session=sitting.room_session,
        proctor=proctor,
        method="face",
        outcome=outcome,
        captured_at=now,
        received_at=now,
        status="created",
        effective=outcome == "passed",
        fingerprint="-",
        batch=uuid.uuid4(),
        **more,
    )
    moved = fresh(sitting)
    if outcome == "passed":
        entry.move([moved], Cause.PASSED, now=now)
    else:
        entry.count_failed([moved], {moved.pk: 1})
    return row


def with_photo(sitting: Sitting) -> str:
    """Gives the candidate a reference photo."""
    sha256 = files.save(jpeg())
    Candidate.objects.filter(pk=sitting.candidate_id).update(photo=sha256)
    return sha256


def without_room(sitting: Sitting) -> None:
    """Takes the candidate off the room's list."""
    Sitting.objects.filter(pk=sitting.pk).update(room_session=None, seat_no="")
    room = RoomSession.objects.get(pk=sitting.room_session_id)
    RoomSession.objects.filter(pk=room.pk).update(registered=room.registered - 1)
