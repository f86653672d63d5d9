"""A process that writes around cutoffs: `python -m tests.faults.writer FILE COUNT SEED`.

Standard input names the rooms and their cutoffs (`Stretch`), spread evenly. At each turn the writer draws where
around a cutoff it wants to be, within half a second, and takes the room whose cutoff lies there: every write is
near its own cutoff however fast the machine is. One write in `CHANGE_EVERY` is a change of proctors, which
closes two hours before the start; the others are evidence, which closes at the end. Each is one line of FILE.
"""

import bisect
import io
import json
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

AROUND = 0.5  # seconds on either side
AIM = 0.45  # within which a write is aimed: how long it takes is only guessed
SHARED_EVERY = 50  # one picture in so many is everybody's, so that a refusal must not take it from the others
CHANGE_EVERY = 20  # one takes as long as three pictures
CLOSED = {"evidence": "evidence_closed", "change": "window_closed"}


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
    what: str = "evidence"

    @property
    def is_near(self) -> bool:
        """Whether the write, from its beginning to its answer, was within half a second of its cutoff."""
        return self.began - AROUND <= self.closes <= self.ended + AROUND

    @property
    def is_closed(self) -> bool:
        return self.outcome == CLOSED[self.what]


@dataclass
class Stretch:
    """What there is to write at: evidence `[room session, cutoff]`; changes `[cutoff, asker, [[room session, proctor]]]`."""

    evidence: list[tuple[int, float]]
    changes: list[tuple[float, str, list[tuple[int, int]]]]


def read(file: Path) -> list[Try]:
    """What a writer has done."""
    return [Try(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def real() -> float:
    """The machine's clock."""
    return time.time_ns() / 1e9


def turns(closes: list[float], random: random.Random) -> Iterator[float]:
    """Yields the instant whose cutoff to write at now, until the last cutoff is past."""
    while True:
        if (early := closes[0] + AROUND - real()) > 0:
            time.sleep(early)
        now = real()
        if now > closes[-1] - AROUND:
            return
        yield now + random.uniform(-AIM, AIM)


def nearest(closes: list[float], wish: float) -> int:
    """Which cutoff lies at `wish`."""
    after = bisect.bisect(closes, wish)
    around = [n for n in (after - 1, after) if 0 <= n < len(closes)]
    return min(around, key=lambda n: abs(closes[n] - wish))


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


def attempt(one: Try, write: Callable[[Callable[[], datetime]], object]) -> Try:
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
    return one


class Writer:
    """Writes through the services, as the web would."""

    def __init__(self, stretch: Stretch, die: random.Random, *, share: tuple[int, int]) -> None:
        from exam_ops.core import clock
        from exam_ops.core.access import actor_for
        from exam_ops.core.models import ExamPlan, RoomSession, User

        self.stretch, self.die, self.count, self.took = stretch, die, 0, 0.0
        self.evidence_closes = [at for _, at in stretch.evidence]
        self.changes_close = [at for at, _, _ in stretch.changes]
        number, of = share  # of several writers each has rooms of its own to change
        self.left = [rooms[number::of] for _, _, rooms in stretch.changes]
        rows = RoomSession.objects.select_related("site_unit__unit__plan", "site_unit__site")
        self.sessions = rows.in_bulk([pk for pk, _ in stretch.evidence])
        users = User.objects.in_bulk([name for _, name, _ in stretch.changes], field_name="username")
        self.actors = {name: actor_for(user, now=clock.now()) for name, user in users.items()}
        self.anybody = actor_for(User.objects.get(username="hq1"), now=clock.now())
        self.plan = ExamPlan.objects.filter(units__site_units__room_sessions__in=self._rooms()).first()

    def _rooms(self) -> list[int]:
        return [rooms[0][0] for _, _, rooms in self.stretch.changes[:1] if rooms]

    def writes(self, count: int) -> Iterator[Try]:
        """Writes until `count` were near their cutoff, or the last cutoff is past."""
        for wish in turns(self.evidence_closes, self.die):
            one = self.write(wish)
            count -= one.is_near
            yield one
            if count <= 0:
                return

    def write(self, wish: float) -> Try:
        """One write at the cutoff nearest to `wish`, aimed so that it is committed there."""
        one = self._write(wish + self.took / 2)
        self.took = one.ended - one.began if one.outcome == "taken" else self.took
        return one

    def _write(self, wish: float) -> Try:
        self.count += 1
        if self.changes_close and self.count % CHANGE_EVERY == 0:
            at = nearest(self.changes_close, wish)
            if self.left[at] and abs(self.changes_close[at] - wish) <= AROUND:
                return self.change(at)
        return self.evidence(nearest(self.evidence_closes, wish))

    def evidence(self, number: int) -> Try:
        from incidents.services import evidence
        from tests.faults.pictures import jpeg

        pk, closes = self.stretch.evidence[number]
        id = uuid.UUID(int=self.die.getrandbits(128), version=4)
        picture = jpeg(b"shared" if self.count % SHARED_EVERY == 0 else id.bytes)
        upload = evidence.Upload(id=id, reason="x", marks=(), lateness_reason="x")
        return attempt(
            Try(str(id), closes, real()),
            lambda clock: evidence.receive(
                upload,
                io.BytesIO(picture),
                fields={"reason": "x"},
                room_session=self.sessions[pk],
                actor=self.anybody,
                clock=clock,
            ),
        )

    def change(self, number: int) -> Try:
        from proctors.services import asking

        closes, asker, _ = self.stretch.changes[number]
        session, proctor = self.left[number].pop()
        id = uuid.UUID(int=self.die.getrandbits(128), version=4)
        piece = asking.Piece(id, session, outgoing=None, incoming=proctor)
        return attempt(
            Try(str(id), closes, real(), what="change"),
            lambda clock: asking.ask_once(
                id,
                [piece],
                kind="chaos",
                fields={"id": str(id)},
                answer=lambda made: {"made": len(made)},
                reason="x",
                plan=self.plan,
                actor=self.actors[asker],
                clock=clock,
            ),
        )


def main(file: Path, count: int, seed: str, share: tuple[int, int]) -> None:
    """Writes until `count` are done or the last cutoff is past."""
    import django

    django.setup()
    stretch = Stretch(**json.load(sys.stdin))
    die = random.Random(seed)
    writer = Writer(stretch, die, share=share)
    with file.open("w", buffering=1 << 16) as log:
        for one in writer.writes(count):
            log.write(json.dumps(asdict(one)) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], (int(sys.argv[4]), int(sys.argv[5])))
