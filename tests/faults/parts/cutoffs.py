"""100,000 writes within half a second of their cutoff: none taken at or after it, none refused before it.

No worker and no beat runs. `tests/faults/edges.py` says how they are judged.
"""

import json
import subprocess
from pathlib import Path

from django.db import connection

from tests.faults import edges, history, writer
from tests.faults.stage import PYTHON, Row, Stage

BUDGET = 740  # seconds
WRITES, OVER_HTTP = 100_000, 1_000
PROCESSES = 4
SPACING = 0.25  # seconds between two cutoffs of evidence
CHANGES_EACH = 32  # rooms whose proctors change at one cutoff
PER_SECOND = 110  # cutoffs are laid for no fewer writes than these
HTTP_SECONDS = 30.0


def run(stage: Stage) -> list[Row]:
    """Through the services, then over HTTP."""
    edges.set_witnesses()
    with connection.cursor() as cursor:  # durability is not at issue here
        cursor.execute(f"ALTER DATABASE {connection.settings_dict['NAME']} SET synchronous_commit = off")
    tries = _through_services(stage)
    spent = max(t.ended for t in tries) - min(t.began for t in tries)
    stage.said(f"{len(tries)} writes in {spent:.0f} s")
    rows = edges.judged("services", tries, least=stage.size(WRITES))
    count = stage.size(OVER_HTTP, least=24)
    url = stage.web()
    over_http = edges.over_http(
        stage, "H", url, count=count, seconds=max(8.0, HTTP_SECONDS * min(1.0, stage.scale))
    )
    stage.stop()
    rows += edges.judged("HTTP", over_http, least=count)
    files = Path(stage.environment["DATA_DIR"]) / "files"
    stored, astray = history.files(history.History(until=stage.now(), files=files))
    return [*rows, Row("rows without their file, files without a row", stored, len(list(astray)))]


def _through_services(stage: Stage) -> list[writer.Try]:
    """Four processes, each with a connection of its own."""
    count = stage.size(WRITES)
    seconds, lead = count / PER_SECOND + 5, 10 + count / 4_000  # laying all of it takes a while itself
    changes = edges.changing_rooms(stage, "Y", seconds=seconds, rooms=CHANGES_EACH, lead=lead)
    passed = stage.now().timestamp() - (changes[0][0] - lead)
    evidence = edges.rooms(stage, "X", seconds=seconds, spacing=SPACING, lead=lead - passed)
    stage.said(f"{len(evidence)} cutoffs of evidence and {len(changes)} of changes are laid")
    files = [stage.folder / f"writes-{n}" for n in range(PROCESSES)]
    for n, file in enumerate(files):
        words = [str(file), str(-(-count // PROCESSES)), str(stage.random.random()), str(n), str(PROCESSES)]
        child = stage.start(
            f"writer-{n}", [PYTHON, "-m", "tests.faults.writer", *words], stdin=subprocess.PIPE
        )
        assert child.process.stdin
        child.process.stdin.write(json.dumps({"evidence": evidence, "changes": changes}).encode())
        child.process.stdin.close()
    for n in range(PROCESSES):
        stage.running[f"writer-{n}"].process.wait(2 * BUDGET)
    return [one for file in files for one in writer.read(file)]
