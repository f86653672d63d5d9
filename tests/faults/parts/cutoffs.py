"""Writes within half a second of their cutoff: none taken at or after it, none refused before it; no worker runs.

What "at" means. Product code refuses twice: in the service, and in a constraint trigger while the transaction
commits. No clock can be read *at* a commit; it is read a moment before, and the commit's own stamp is set a
moment after. So the judge brackets the trigger's reading by two witnesses that run in the same commit, one
before it and one after it. A write is wrongly taken when the witness *before* already saw the cutoff, and
wrongly refused when the clock had not reached the cutoff even *after* the refusal was decided. How many commit
stamps fell past the cutoff of a write that was rightly taken, and by how much, is printed beside it
(docs/decisions/0015).
"""

import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
from django.db import connection

from exam_ops.core.models import AccessToken, RoomSession, User
from tests.faults import history, nation, writer
from tests.faults.pictures import jpeg
from tests.faults.stage import PYTHON, Row, Stage

BUDGET = 660  # seconds
WRITES, OVER_HTTP = 100_000, 1_000
PROCESSES = 4
SPACING = 0.25  # seconds between two cutoffs
PER_SECOND = 150  # writes that this machine is sure to make, for laying enough cutoffs
HTTP_SECONDS = 45
THREADS = 8

_WITNESS = """
CREATE TABLE chaos_witness (evidence uuid NOT NULL, side text NOT NULL, at timestamptz NOT NULL);
CREATE FUNCTION chaos_see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO chaos_witness VALUES (NEW.id, TG_ARGV[0], clock_timestamp()); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER "AAA_before" AFTER INSERT ON incidents_evidence DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chaos_see('before');
CREATE CONSTRAINT TRIGGER zzz_after AFTER INSERT ON incidents_evidence DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chaos_see('after');
"""
_STAMPS = """
SELECT e.id::text, extract(epoch FROM max(w.at) FILTER (WHERE w.side = 'before')),
    extract(epoch FROM max(w.at) FILTER (WHERE w.side = 'after')), extract(epoch FROM pg_xact_commit_timestamp(e.xmin))
FROM incidents_evidence e JOIN chaos_witness w ON w.evidence = e.id GROUP BY e.id, e.xmin
"""


