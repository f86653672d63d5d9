"""Writes at the very edge of a cutoff: rooms whose cutoffs follow each other, phones that write there, the judge.

What "at" means. Product code refuses twice: in the service, and in a constraint trigger while the transaction
commits. No clock can be read *at* a commit; it is read a moment before, and the commit's own stamp is set a
moment after. So the judge brackets the trigger's reading by two witnesses that run in the same commit, one
before it and one after it. A write is wrongly taken when the witness *before* already saw the cutoff, and
wrongly refused when the clock had not reached the cutoff even *after* the refusal was decided. How many commit
stamps fell past the cutoff of a write that was rightly taken, and by how much, is printed beside it
(docs/decisions/0015).
"""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import httpx
from django.db import connection

from exam_ops.core.models import AccessToken, RoomSession, User
from tests.faults import nation, writer
from tests.faults.pictures import jpeg
from tests.faults.stage import Row, Stage

THREADS = 8
BEFORE, AFTER, STAMP = range(3)

TABLES = ("incidents_evidence", "proctors_proctorchange")
_SEE = """
CREATE TABLE chaos_witness (id uuid NOT NULL, side text NOT NULL, at timestamptz NOT NULL);
CREATE FUNCTION chaos_see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO chaos_witness VALUES (NEW.id, TG_ARGV[0], clock_timestamp()); RETURN NULL; END $$;
"""
_WITNESS = """
CREATE CONSTRAINT TRIGGER "AAA_before" AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chaos_see('before');
CREATE CONSTRAINT TRIGGER zzz_after AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chaos_see('after');
"""
_STAMPS = """
SELECT w.id::text, extract(epoch FROM max(w.at) FILTER (WHERE w.side = 'before')),
    extract(epoch FROM max(w.at) FILTER (WHERE w.side = 'after')),
    extract(epoch FROM max(pg_xact_commit_timestamp(w.xmin)))
FROM chaos_witness w JOIN (SELECT id FROM incidents_evidence UNION ALL SELECT id FROM proctors_proctorchange) kept
    ON kept.id = w.id GROUP BY w.id
"""


def set_witnesses() -> None:
    """Two triggers beside the product's own; those of one row run in the order of their names."""
    with connection.cursor() as cursor:
        cursor.execute(_SEE)
        for table in TABLES:
            cursor.execute(_WITNESS.format(table=table))


def rooms(stage: Stage, code: str, *, seconds: float, spacing: float, lead: float) -> list[tuple[int, float]]:
    """Room sessions whose cutoffs follow each other, the first `lead` seconds from now."""
    count = round((seconds + 2) / spacing)
    now = stage.now()
    first = now + timedelta(seconds=lead)
    ends = [first + timedelta(seconds=n * spacing) for n in range(count)]
    times = [(end - timedelta(minutes=60), end) for end in ends]
    sessions = nation.open_unit(code, count, times, now=now)
    connection.close()
    return [(s.pk, end.timestamp()) for s, end in zip(sessions, ends, strict=True)]


def changing_rooms(
    stage: Stage, code: str, *, seconds: float, rooms: int, lead: float
) -> list[tuple[float, str, list[tuple[int, int]]]]:
    """Sites whose changes close one second after the other, each with `rooms` rooms and a proctor to add to each."""
    count = round(seconds + 2)
    now = stage.now()
    closes = [now + timedelta(seconds=lead + n) for n in range(count)]
    times = [(at + timedelta(hours=2), at + timedelta(hours=3)) for at in closes]
    sessions = nation.open_unit(code, count, times, now=now, rooms=rooms)
    pairs = nation.proctors(sessions)
    connection.close()
    of_site: dict[int, list[tuple[int, int]]] = {}
    for session, proctor in pairs:
        of_site.setdefault(session.site_unit_id, []).append((session.pk, proctor.pk))
    site_units = {s.site_unit_id: s.site_unit for s in sessions}
    return [
        (at.timestamp(), f"{site_unit.site.code}-site_admin", of_site[pk])
        for at, (pk, site_unit) in zip(closes, site_units.items(), strict=True)
    ]


