"""A chief, site administrator, branch officer or headquarters at their desk, by API."""

from collections.abc import Iterable
from typing import Any

from exam_ops.sim import reports
from exam_ops.sim.http import Caller, Portal


class Office:
    """Somebody with an account and no phone: a token without a device."""

    def __init__(self, portal: Portal, username: str, password: str) -> None:
        self.username = username
        self.password = password
        self.caller = Caller(portal)

    def login(self) -> dict[str, Any]:
        """Gets a token for office work."""
        answer = self.caller.post("auth/tokens/", {"username": self.username, "password": self.password})
        self.caller.token = answer["token"]
        return answer

    # --- entry requests ---

    def requests(self, *, status: str = "pending", **filters: str) -> list[dict[str, Any]]:
        """Entry requests that this office may see; filters are plan, unit, room."""
        return list(self.caller.pages("entry-requests/", status=status, **filters))

    def decide(self, request: str, outcome: str, note: str = "") -> dict[str, Any]:
        """`approved` or `rejected`; a chief's act."""
        return self.caller.post(f"entry-requests/{request}/decision/", {"outcome": outcome, "note": note})

    # --- incidents ---

    def open_incident(
        self, kind: str, note: str, *, sittings: Iterable[Any] = (), **scope: Any
    ) -> dict[str, Any]:
        """Opens an incident; scope is `room_session`, or `site` and `unit`."""
        now = self.caller.clock.now()
        return reports.open_incident(self.caller, kind, note, occurred_at=now, sittings=sittings, **scope)

    def acknowledge(self, incident: str, note: str = "") -> dict[str, Any]:
        return self.caller.post(f"incidents/{incident}/acknowledgement/", {"note": note})

    def escalate(self, incident: str, note: str, *, declared_major: bool = False) -> dict[str, Any]:
        """Sends an incident up, or declares it 重大 so that it goes up at T−5."""
        body = {"note": note, "declared_major": declared_major}
        return self.caller.post(f"incidents/{incident}/escalation/", body)

    def resolve(self, incident: str, *, cause: str, effect: str, note: str = "") -> dict[str, Any]:
        body = {"note": note, "cause": cause, "effect": effect}
        return self.caller.post(f"incidents/{incident}/resolution/", body)

    def incidents(self, **filters: str) -> list[dict[str, Any]]:
        """The incidents that this office may see; filters are plan, unit, site, status."""
        return list(self.caller.pages("incidents/", **filters))

    # --- exam clients, evidence ---

    def authorise(self, logins: Iterable[str], reason: str, outcome: str = "authorised") -> Any:
        """Decides on repeat logins, one or many."""
        body = {"logins": list(logins), "outcome": outcome, "reason": reason}
        return self.caller.post("login-authorisations/decisions/", body)

    def upload_package(self, name: str, content: bytes) -> dict[str, Any]:
        """A centre exam officer uploads an offline paper under this file name."""
        files = {"file": (name, content, "application/octet-stream")}
        return self.caller.call("POST", "offline-packages/", files=files).body

    def upload_evidence(self, room_session: Any, photo: bytes, **fields: Any) -> dict[str, Any]:
        """Uploads a panorama for a room."""
        now = self.caller.clock.now()
        fields.setdefault("captured_at", now)
        return reports.upload_evidence(self.caller, room_session, photo, sent_at=now, **fields)
