"""What waits on a phone until the portal has answered: written to the phone's disk before anything is sent.

The App may be killed at any moment: a queue opened anew on the same disk knows every check that has no answer,
under its id and number, and counts on from the last number of each room session.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

Id = Any  # ids of the portal go back as they came


@dataclass(slots=True)
class Capture:
    """A face check as it stands on the phone. `held` ones stay in the phone until released."""

    id: str
    sitting: Id
    captured_at: datetime
    outcome: str
    method: str
    score: float
    seq: int
    held: bool = False


@dataclass
class Disk:
    """What survives a restart: a log of lines, and pictures by the check they belong to."""

    log: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    token: str = ""


class Queue:
    """The checks that wait, by room session, in the order of their numbers (from 1 in each)."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.last_seq: dict[Id, int] = {}
        self._waiting: dict[Id, dict[str, Capture]] = {}
        for line in disk.log:
            self._apply(json.loads(line))

    def __getitem__(self, room_session: Id) -> list[Capture]:
        return list(self._waiting.get(room_session, {}).values())

    def __iter__(self) -> Iterator[Id]:
        """The room sessions in which something waits."""
        return iter([room for room, waiting in self._waiting.items() if waiting])

    def next_seq(self, room_session: Id) -> int:
        """The number of the next check in a room session."""
        return self.last_seq.get(room_session, 0) + 1

    def add(self, room_session: Id, capture: Capture, picture: bytes = b"") -> None:
        """Writes a new check down."""
        if picture:
            self.disk.pictures[capture.id] = picture
        kept = asdict(capture) | {"captured_at": capture.captured_at.isoformat()}
        self._write({"add": kept, "room": room_session})

    def release(self, room_session: Id) -> None:
        """What was held may go."""
        self._write({"release": True, "room": room_session})

    def answered(self, room_session: Id, ids: Iterable[str]) -> None:
        """The portal has answered these: they wait no more."""
        self._write({"answered": list(ids), "room": room_session})

    def _write(self, entry: dict[str, Any]) -> None:
        self.disk.log.append(json.dumps(entry))
        self._apply(entry)

    def _apply(self, entry: dict[str, Any]) -> None:
        room = entry["room"]
        waiting = self._waiting.setdefault(room, {})
        if kept := entry.get("add"):
            captured_at = datetime.fromisoformat(kept["captured_at"])
            waiting[kept["id"]] = Capture(**{**kept, "captured_at": captured_at})
            self.last_seq[room] = kept["seq"]
        for id in entry.get("answered", ()):
            waiting.pop(id, None)
        if entry.get("release"):
            for capture in waiting.values():
                capture.held = False
