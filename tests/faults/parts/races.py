"""10,000 races at the door: two deciders on one request, two to five phones on one candidate, and all that meets them.

9,500 go through the services, by processes whose threads each have a connection of their own; 500 over HTTP
through the real server. No worker and no beat runs. `tests/faults/doors/judge.py` says how they are judged.
"""

import subprocess
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connection

from tests.faults.doors import ground, judge, meets, racer, standing
from tests.faults.doors.calls import Meet
from tests.faults.doors.speakers import Services
from tests.faults.stage import PYTHON, Row, Stage

BUDGET = 170  # seconds
RACES, OVER_HTTP = 9_500, 500
PROCESSES, HTTP_PROCESSES = 3, 2
ROOMS, PEOPLE = 12, 30  # rooms a site, candidates a room
SPACING = 1.5  # seconds between two closes of entry over HTTP
LEAD = 8.0  # seconds until the first of them


def run(stage: Stage) -> list[Row]:
    """Through the services, then over HTTP."""
    with connection.cursor() as cursor:  # durability is not at issue here
        cursor.execute(f"ALTER DATABASE {connection.settings_dict['NAME']} SET synchronous_commit = off")
    rows = through_services(stage, stage.size(RACES, least=90), PROCESSES)
    url = stage.web()
    rows += over_http(stage, url, stage.size(OVER_HTTP, least=30))
    stage.stop()
    return rows


def through_services(stage: Stage, count: int, processes: int) -> list[Row]:
    """Processes that share the meets out among themselves."""
    drawn, tokens = _lay(stage, "R", count, closes_in=timedelta(minutes=10), spacing=0.0)
    stage.said(f"{sum(len(m.sittings) for m in drawn)} races are laid")
    numbered = list(enumerate(drawn))
    said = _run(stage, [numbered[n::processes] for n in range(processes)], tokens, "racer")
    return _judged(stage, "services", drawn, said, least=count)


def in_threads(stage: Stage, count: int) -> list[Row]:
    """Through the services by threads of this process: starting others would take longer than the races."""
    drawn, tokens = _lay(stage, "R", count, closes_in=timedelta(minutes=10), spacing=0.0)
    speaker = Services(tokens)
    with ThreadPoolExecutor(racer.MOST) as pool:
        said = [one for n, meet in enumerate(drawn) for one in racer.race(n, meet, speaker, pool)]
    return _judged(stage, "races", drawn, said, least=count)


def over_http(stage: Stage, url: str, count: int) -> list[Row]:
    """The same over HTTP; those at the close of entry wait for it, each at its own."""
    drawn, tokens = _lay(stage, "W", count, closes_in=timedelta(seconds=LEAD), spacing=SPACING)
    for meet in drawn:  # no worker runs: nobody closes but the clock; and one decision is one call
        meet.calls = [call for call in meet.calls if call.do != "close"]
        for call in meet.calls:
            call.requests = call.requests[:1]
    numbered = list(enumerate(drawn))
    waiting = sorted((m for m in numbered if m[1].kind == meets.AT_THE_CLOSE), key=lambda m: m[1].closes)
    others = [m for m in numbered if m[1].kind != meets.AT_THE_CLOSE]
    shares = [waiting, *(others[n::HTTP_PROCESSES] for n in range(HTTP_PROCESSES))]
    said = _run(stage, shares, tokens, "web-racer", url)
    return _judged(stage, "HTTP", drawn, said, least=count)


def _lay(
    stage: Stage, code: str, count: int, *, closes_in: timedelta, spacing: float
) -> tuple[list[Meet], dict[str, str]]:
    """Rooms for so many races, those whose entry closes with sites of their own."""
    now = stage.now()
    sites = -(-count * 13 // 10 // (ROOMS * PEOPLE)) + 1
    rooms, tokens = ground.lay(
        f"{code}O", [now + timedelta(minutes=25)] * sites, rooms=ROOMS, people=PEOPLE, now=now
    )
    closes = count * meets.SHARES[meets.AT_THE_CLOSE] // (1000 * meets.AT_CLOSE) + 2
    first = stage.now() + closes_in - ground.ENTRY
    starts = [first + timedelta(seconds=spacing * n) for n in range(closes)]
    closing, more = ground.lay(f"{code}C", starts, rooms=1, people=meets.AT_CLOSE, now=now)
    drawn = meets.draw(rooms, closing, count, stage.random, now=now)
    connection.close()
    return drawn, tokens | more


def _run(
    stage: Stage,
    shares: Sequence[Sequence[tuple[int, Meet]]],
    tokens: dict[str, str],
    name: str,
    url: str = "",
) -> list[racer.Said]:
    files = [stage.folder / f"{name}-{n}.jsonl" for n in range(len(shares))]
    for n, (file, share) in enumerate(zip(files, shares, strict=True)):
        child = stage.start(
            f"{name}-{n}", [PYTHON, "-m", "tests.faults.doors.racer", str(file)], stdin=subprocess.PIPE
        )
        assert child.process.stdin
        child.process.stdin.write(racer.orders(share, tokens, url).encode())
        child.process.stdin.close()
    for n in range(len(shares)):
        stage.running[f"{name}-{n}"].process.wait(2 * BUDGET)
    return [one for file in files for one in racer.read(file)]


def _judged(
    stage: Stage, how: str, drawn: Sequence[Meet], said: Sequence[racer.Said], *, least: int
) -> list[Row]:
    spent = max(one.ended for one in said) - min(one.began for one in said)
    stage.said(f"{how}: {len(said)} calls in {spent:.0f} s")
    races = standing.Races(drawn, said)
    rows = judge.read(races)
    kinds = Counter(race.meet.kind for race in races.races)
    overlapping = sum(race.overlaps for race in races.races)
    note = ", ".join(f"{times} {what}" for what, times in kinds.items())
    first = Row("races of callers on one candidate", len(races.races), max(0, least - len(races.races)), note)
    met = Row(
        "races in which calls were under way at the same time", overlapping, int(overlapping * 2 < least)
    )
    found = [first, met, *rows]
    stage.said(f"{how}: judged, {sum(row.wrong for row in rows)} wrong")
    for row in found:
        row.what = f"{how}: {row.what}"
    return found
