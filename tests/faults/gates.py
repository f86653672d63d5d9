"""A probe that asks the portal's gates over HTTP all the time and knows what each must answer."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from exam_ops.core.models import (
    AccessToken,
    Device,
    Membership,
    ProctorProfile,
    RoomSession,
    RosterRow,
    Sitting,
    User,
)
from exam_ops.rules.permissions import Role
from tests.faults import nation
from tests.faults.pictures import jpeg

PAUSE = 0.3  # seconds between two rounds
ROOMS = 6


@dataclass
class Gate:
    """One request and the answer that its window demands."""

    name: str
    must: str  # "open", or the code of the refusal
    ask: Callable[[httpx.Client], httpx.Response]
    read: Callable[[httpx.Response], str]


@dataclass
class Probe:
    """Asks each gate in turn until stopped; counts what was answered as it must be and what was not."""

    url: str
    gates: Sequence[Gate]
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=30) as client:
            while not self._stop.wait(PAUSE):
                for gate in self.gates:
                    began = time.monotonic()
                    try:
                        said = gate.read(gate.ask(client))
                    except httpx.HTTPError as error:
                        said = type(error).__name__
                    self.slowest = max(self.slowest, time.monotonic() - began)
                    (self.right if said == gate.must else self.wrong)[f"{gate.name}: {said}"] += 1


def of_a_morning(code: str, *, now: datetime) -> list[Gate]:
    """Rooms in every state for hours around `now`: evidence too early, open, closed; entry not open, open."""
    hour = timedelta(hours=1)
    starts = {
        "evidence too early": now,
        "evidence open": now - hour,
        "evidence closed": now - 4 * hour,
        "entry not open": now + 6 * hour,
        "entry open": now - timedelta(minutes=5),
    }
    sessions = nation.open_unit(code, len(starts), [(s, s + 3.5 * hour) for s in starts.values()], now=now)
    musts = {
        "evidence too early": "too_early",
        "evidence closed": "evidence_closed",
        "entry not open": "not_open",
    }
    return [
        (_evidence if name.startswith("evidence") else _entry)(name, musts.get(name, "open"), session)
        for name, session in zip(starts, sessions, strict=True)
    ]


def _evidence(name: str, must: str, session: RoomSession) -> Gate:
    chief = User.objects.get(username=f"{session.site_unit.site.code}-chief")
    headers = {"Authorization": f"Token {AccessToken.objects.create(user=chief)[1]}"}

    def ask(client: httpx.Client) -> httpx.Response:
        id = uuid.uuid4()
        return client.post(
            "/api/v1/evidence/",
            data={"id": str(id), "room_session": session.pk, "reason": "x", "lateness_reason": "x"},
            files={"photo": ("x.jpg", jpeg(id.bytes), "image/jpeg")},
            headers=headers,
        )

    return Gate(name, must, ask, lambda answer: "open" if answer.status_code == 201 else _code(answer))


def _entry(name: str, must: str, session: RoomSession) -> Gate:
    proctor = User.objects.create(username=f"proctor-{session.pk}", name="proctor")
    Membership.objects.create(user=proctor, role=Role.PROCTOR, site=session.site_unit.site)
    ProctorProfile.objects.create(
        user=proctor, site=session.site_unit.site, status="certified", source="person"
    )
    RosterRow.objects.create(room_session=session, proctor=proctor)
    device = Device.objects.create(
        user=proctor, device_id=f"phone-{session.pk}", platform="android", app_version="4.0.0",
        seen_at=session.site_unit.starts_at,
    )  # fmt: skip
    headers = {"Authorization": f"Token {AccessToken.objects.create(user=proctor, device=device)[1]}"}
    sitting = Sitting.objects.filter(room_session=session).values_list("pk", flat=True)[0]
    counted = iter(range(1, 10**9))

    def ask(client: httpx.Client) -> httpx.Response:
        item = {
            "id": str(uuid.uuid4()), "sitting": sitting, "method": "face", "outcome": "failed", "score": 0.1,
            "captured_at": datetime.now(session.site_unit.starts_at.tzinfo).isoformat(),  # noqa: TID251 the phone's own
            "device_id": device.device_id, "device_seq": next(counted),
        }  # fmt: skip
        return client.post("/api/v1/sign-ins/", json={"items": [item]}, headers=headers)

    def read(answer: httpx.Response) -> str:
        if answer.status_code != 200:
            return _code(answer)
        result = answer.json()["results"][0]
        return "open" if result["status"] == "created" else result["code"]

    return Gate(name, must, ask, read)


def _code(answer: httpx.Response) -> str:
    try:
        return answer.json().get("code", str(answer.status_code))
    except ValueError:
        return str(answer.status_code)
