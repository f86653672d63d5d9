"""A proctor's phone with the identity-check App: captures while offline, sends later, never sends twice."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from exam_ops.sim import reports
from exam_ops.sim.clock import rfc3339
from exam_ops.sim.http import Caller, Network, Portal

BATCH = 50
Id = Any  # ids of the portal go back as they came


@dataclass(slots=True)
class Device:
    """What a phone says about itself at login."""

    platform: str
    app_version: str
    os_version: str
    model: str
    memory_mb: int
    device_id: str
    form_factor: str = "phone"


_KINDS = (
    ("android", "4.0.0", "13", "Example A1", 8192),
    ("android", "4.1.2", "10", "Example B7", 5760),
    ("harmonyos", "4.0.0", "4.2", "Example H3", 7900),
    ("harmonyos_next", "4.0.1", "5.0", "Example N1", 11900),
    ("ios", "4.0.2", "17.4", "iPhone12,1", 3900),
    ("ios", "4.0.3", "16.1", "iPhone 14", 5900),
)


def some_device(rng: Random, device_id: str) -> Device:
    """One of the phones in use, all of them fit."""
    return Device(*rng.choice(_KINDS), device_id=device_id)


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


class Phone:
    """One proctor's phone. Its clock may be wrong by `skew`; all its chance comes from `rng`."""

    def __init__(
        self,
        portal: Portal,
        username: str,
        password: str,
        *,
        device: Device | None = None,
        rng: Random | None = None,
        skew: timedelta = timedelta(0),
    ) -> None:
        self.rng = rng or Random(username)
        self.username = username
        self.password = password
        self.device = device or some_device(self.rng, f"sim-{username}")
        self.skew = skew
        self.network = Network(rng=self.rng)
        self.caller = Caller(portal, network=self.network)
        self.queue: dict[Id, list[Capture]] = {}  # room session → captures not yet sent
        self.photos: dict[str, bytes] = {}  # sign-in → picture not yet sent
        self._last_seq: dict[Id, int] = {}

    # --- network, clock, restart ---

    def offline(self) -> None:
        """The phone loses its network; captures go on."""
        self.network.is_up = False

    def online(self) -> None:
        """The network is back; `flush` sends what waited."""
        self.network.is_up = True

    def restart(self) -> None:
        """The App is closed and opened: queue and numbering are on the phone, the token is gone."""
        self.caller = Caller(self.caller.portal, network=self.network)

    def now(self) -> datetime:
        """What the phone's clock shows."""
        return self.caller.clock.now() + self.skew

    # --- people ---

    def login(self) -> dict[str, Any]:
        """Gets a token for this device."""
        body = {"username": self.username, "password": self.password, "device": asdict(self.device)}
        answer = self.caller.post("auth/tokens/", body)
        self.caller.token = answer["token"]
        return answer

    def logout(self) -> None:
        self.caller.call("DELETE", "auth/tokens/current/")
        self.caller.token = ""

    def duties(self, **filters: str) -> list[dict[str, Any]]:
        """The own room sessions; filters are date, plan, unit, room."""
        answer = self.caller.get("app/duties/", **filters)
        return answer["results"] if isinstance(answer, dict) else answer

    def check_self(self, room_session: Id, *, passed: bool = True, photo: bytes = b"") -> str:
        """The proctor's own face check of the day."""
        body = {
            "id": str(uuid4()),
            "room_session": room_session,
            "captured_at": rfc3339(self.now()),
            "outcome": "passed" if passed else "failed",
            "score": self._score(passed),
            "device_id": self.device.device_id,
            "sent_at": rfc3339(self.now()),
        }
        self.caller.post("proctor-sign-ins/", body)
        if photo:
            self.caller.put_file(f"proctor-sign-ins/{body['id']}/photo/", photo)
        return str(body["id"])

    def roster(self, room_session: Id) -> list[dict[str, Any]]:
        """The candidates of a room session."""
        answer = self.caller.get(f"room-sessions/{room_session}/roster/")
        return answer["results"] if isinstance(answer, dict) else answer

    def stats(self, room_session: Id) -> dict[str, Any]:
        """The counts of a room session as the server sees them."""
        return self.caller.get(f"room-sessions/{room_session}/sign-in-stats/")

    # --- sign-ins ---

    def capture(
        self,
        room_session: Id,
        sitting: Id,
        *,
        passed: bool = True,
        method: str = "face",
        hold: bool = False,
        photo: bytes = b"",
    ) -> Capture:
        """Takes a face; it waits in the queue with the next sequence number of this room session."""
        seq = self._last_seq[room_session] = self._last_seq.get(room_session, 0) + 1
        outcome = "passed" if passed else "failed"
        score = self._score(passed)
        taken = Capture(str(uuid4()), sitting, self.now(), outcome, method, score, seq, hold)
        self.queue.setdefault(room_session, []).append(taken)
        if photo:
            self.photos[taken.id] = photo
        return taken

    def release(self, room_session: Id) -> None:
        """What was held may go with the next flush."""
        for waiting in self.queue.get(room_session, []):
            waiting.held = False

    def flush(self, room_session: Id, *, batch: int = BATCH) -> list[dict[str, Any]]:
        """Sends what waits, in batches, then its pictures; returns the results in order.

        What got no answer stays in the queue with its ids. Raises like `Caller.call`.
        """
        results: list[dict[str, Any]] = []
        while ready := [c for c in self.queue.get(room_session, []) if not c.held][:batch]:
            answered = self._send(room_session, ready)
            sent = {c.id for c in ready}
            self.queue[room_session] = [c for c in self.queue[room_session] if c.id not in sent]
            results += answered
        self._send_photos({r["id"] for r in results})
        return results

    def _send(self, room_session: Id, captures: list[Capture]) -> list[dict[str, Any]]:
        body = {
            "items": [self._item(c) for c in captures],
            "sent_at": rfc3339(self.now()),
            "last_seq": self._last_seq[room_session],
        }
        return self.caller.post("sign-ins/", body)["results"]

    def _item(self, capture: Capture) -> dict[str, Any]:
        return {
            "id": capture.id,
            "sitting": capture.sitting,
            "captured_at": rfc3339(capture.captured_at),
            "method": capture.method,
            "outcome": capture.outcome,
            "score": capture.score,
            "device_id": self.device.device_id,
            "device_seq": capture.seq,
        }

    def _send_photos(self, ids: Iterable[str]) -> None:
        for id in [i for i in ids if i in self.photos]:
            self.put_photo(id, self.photos[id])
            del self.photos[id]

    def put_photo(self, sign_in: str, photo: bytes) -> int:
        """Sends the picture of a sign-in; 201, or 200 when it was there already."""
        return self.caller.put_file(f"sign-ins/{sign_in}/photo/", photo).status

    def _score(self, passed: bool) -> float:
        return round(self.rng.uniform(0.82, 0.99) if passed else self.rng.uniform(0.2, 0.55), 3)

    # --- approvals, incidents, evidence ---

    def request_entry(
        self, sitting: Id, reason: str, note: str, *, photo: bytes = b"", id: str = ""
    ) -> dict[str, Any]:
        """Asks the chief to let somebody in after the documents were checked by hand."""
        body = {
            "id": id or str(uuid4()),
            "sitting": sitting,
            "reason": reason,
            "documents_checked": True,
            "note": note,
        }
        answer = {"id": body["id"]} | self.caller.post("entry-requests/", body)
        if photo:
            self.caller.put_file(f"entry-requests/{body['id']}/photo/", photo)
        return answer

    def report(self, kind: str, note: str, *, sittings: Iterable[Id] = (), **scope: Id) -> dict[str, Any]:
        """Opens an incident of a catalogue type; scope is `room_session`, or `site` and `unit`."""
        return reports.open_incident(
            self.caller, kind, note, occurred_at=self.now(), sittings=sittings, **scope
        )

    def upload_evidence(self, room_session: Id, photo: bytes, **fields: Any) -> dict[str, Any]:
        """Uploads the room's panorama, taken just now unless `captured_at` says otherwise."""
        fields.setdefault("captured_at", self.now())
        return reports.upload_evidence(self.caller, room_session, photo, sent_at=self.now(), **fields)
