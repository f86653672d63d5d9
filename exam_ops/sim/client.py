"""The exam client on a machine of the computer room: report, login, answers, events, submission."""

import hashlib
import hmac
import json
from io import BytesIO
from random import Random
from typing import Any
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZipFile

from exam_ops.sim.clock import rfc3339
from exam_ops.sim.http import Caller, Portal
from exam_ops.sim.network import Network

VERSION = "1.2.2-0"


class ExamClient:
    """One machine with the exam client; `machine_id` is the machine's, the candidate comes with `login`."""

    def __init__(
        self,
        portal: Portal,
        machine_id: str,
        *,
        version: str = VERSION,
        os: str = "Windows 10 64-bit",
        rng: Random | None = None,
    ) -> None:
        self.rng = rng or Random(machine_id)
        self.machine_id = machine_id
        self.version = version
        self.os = os
        self.caller = Caller(portal, network=Network(rng=self.rng))
        self.login_id = ""
        self.state: dict[str, Any] = {}
        self.paper: dict[str, dict[str, str]] = {}  # by question, as it stands on the machine
        self._unsaved: set[str] = set()

    @property
    def is_admitted(self) -> bool:
        return self.state.get("status") == "admitted"

    @property
    def session(self) -> str:
        return str(self.state["session"])

    def report(self, *, memory_mb: int = 8192, disk_gb: int = 256, opengl: str = "4.6") -> list[Any]:
        """Tells the machine's facts; returns the problems that the portal sees."""
        body = {
            "id": str(uuid4()),
            "machine_id": self.machine_id,
            "client_version": self.version,
            "os": self.os,
            "memory_mb": memory_mb,
            "disk_gb": disk_gb,
            "opengl": opengl,
            "directx": "12.0",
        }
        return self.caller.post("client/reports/", body)["problems"]

    def login(self, ticket_no: str, id_no_last4: str) -> dict[str, Any]:
        """A new login; `status` is admitted or waiting. Raises `Problem` when refused."""
        self.login_id = str(uuid4())
        body = {
            "id": self.login_id,
            "ticket_no": ticket_no,
            "id_no_last4": id_no_last4,
            "machine_id": self.machine_id,
            "client_version": self.version,
            "os": self.os,
            "sent_at": rfc3339(self.caller.clock.now()),
        }
        return self._take(self.caller.post("client/logins/", body))

    def poll(self) -> dict[str, Any]:
        """Asks how the login stands."""
        return self._take(self.caller.get(f"client/logins/{self.login_id}/"))

    def _take(self, state: dict[str, Any]) -> dict[str, Any]:
        self.state = state
        if self.is_admitted:
            self.caller.token = state["token"]
        return state

    def write(self, answers: dict[str, str]) -> None:
        """The candidate answers just now (question → value); it stands on the machine until saved."""
        now = rfc3339(self.caller.clock.now())
        self.paper |= {q: {"question": q, "value": v, "answered_at": now} for q, v in answers.items()}
        self._unsaved |= set(answers)

    def save(self) -> dict[str, Any]:
        """Sends what was not saved yet; it stays unsaved when that fails."""
        questions = sorted(self._unsaved)
        body = {
            "answers": [self.paper[q] for q in questions],
            "sent_at": rfc3339(self.caller.clock.now()),
        }
        answer = self.caller.put(f"client/sessions/{self.session}/answers/", body)
        self._unsaved -= set(questions)
        return answer

    def answer(self, answers: dict[str, str]) -> dict[str, Any]:
        """Writes and saves."""
        self.write(answers)
        return self.save()

    def export(self, plan: str, unit: str, ticket_no: str) -> tuple[str, bytes]:
        """The offline package of this paper as the proctor exports it: file name and content."""
        at = self.caller.clock.now()
        fields = {
            "plan": plan,
            "unit": unit,
            "ticket_no": ticket_no,
            "machine_id": self.machine_id,
            "exported_at": rfc3339(at),
            "answers": list(self.paper.values()),
        }
        content = json.dumps(fields, ensure_ascii=False).encode()
        key = str(self.state["export_key"]).encode()
        packed = BytesIO()
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            archive.writestr("answers.json", content)
            archive.writestr("signature", hmac.new(key, content, hashlib.sha256).hexdigest())
        digest8 = hashlib.sha256(content).hexdigest()[:8]
        name = f"{plan}_{unit}_{ticket_no}_{self.machine_id}_{at:%Y%m%dT%H%M%SZ}_{digest8}.oap"
        return name, packed.getvalue()

    def event(self, *kinds: str, note: str = "") -> Any:
        """Reports paper_loaded, offline, online or fault, as happened just now."""
        now = rfc3339(self.caller.clock.now())
        items = [{"id": str(uuid4()), "kind": kind, "at": now, "note": note} for kind in kinds]
        return self.caller.post(f"client/sessions/{self.session}/events/", {"items": items})

    def submit(self) -> Any:
        """Hands the paper in."""
        return self.caller.post(f"client/sessions/{self.session}/submission/")
