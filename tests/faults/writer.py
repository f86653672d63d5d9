"""A process that writes evidence around cutoffs: `python -m tests.faults.writer FILE COUNT SEED`.

Standard input names the room sessions and their cutoffs, `[[pk, seconds since 1970], …]`, spread evenly. At
each turn the writer draws where around a cutoff it wants to be, within half a second, and takes the room whose
cutoff lies there: every write is near its own cutoff however fast the machine is. Each is one line of FILE.
"""

import bisect
import io
import json
import random
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

AROUND = 0.5  # seconds on either side
SHARED_EVERY = 50  # one picture in so many is everybody's, so that a refusal must not take it from the others


@dataclass(slots=True)
class Try:
    """One write: real instants in seconds since 1970, by the clock that the database shares."""

    id: str
    closes: float
    began: float
    judged: float = 0.0  # when the service last read its clock
    ended: float = 0.0
    outcome: str = ""  # "taken", or the refusal's code
    at_commit: bool = False  # refused by the database


def read(file: Path) -> list[Try]:
    """What a writer has done."""
    return [Try(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def real() -> float:
    """The machine's clock."""
    return time.time_ns() / 1e9


def turns(closes: list[float], count: int, random: random.Random) -> Any:
    """Yields which cutoff to write at next, until `count` are done or the last cutoff is past."""
    for _ in range(count):
        while True:
            now = real()
            if now > closes[-1] - AROUND:
                return
            if now < closes[0] + AROUND:
                time.sleep(min(0.5, closes[0] + AROUND - now))
                continue
            break
        wish = now + random.uniform(-AROUND, AROUND)
        yield min(bisect.bisect(closes, wish), len(closes) - 1)


def came_from_the_database(error: BaseException | None) -> bool:
    """Whether a refusal was said by the trigger at commit."""
    from django.db import DatabaseError

    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, DatabaseError):
            return True
        error = error.__cause__ or error.__context__
    return False


def attempt(one: Try, write: Callable[[Callable[[], datetime]], None]) -> None:
    """Writes once and notes what became of it; `write` gets the clock that the service is to read."""
    from exam_ops.core import clock
    from exam_ops.core.errors import Refusal

    def read_clock() -> datetime:
        now = clock.now()
        one.judged = real()
        return now

    try:
        write(read_clock)
        one.outcome = "taken"
    except Refusal as refused:
        one.outcome, one.at_commit = refused.code, came_from_the_database(refused)
    one.ended = real()


def main(file: Path, count: int, seed: str) -> None:
    """Writes until `count` are done or the last cutoff is past."""
    import django

    django.setup()
    from exam_ops.core import clock
    from exam_ops.core.access import actor_for
    from exam_ops.core.models import RoomSession, User
    from incidents.services import evidence
    from tests.faults.pictures import jpeg

    rooms = json.load(sys.stdin)
    closes = [at for _, at in rooms]
    die = random.Random(seed)
    actor = actor_for(User.objects.get(username="hq1"), now=clock.now())
    sessions = RoomSession.objects.select_related("site_unit__unit__plan", "site_unit__site").in_bulk(
        [pk for pk, _ in rooms]
    )
    with file.open("w", buffering=1 << 16) as log:
        for n, turn in enumerate(turns(closes, count, die)):
            pk, at = rooms[turn]
            id = uuid.UUID(int=die.getrandbits(128), version=4)
            picture = jpeg(b"shared" if n % SHARED_EVERY == 0 else id.bytes)
            upload = evidence.Upload(id=id, reason="x", marks=(), lateness_reason="x")

            def write(read_clock: Callable[[], datetime], pk=pk, upload=upload, picture=picture) -> None:
                evidence.receive(
                    upload,
                    io.BytesIO(picture),
                    fields={"reason": "x"},
                    room_session=sessions[pk],
                    actor=actor,
                    clock=read_clock,
                )

            one = Try(str(id), at, real())
            attempt(one, write)
            log.write(json.dumps(asdict(one)) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
