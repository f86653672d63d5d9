"""What the door tells an incident that is reported from a room (C5, C7): who of its proctors is kept out, and by what."""

from datetime import datetime

from exam_ops.core.models import RoomSession
from incidents.services.attached import Facts, attach
from verification.selectors import triage
from verification.selectors.blocked_rooms import REASON_OF


@attach("phone_facts", REASON_OF, panel="room-triage")
def phone_facts(room_session: RoomSession, now: datetime) -> Facts:
    """Account, certificate, phone and last try of each proctor of the room, as they stand when it is reported."""
    found = triage.of_room(room_session.pk, now=now)
    data = {
        str(each.user.pk): {
            "locked": each.facts.is_locked,
            "certified": each.facts.certified,
            "outcome": each.facts.outcome,
            "tried_at": each.facts.tried_at.isoformat() if each.facts.tried_at else None,
            "model": each.facts.model,
            "os_version": each.facts.os_version,
            "app_version": each.facts.app_version,
            "problems": [problem.code for problem in each.facts.problems],
            "face_checked": each.checked_at is not None,
        }
        for each in found
    }
    return triage.sentence(found, room_session.site_unit.unit.plan), data
