"""A proctor's phone with the identity-check App: captures while offline, sends later, never sends twice."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from exam_ops.sim import reports
from exam_ops.sim.clock import rfc3339
from exam_ops.sim.http import Caller, Portal, Problem
from exam_ops.sim.network import Network
from exam_ops.sim.queue import Capture, Disk, Id, Queue

BATCH = 50


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
        self.disk = Disk()
        self.queue = Queue(self.disk)
        self.journal: list[
            tuple[Id, Capture]
        ] = []  # all that was ever taken: the player's notes, not the phone's
        self.told: dict[str, tuple[str, str]] = {}  # by check: the first answer's status and code, likewise
        self.told_at: dict[str, datetime] = {}  # and when it came, in exam time

    # --- network, clock, restart ---

    def offline(self) -> None:
        """The phone loses its network; captures go on."""
        self.network.is_up = False

    def online(self) -> None:
        """The network is back; `flush` sends what waited."""
        self.network.is_up = True

    def use(self, network: Network) -> None:
        """The phone is in another network from now on."""
        self.network = self.caller.network = network

    def restart(self, *, keeps_token: bool = False) -> None:
        """The App is killed and opened: what is on the disk is there again, all else is gone.

        The token is kept by Apps that store it; else somebody has to log in.
        """
        self.caller = Caller(
            self.caller.portal, network=self.network, token=self.disk.token if keeps_token else ""
        )
        self.queue = Queue(self.disk)

    def update(self, version: str) -> None:
        """Another version of the App over the old one; the disk stays."""
        self.device = replace(self.device, app_version=version)
        self.restart()

    def now(self) -> datetime:
        """What the phone's clock shows."""
        return self.caller.clock.now() + self.skew

    # --- people ---

    def login(self) -> dict[str, Any]:
        """Gets a token for this device."""
        body = {"username": self.username, "password": self.password, "device": asdict(self.device)}
        answer = self.caller.post("auth/tokens/", body)
        self.caller.token = self.disk.token = answer["token"]
        return answer

    def logout(self) -> None:
        self.caller.call("DELETE", "auth/tokens/current/")
        self.caller.token = self.disk.token = ""

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
        outcome, score = ("passed" if passed else "failed"), self._score(passed)
        seq = self.queue.next_seq(room_session)
        taken = Capture(str(uuid4()), sitting, self.now(), outcome, method, score, seq, hold)
        self.queue.add(room_session, taken, photo)
        self.journal.append((room_session, taken))
        return taken

    def release(self, room_session: Id) -> None:
        """What was held may go with the next flush."""
        self.queue.release(room_session)

    def flush(self, room_session: Id, *, batch: int = BATCH) -> list[dict[str, Any]]:
        """Sends what waits, in batches, then its pictures; returns the results in order.

        What got no answer stays in the queue with its ids. A token that is not taken any more is renewed by
        a login. Raises like `Caller.call`.
        """
        results: list[dict[str, Any]] = []
        while ready := [c for c in self.queue[room_session] if not c.held][:batch]:
            answered = self.send(room_session, ready)
            self.queue.answered(room_session, [c.id for c in ready])
            results += answered
        self._send_photos({r["id"] for r in results})
        return results

    def send(self, room_session: Id, captures: Iterable[Capture]) -> list[dict[str, Any]]:
        """Sends these checks as they are, once more if need be; logs in again when the token is gone."""
        items = [self._item(capture) for capture in captures]
        try:
            results = self._post(room_session, items)
        except Problem as problem:
            if problem.code != "not_authenticated":
                raise
            self.login()
            results = self._post(room_session, items)
        for result in results:
            self.told.setdefault(result["id"], (result["status"], result["code"] or ""))
            self.told_at.setdefault(result["id"], self.caller.clock.now())
        return results

    def _post(self, room_session: Id, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        last_seq = self.queue.last_seq[room_session]
        body = {"items": items, "sent_at": rfc3339(self.now()), "last_seq": last_seq}
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
        for id in [i for i in ids if i in self.disk.pictures]:
            self.put_photo(id, self.disk.pictures[id])
            del self.disk.pictures[id]

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