def run(stage: Stage) -> list[Row]:
    """Through the services, then over HTTP."""
    with connection.cursor() as cursor:
        cursor.execute(_WITNESS)
        cursor.execute(f"ALTER DATABASE {connection.settings_dict['NAME']} SET synchronous_commit = off")
    by_service = _through_services(stage)
    over_http = _over_http(stage)
    rows = [*_judged("through the services", by_service), *_judged("over HTTP", over_http)]
    wanted = [stage.size(WRITES), stage.size(OVER_HTTP)]
    for row, least in ((rows[0], wanted[0]), (rows[len(rows) // 2], wanted[1])):
        row.wrong += max(0, least - row.count)
    files = Path(stage.environment["DATA_DIR"]) / "files"
    stored = history.files(history.History(until=stage.now(), files=files))
    rows.append(Row("rows without their file, files without a row", stored[0], len(list(stored[1]))))
    return rows


# --- writing --------------------------------------------------------------------------------------


def _through_services(stage: Stage) -> list[writer.Try]:
    count = stage.size(WRITES)
    rooms = _rooms(stage, "X", seconds=count / PER_SECOND * 1.5 + 5, spacing=SPACING, lead=8 + count / 20_000)
    commands = [
        [PYTHON, "-m", "tests.faults.writer", str(stage.folder / f"writes-{n}"), str(-(-count // PROCESSES))]
        for n in range(PROCESSES)
    ]
    children = [
        stage.start(f"writer-{n}", [*command, f"{stage.random.random()}"], stdin=subprocess.PIPE)
        for n, command in enumerate(commands)
    ]
    for child in children:
        assert child.process.stdin
        child.process.stdin.write(json.dumps(rooms).encode())
        child.process.stdin.close()
    for child in children:
        child.process.wait(BUDGET)
    return [one for n in range(PROCESSES) for one in writer.read(stage.folder / f"writes-{n}")]


def _over_http(stage: Stage) -> list[writer.Try]:
    count = stage.size(OVER_HTTP, least=20)
    seconds = max(8.0, HTTP_SECONDS * min(1.0, stage.scale))
    url = stage.web()
    rooms = _rooms(stage, "H", seconds=seconds, spacing=0.5, lead=2)
    sessions = RoomSession.objects.select_related("site_unit__site").in_bulk([pk for pk, _ in rooms])
    tokens = {
        pk: AccessToken.objects.create(user=User.objects.get(username=f"{s.site_unit.site.code}-chief"))[1]
        for pk, s in sessions.items()
    }
    done: list[writer.Try] = []
    threads = [
        threading.Thread(target=_client, args=(url, rooms, tokens, -(-count // THREADS), stage, n, done))
        for n in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(BUDGET)
    stage.stop("web")
    return done


def _client(
    url: str,
    rooms: Sequence[tuple[int, float]],
    tokens: dict[int, str],
    count: int,
    stage: Stage,
    number: int,
    done: list[writer.Try],
) -> None:
    """One phone after another, at its own pace."""
    import random
    import uuid

    die = random.Random(f"{stage.environment['DATABASE_URL']}:{number}")
    closes = [at for _, at in rooms]
    pace = (closes[-1] - closes[0] - 2 * writer.AROUND) / count
    with httpx.Client(base_url=url, timeout=20) as client:
        for turn in writer.turns(closes, count, die):
            pk, at = rooms[turn]
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
            time.sleep(max(0.0, pace * die.uniform(0.6, 1.0) - (one.ended - one.began)))


def _rooms(
    stage: Stage, code: str, *, seconds: float, spacing: float, lead: float
) -> list[tuple[int, float]]:
    """Room sessions whose cutoffs follow each other, the first `lead` seconds from now."""
    count = round((seconds + 2) / spacing)
    now = stage.now()
    first = now + timedelta(seconds=lead)
    ends = [first + timedelta(seconds=n * spacing) for n in range(count)]
    times = [(end - timedelta(minutes=60), end) for end in ends]
    sessions = nation.open_unit(code, count, times, now=now)
    connection.close()
    return [(s.pk, end.timestamp()) for s, end in zip(sessions, ends, strict=True)]


# --- judging --------------------------------------------------------------------------------------


def _judged(how: str, tries: Sequence[writer.Try]) -> list[Row]:
    """The rows of the table: taken late, refused early, near, and what was refused for another reason."""
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(_STAMPS)
        stamps = {id: tuple(float(x) for x in rest) for id, *rest in cursor.fetchall()}
    taken = [(t, *stamps[t.id]) for t in tries if t.outcome == "taken" and t.id in stamps]
    lost = [t for t in tries if t.outcome == "taken" and t.id not in stamps]
    refused = [t for t in tries if t.outcome == "evidence_closed"]
    others = Counter(t.outcome for t in tries if t.outcome not in ("taken", "evidence_closed"))
    late = [t for t, before, _, _ in taken if before >= t.closes]
    early = [t for t in refused if (t.ended if t.at_commit else t.judged) < t.closes]
    between = [after - before for t, before, after, _ in taken if before < t.closes <= after]
    past = [stamp - t.closes for t, _, _, stamp in taken if stamp >= t.closes]
    by_trigger = sum(t.at_commit for t in refused)
    far = sum(1 for t in tries if abs(t.began - t.closes) > 2 * writer.AROUND)
    return [
        Row(f"{how}: writes within ±500 ms", len(tries) - far, 0, f"{far} more further off"),
        Row(f"{how}: taken, at or after the cutoff", len(taken), len(late), _ms("by", list(past), late)),
        Row(
            f"{how}: refused, before the cutoff",
            len(refused),
            len(early),
            f"{by_trigger} by the trigger",
        ),
        Row(
            f"{how}: answered otherwise, or taken and not there",
            len(tries),
            sum(others.values()) + len(lost),
            _named(others),
        ),
        Row(
            f"{how}: rightly taken, commit stamped past the cutoff",
            len(past) - len(late),
            0,
            _ms("at most", past, []),
        ),
        Row(f"{how}: cutoff between the two witnesses", len(between), 0, _ms("at most", between, [])),
    ]


def _named(others: Counter[str]) -> str:
    return ", ".join(f"{times} {code}" for code, times in others.items())


def _ms(word: str, seconds: Sequence[float], shown: Sequence[writer.Try]) -> str:
    named = ", ".join(t.id for t in shown[:3])
    return f"{word} {max(seconds) * 1000:.2f} ms {named}".strip() if seconds else ""