def over_http(stage: Stage, code: str, url: str, *, count: int, seconds: float) -> list[writer.Try]:
    """`count` pictures sent to the portal at `url` by chiefs of as many sites, each near its own cutoff."""
    stretch = rooms(stage, code, seconds=seconds, spacing=0.5, lead=2)
    sessions = RoomSession.objects.select_related("site_unit__site").in_bulk([pk for pk, _ in stretch])
    tokens = {
        pk: AccessToken.objects.create(user=User.objects.get(username=f"{s.site_unit.site.code}-chief"))[1]
        for pk, s in sessions.items()
    }
    done: list[writer.Try] = []
    threads = [
        threading.Thread(
            target=_send, args=(url, stretch, tokens, -(-count // THREADS), stage.random.random(), done)
        )
        for _ in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 120)
    return done


def _send(
    url: str,
    stretch: Sequence[tuple[int, float]],
    tokens: dict[int, str],
    count: int,
    seed: float,
    done: list[writer.Try],
) -> None:
    """One phone after another, at its own pace."""
    die = random.Random(seed)
    closes = [at for _, at in stretch]
    pace = 0.85 * (closes[-1] - closes[0] - 2 * writer.AROUND) / count
    took = 0.0
    with httpx.Client(base_url=url, timeout=20) as client:
        for wish in writer.turns(closes, die):
            pk, at = stretch[writer.nearest(closes, wish + took / 2)]
            one = writer.Try(str(uuid.uuid4()), at, writer.real())
            answer = client.post(
                "/api/v1/evidence/",
                data={"id": one.id, "room_session": pk, "reason": "x", "lateness_reason": "x"},
                files={"photo": ("x.jpg", jpeg(uuid.UUID(one.id).bytes), "image/jpeg")},
                headers={"Authorization": f"Token {tokens[pk]}"},
            )
            one.ended = one.judged = writer.real()
            one.outcome = "taken" if answer.status_code in (200, 201) else answer.json().get("code", "?")
            done.append(one)
            count -= one.is_near
            if count <= 0:
                return
            took = one.ended - one.began  # the next is aimed so that it arrives at its cutoff
            time.sleep(max(0.0, pace * die.uniform(0.6, 1.0) - took))


def judged(how: str, tries: Sequence[writer.Try], *, least: int) -> list[Row]:
    """The rows of the table; `least`: how many there must be."""
    stamps = _stamps()
    taken = [(t, stamps[t.id]) for t in tries if t.outcome == "taken" and t.id in stamps]
    lost = [t for t in tries if t.outcome == "taken" and t.id not in stamps]
    refused = [t for t in tries if t.is_closed]
    others = Counter(t.outcome for t in tries if t.outcome != "taken" and not t.is_closed)
    late = [seen for t, seen in taken if seen[BEFORE] >= t.closes]
    early = [t for t in refused if (t.ended if t.at_commit else t.judged) < t.closes]
    between = [s[AFTER] - s[BEFORE] for t, s in taken if s[BEFORE] < t.closes <= s[AFTER]]
    past = [s[STAMP] - t.closes for t, s in taken if s[BEFORE] < t.closes <= s[STAMP]]
    near = [t for t in tries if t.is_near]
    by_trigger = sum(t.at_commit for t in refused)
    otherwise = ", ".join(f"{times} {code}" for code, times in others.items())
    return [
        Row(
            f"{how}: writes within ±500 ms of their cutoff",
            len(near),
            max(0, least - len(near)),
            _kinds(tries),
        ),
        Row(f"{how}: taken, at or after the cutoff", len(taken), len(late)),
        Row(f"{how}: refused, before the cutoff", len(refused), len(early), f"{by_trigger} by the trigger"),
        Row(f"{how}: answered otherwise", len(tries), sum(others.values()), otherwise),
        Row(f"{how}: acknowledged and not there", len(taken), len(lost)),
        Row(f"{how}: taken, and the commit stamped past the cutoff", len(past), 0, _at_most(past)),
        Row(f"{how}: the cutoff between the two witnesses", len(between), 0, _at_most(between)),
    ]


def _stamps() -> dict[str, tuple[float, ...]]:
    """For each picture taken: witness before, witness after, commit, in seconds since 1970."""
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(_STAMPS)
        return {id: tuple(float(at) for at in seen) for id, *seen in cursor.fetchall()}


def _kinds(tries: Sequence[writer.Try]) -> str:
    return ", ".join(f"{count} {what}" for what, count in Counter(t.what for t in tries).items())


def _at_most(seconds: Sequence[float]) -> str:
    return f"at most {max(seconds) * 1000:.2f} ms" if seconds else ""
