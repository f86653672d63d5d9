"""An exam client as the gate sees it: a machine with a ticket, at an address."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from rest_framework.response import Response
from rest_framework.test import APIClient

from client_support.services import addresses
from exam_ops.core.models import Sitting
from tests.conftest import Hands
from tests.world import World

SITE_IP, OTHER_SITE_IP, HOME_IP = "36.110.8.20", "36.110.9.20", "114.114.114.114"
LOGINS = "/api/v1/client/logins/"


@dataclass
class Machine:
    """One exam machine; `log_in` knocks, the rest speaks with the token it was given."""

    hands: Hands
    machine_id: str = "PC-301-01"
    ip: str = SITE_IP
    http: APIClient = field(default_factory=APIClient)
    session: str = ""
    login: str = ""
    token: str = ""
    export_key: str = ""

    def knock(self, sitting: Sitting, **other: Any) -> Response:
        body = {
            "id": str(uuid.uuid4()),
            "ticket_no": sitting.ticket_no,
            "id_no_last4": sitting.candidate.id_no[-4:],
            "machine_id": self.machine_id,
            "client_version": "1.2.2-0",
            "os": "Windows 10",
        }
        return self.http.post(LOGINS, body | other, REMOTE_ADDR=self.ip)

    def log_in(self, sitting: Sitting, **other: Any) -> "Machine":
        answer = self.knock(sitting, **other)
        assert answer.status_code in (201, 202), answer.json()
        return self.keep(answer.json())

    def keep(self, state: dict[str, Any]) -> "Machine":
        self.login = state["login"]
        self.session = state.get("session", "")
        self.token, self.export_key = state.get("token", ""), state.get("export_key", "")
        return self

    def state(self, **meta: Any) -> Response:
        return self.http.get(f"{LOGINS}{self.login}/", **({"REMOTE_ADDR": self.ip} | meta))

    def put(self, *answers: tuple[str, Any, datetime], **other: Any) -> Response:
        rows = [{"question": q, "value": v, "answered_at": at.isoformat()} for q, v, at in answers]
        return self._say("put", "answers", {"answers": rows} | other)

    def report(self, *items: dict[str, Any], **other: Any) -> Response:
        return self._say("post", "events", {"items": list(items)} | other)

    def submit(self) -> Response:
        return self._say("post", "submission", {})

    def _say(self, verb: str, what: str, body: dict[str, Any]) -> Response:
        url = f"/api/v1/client/sessions/{self.session}/{what}/"
        return getattr(self.http, verb)(url, body, HTTP_AUTHORIZATION=f"Token {self.token}")


@pytest.fixture
def addresses_registered(world: World, at: Hands) -> None:
    """Sites A1 and B1 have a line each."""
    addresses.register(world.site, f"{SITE_IP}/32", actor=world.cast.site_admin, now=at.now)
    addresses.register(world.foreign, f"{OTHER_SITE_IP}/32", actor=None, now=at.now)


@pytest.fixture
def machine(addresses_registered: None, at: Hands) -> Machine:
    """A machine at site A1."""
    return Machine(at)


@pytest.fixture
def other_machine(addresses_registered: None, at: Hands) -> Machine:
    """Another machine of the same room."""
    return Machine(at, machine_id="PC-301-02")


def code(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def answers_of(sitting: Sitting) -> dict[str, Any]:
    return {row.question: row.value for row in sitting.answers.all()}
