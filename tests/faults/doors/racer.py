"""A process that makes the calls of meets: `python -m tests.faults.doors.racer FILE`, its orders as JSON on standard input.

Each of its threads has a connection of its own. The callers of a meet start at one barrier; each call is one
line of FILE: who, what was told, and when.
"""

import json
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.doors.calls import Call, Meet
from tests.faults.doors.speakers import Services, Speaker, Spoken, Told, Web

MOST = 8  # callers of one meet


@dataclass
class Said:
    """One call made: seconds of the monotonic clock, the instants between which it was judged, what was told."""

    meet: int
    call: int
    began: float
    ended: float
    now: tuple[float, float]
    told: Told
    captured: list[str] = field(default_factory=list)  # of each check, as it was sent
    error: str = ""


def orders(meets: Sequence[tuple[int, Meet]], tokens: dict[str, str], url: str = "") -> str:
    """What a racer reads: numbered meets, the tokens of those who call, and the portal's address or none."""
    numbered = [[number, asdict(meet)] for number, meet in meets]
    return json.dumps({"meets": numbered, "tokens": tokens, "url": url})


def read(file: Path) -> list[Said]:
    """What a racer has done."""
    return [Said(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def race(number: int, meet: Meet, speaker: Speaker, pool: ThreadPoolExecutor) -> list[Said]:
    """All calls of a meet at once."""
    ready = threading.Barrier(len(meet.calls))

    def run(n: int, call: Call) -> Said:
        ready.wait()
        if call.wait:
            time.sleep(call.wait)
        spoken, error, began = Spoken([], (0.0, 0.0)), "", time.monotonic()
        try:
            spoken = speaker.say(call, meet)
        except Exception as broken:
            error = repr(broken)[:300]
        ended = time.monotonic()
        return Said(number, n, began, ended, spoken.now, spoken.told, spoken.captured, error)

    done = [pool.submit(run, n, call) for n, call in enumerate(meet.calls)]
    return [each.result() for each in done]


def main(file: Path) -> None:
    """Races through the orders, one meet after another."""
    import django

    django.setup()
    given: dict[str, Any] = json.load(sys.stdin)
    meets = [(number, Meet(**meet)) for number, meet in given["meets"]]
    speaker: Speaker = Web(given["url"], given["tokens"]) if given["url"] else Services(given["tokens"])
    with ThreadPoolExecutor(MOST) as pool, file.open("w", buffering=1 << 16) as log:
        for number, meet in meets:
            meet.calls = [call if isinstance(call, Call) else Call(**call) for call in meet.calls]
            for said in race(number, meet, speaker, pool):
                log.write(json.dumps(asdict(said)) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
