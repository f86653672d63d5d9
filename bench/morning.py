"""A nation five minutes before its exam, as its boards see it: signed in, rostered, with requests that wait."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from bench import nation
from exam_ops.core import clock
from exam_ops.core.models import Branch, ExamSite, SiteUnit

ROOMS, PER_ROOM = 14_000, 26  # 364,000 sittings
BRANCH = 12_000  # sittings of the branch that is measured

_PROCTORS = """
INSERT INTO core_user (username, name, password, is_active, language, created_at)
SELECT %(code)s || '-watch-' || r.id || '-' || p.position, '监考', '!', true, '', now()
FROM core_roomsession r CROSS JOIN (VALUES ('lead'), ('second')) AS p(position) WHERE r.site_unit_id = ANY(%(units)s)
"""
_ROSTER = """
INSERT INTO core_rosterrow (room_session_id, proctor_id, position, checked_at)
SELECT r.id, u.id, p.position, now()
FROM core_roomsession r CROSS JOIN (VALUES ('lead'), ('second')) AS p(position)
JOIN core_user u ON u.username = %(code)s || '-watch-' || r.id || '-' || p.position
WHERE r.site_unit_id = ANY(%(units)s)
"""
_SIGN_INS = """
INSERT INTO verification_signin (id, sitting_id, room_session_id, proctor_id, reported_id, reported_sitting, reported,
    device_id, device_seq, method, outcome, captured_at, received_at, skew_ms, status, code, effective, late,
    proctor_unchecked, photo, fingerprint, batch)
SELECT gen_random_uuid(), s.id, s.room_session_id, t.proctor_id, '', '', '{}', 'phone-' || t.proctor_id,
    row_number() OVER (PARTITION BY s.room_session_id, t.proctor_id ORDER BY s.id), 'face', 'passed', now(), now(), 0,
    'created', '', true, false, false, '', 'x', gen_random_uuid()
FROM core_sitting s
JOIN core_rosterrow t ON t.room_session_id = s.room_session_id
    AND t.position = CASE WHEN s.id %% 2 = 0 THEN 'lead' ELSE 'second' END
WHERE s.site_unit_id = ANY(%(units)s) AND s.entry_status = 'signed_in'
"""
_TALLIES = """
INSERT INTO verification_phonetally (room_session_id, device_id, last_seq, seen, missing, heard_at)
SELECT room_session_id, device_id, max(device_seq) + (room_session_id %% 50 = 0)::int,
    range_agg(int8range(device_seq, device_seq + 1)), (room_session_id %% 50 = 0)::int, now()
FROM verification_signin WHERE room_session_id IN (SELECT id FROM core_roomsession WHERE site_unit_id = ANY(%(units)s))
GROUP BY room_session_id, device_id
"""
_ASKED = """
INSERT INTO verification_entryrequest (id, sitting_id, room_session_id, site_unit_id, requester_id, reason,
    documents_checked, note, photo, attempt, status, requested_at, decision_note)
SELECT gen_random_uuid(), s.id, s.room_session_id, s.site_unit_id, t.proctor_id, 'face_check_failed', true, '', '', 1,
    'pending', now(), ''
FROM core_sitting s JOIN core_rosterrow t ON t.room_session_id = s.room_session_id AND t.position = 'lead'
WHERE s.site_unit_id = ANY(%(units)s) AND s.seat_no = '4' AND s.room_session_id %% 10 = 0
"""
_PENDING = """
UPDATE core_sitting s SET entry_status = 'pending' FROM verification_entryrequest e WHERE e.sitting_id = s.id
"""
_COUNTERS = """
UPDATE core_roomsession r SET proctors_checked = 2,
    pending = (SELECT count(*) FROM verification_entryrequest e WHERE e.room_session_id = r.id)
WHERE site_unit_id = ANY(%(units)s)
"""
_HELD = "UPDATE core_sitting SET held_over = true WHERE site_unit_id = ANY(%(units)s) AND id %% 500 = 0"


def build(code: str, *, sites: int, rooms_per_site: float, per_room: int) -> list[SiteUnit]:
    """A unit that begins in five minutes, on a real plan: a quarter has not come, one room in ten waits for its chief."""
    now = clock.now()
    site_units = nation.build(
        code,
        sites=sites,
        rooms_per_site=rooms_per_site,
        per_room=per_room,
        now=now,
        start=now + timedelta(minutes=5),
    )
    values: dict[str, Any] = {"code": code, "units": [site_unit.pk for site_unit in site_units]}
    statements = (_PROCTORS, _ROSTER, _SIGN_INS, _TALLIES, _ASKED, _PENDING, _HELD, _COUNTERS)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
    return site_units


def large_branch(site_units: Sequence[SiteUnit]) -> Branch:
    """Gives one branch sites of others, until it has 12,000 sittings."""
    branch = site_units[0].site.branch
    wanted = BRANCH * len(site_units) // (ROOMS * PER_ROOM) + 1
    others = [s.site_id for s in site_units if s.site.branch_id != branch.pk]
    own = len(site_units) - len(others)
    ExamSite.objects.filter(pk__in=others[: wanted - own]).update(branch=branch)
    return branch
