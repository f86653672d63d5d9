"""What the door tells an incident that is reported from a room (C5, C7): who of its proctors is kept out, and by what."""

from datetime import datetime

from exam_ops.core.models import RoomSession
from exam_ops.rules.text import Text
from incidents.services.attached import Facts, attach
from verification.selectors import triage
from verification.selectors.blocked_rooms import REASON_OF
from verification.selectors.entry import stats_of
from verification.selectors.presence import SYNC_LAG
from verification.selectors.rooms import missing_from_phones


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


@attach("lag_facts", [SYNC_LAG], panel="room-lag")
def lag_facts(room_session: RoomSession, now: datetime) -> Facts:
    """How many the room lacks by the portal's count, and what the phones' numbers say (C6)."""
    session = RoomSession.objects.select_related("site_unit__unit__plan").get(pk=room_session.pk)
    missing = {m.device_id: len(m.missing_seqs) for m in missing_from_phones(session)}
    unsigned = stats_of([session], now=now)[session.pk].not_signed_in
    note = Text(
        "未签到 {unsigned} 名；{phones} 台手机共有 {checks} 次签到已采集未到达",
        "{unsigned} not signed in; {checks} checks of {phones} phones have not arrived",
    )
    figures = {"unsigned": unsigned, "phones": len(missing), "checks": sum(missing.values())}
    return note.format(**figures), figures | {"missing": missing}
