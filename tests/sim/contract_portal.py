"""A portal that keeps the contract in memory, on a drill clock that runs on and that sleeps and jumps move.

Just enough of it for the play: no scopes, no ladder, no windows but those that the stories touch.
"""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, RLock
from typing import Any

from tests.sim import small_book
from tests.sim.fake_portal import FakePortal, Heard, Reply

T = datetime(2025, 12, 6, 0, 30, tzinfo=UTC)
LENGTH = timedelta(minutes=90)
UNITS = {"U1": (T, T + LENGTH), "U2": (T + timedelta(hours=2), T + timedelta(hours=2) + LENGTH)}
STOPS = (-30, -5, 0, 15, 30, 45, 60, 75, 85, 90)  # minutes from a unit's start


class Refused(Exception):
    def __init__(self, status: int, code: str, **extra: Any) -> None:
        self.reply = Reply(status, {"code": code, **extra})


class Stop(Event):
    """The wish to stop, whose waiting moves the drill instead of taking time."""

    def __init__(self, portal: "ContractPortal") -> None:
        super().__init__()
        self.portal = portal

    def wait(self, timeout: float | None = None) -> bool:
        with self.portal.lock:
            self.portal.at += timedelta(seconds=timeout or 0)
        return self.is_set()


class ContractPortal:
    """State and answers; `fake` carries them over HTTP."""

    def __init__(self, fake: FakePortal) -> None:
        self.lock = RLock()
        self.at = T - timedelta(minutes=30)
        self.sittings: dict[int, dict[str, Any]] = {}
        self.rooms: dict[int, tuple[str, str, str]] = {}  # unit, site, room
        self.requests: dict[str, dict[str, Any]] = {}
        self.incidents: dict[str, dict[str, Any]] = {}
        self.logins: dict[str, dict[str, Any]] = {}
        self.seqs: dict[tuple[int, str], set[int]] = {}
        self.answers_to: dict[str, tuple[str, str | None]] = {}  # by check: status and code
        self.stop = Stop(self)
        self._fill()
        fake.reply = self.reply

    def _fill(self) -> None:
        for unit, student, name, _, ticket, _, site, room, *_ in small_book.rows()["考生编排"]:
            pk = self.session(unit, site, room)
            sitting = {"sitting": len(self.sittings) + 1, "room": pk, "unit": unit, "student_no": student}
            sitting |= {"ticket_no": ticket, "name": name, "entry_status": "not_signed_in", "clients": 0}
            self.sittings[sitting["sitting"]] = sitting

    def session(self, *place: str) -> int:
        """The room session of unit, site and room."""
        found = next((pk for pk, known in self.rooms.items() if known == place), len(self.rooms) + 1)
        self.rooms.setdefault(found, place)
        return found

    @property
    def at(self) -> datetime:
        """The drill's time. It runs, as the devices' clocks do: one that stood still would see every capture
        as earlier than it was, by as long as the phone took to send it."""
        return self._set_to + timedelta(seconds=time.monotonic() - self._set_at)

    @at.setter
    def at(self, moment: datetime) -> None:
        self._set_to, self._set_at = moment, time.monotonic()

    def jump(self) -> None:
        stops = [start + timedelta(minutes=m) for start, _ in UNITS.values() for m in STOPS]
        self.at = max(self.at, min(s for s in stops if s > self.at) - timedelta(seconds=10))

    def minute(self, unit: str) -> float:
        """Minutes from the unit's start."""
        return (self.at - UNITS[unit][0]).total_seconds() / 60

    def status(self, sitting: dict[str, Any]) -> str:
        closed = (
            sitting["entry_status"] in ("not_signed_in", "pending") and self.minute(sitting["unit"]) >= 30
        )
        return "absent" if closed else sitting["entry_status"]

    # --- HTTP ---

    def reply(self, heard: Heard) -> Reply:
        with self.lock:
            path = heard.path.partition("?")[0].removeprefix("/api/v1/")
            for pattern, act in ROUTES:
                if match := re.fullmatch(pattern, f"{heard.method} {path}"):
                    try:
                        reply = act(self, heard, *match.groups())
                    except Refused as refused:
                        reply = refused.reply
                    reply.headers["Exam-Time"] = self.at.isoformat()
                    return reply
        return Reply(404, {"code": "no_such_path"})

    def token(self, heard: Heard) -> Reply:
        body = heard.body
        if body.get("device", {}).get("app_version", "9").startswith("3"):
            raise Refused(426, "app_update_required", minimum_version="4.0.0")
        return Reply(201, {"token": body["username"]})

    def duties(self, heard: Heard) -> Reply:
        who = heard.headers["Authorization"].removeprefix("Token ")
        own = {row[:3] for row in small_book.rows()["监考编排"] if row[3] == who}
        rows = [
            {"room_session": pk, "unit": {"code": unit}, "site": {"code": site}, "room": {"number": room}}
            for pk, (unit, site, room) in self.rooms.items()
            if (unit, site, room) in own
        ]
        return Reply(200, {"next": None, "results": rows})

    def roster(self, heard: Heard, room: str) -> Reply:
        rows = [
            s | {"entry_status": self.status(s)} for s in self.sittings.values() if s["room"] == int(room)
        ]
        return Reply(200, {"results": rows})

    def stats(self, heard: Heard, room: str) -> Reply:
        statuses = [self.status(s) for s in self.sittings.values() if s["room"] == int(room)]
        names = ("signed_in", "pending", "approved", "rejected", "absent")
        counted = {name: statuses.count(name) for name in names} | {"registered": len(statuses)}
        gaps = [
            {"device_id": device, "missing_seqs": sorted(set(range(1, max(seqs) + 1)) - seqs)}
            for (pk, device), seqs in self.seqs.items()
            if pk == int(room) and len(seqs) < max(seqs)
        ]
        return Reply(200, counted | {"missing_from_phones": gaps})

    def sign_ins(self, heard: Heard) -> Reply:
        skew = self.at - datetime.fromisoformat(heard.body["sent_at"])
        return Reply(200, {"results": [self.sign_in(item, skew) for item in heard.body["items"]]})

    def sign_in(self, item: dict[str, Any], skew: timedelta) -> dict[str, Any]:
        sitting, known = self.sittings[item["sitting"]], self.answers_to.get(item["id"])
        status, code = known or self.take_in(item, sitting, skew)
        self.answers_to[item["id"]] = status, code
        told = "duplicate" if known and not code else status
        return {"id": item["id"], "status": told, "code": code, "entry_status": self.status(sitting)}

    def take_in(
        self, item: dict[str, Any], sitting: dict[str, Any], skew: timedelta
    ) -> tuple[str, str | None]:
        start = UNITS[sitting["unit"]][0]
        self.seqs.setdefault((sitting["room"], item["device_id"]), set()).add(item["device_seq"])
        half = timedelta(minutes=30)
        captured = (
            datetime.fromisoformat(item["captured_at"]) + skew + timedelta(milliseconds=1)
        )  # rounded down
        if not start - half <= captured < start + half:
            return "rejected", "not_open"
        if item["outcome"] == "passed":
            sitting["late"] = sitting.get("late", self.minute(sitting["unit"]) >= 30)
            sitting["entry_status"] = "signed_in"
        return "created", None

    def ask(self, heard: Heard) -> Reply:
        body = heard.body
        self.sittings[body["sitting"]]["entry_status"] = "pending"
        self.requests[body["id"]] = body
        return Reply(201, {"status": "pending"})

    def asked(self, heard: Heard) -> Reply:
        rows = [r for r in self.requests.values() if self.sittings[r["sitting"]]["entry_status"] == "pending"]
        return Reply(200, {"next": None, "results": rows})

    def decide(self, heard: Heard, id: str) -> Reply:
        sitting = self.sittings[self.requests[id]["sitting"]]
        if self.status(sitting) == "absent":
            raise Refused(409, "expired")
        sitting["entry_status"] = heard.body["outcome"]
        return Reply(201, {})

    def report(self, heard: Heard) -> Reply:
        body = heard.body
        self.incidents[body["id"]] = {
            "id": body["id"],
            "number": str(len(self.incidents) + 1),
            "level": "site",
        }
        return Reply(201, self.incidents[body["id"]])

    def reported(self, heard: Heard) -> Reply:
        return Reply(200, {"next": None, "results": list(self.incidents.values())})

    def act(self, heard: Heard, id: str, verb: str) -> Reply:
        if verb == "escalation":
            self.incidents[id]["level"] = "branch" if self.incidents[id]["level"] == "site" else "hq"
        return Reply(201, self.incidents[id])

    def evidence(self, heard: Heard) -> Reply:
        room = int(re.search(rb'name="room_session"\r\n\r\n(\d+)', heard.content)[1])  # type: ignore[index]
        minute = self.minute(self.rooms[room][0])
        if minute >= 90:
            raise Refused(403, "evidence_closed", closed_at="10:00")
        if minute < 20:
            raise Refused(422, "too_early")
        return Reply(201, {"sha256": "0"})

    def client_login(self, heard: Heard) -> Reply:
        body = heard.body
        sitting = next(s for s in self.sittings.values() if s["ticket_no"] == body["ticket_no"])
        if body["client_version"] != "1.2.2-0":
            raise Refused(403, "client_outdated", required_version="1.2.2-0")
        if sitting["entry_status"] == "rejected":
            raise Refused(403, "entry_rejected")
        if sitting["entry_status"] == "pending" and self.status(sitting) == "absent":
            raise Refused(403, "entry_expired")
        waits = sitting["entry_status"] == "pending" or sitting["clients"]
        self.logins[body["id"]] = {"sitting": sitting, "authorised": not sitting["clients"], "id": body["id"]}
        sitting["clients"] += not waits
        return Reply(202 if waits else 201, self.login_state(body["id"]))

    def login_state(self, id: str) -> dict[str, Any]:
        login = self.logins[id]
        if not login["authorised"] or login["sitting"]["entry_status"] == "pending":
            return {"status": "waiting", "poll_after_s": 1}
        login["sitting"]["last"] = id
        answers = list(login["sitting"].setdefault("answers", {}))
        return {"status": "admitted", "session": id, "token": id, "export_key": "00", "answers": answers}

    def poll(self, heard: Heard, id: str) -> Reply:
        return Reply(200, self.login_state(id))

    def authorise(self, heard: Heard) -> Reply:
        for id in heard.body["logins"]:
            self.logins[id]["authorised"] = True
        return Reply(200, {})

    def answers(self, heard: Heard, id: str) -> Reply:
        if self.logins[id]["sitting"]["last"] != id:
            raise Refused(409, "superseded")
        saved = {row["question"]: row["value"] for row in heard.body["answers"]}
        self.logins[id]["sitting"]["answers"] |= saved
        return Reply(200, {"stored": len(saved), "ignored": 0})

    def package(self, heard: Heard) -> Reply:
        name = re.search(rb'filename="([^"]*)"', heard.content)[1]  # type: ignore[index]
        if not name.startswith(b"P1_U1_"):
            raise Refused(422, "name_changed")
        return Reply(201, {"added": 2, "updated": 0, "unchanged": 0, "blank_ignored": 0})

    def accept(self, heard: Heard, *ids: str) -> Reply:
        return Reply(201, {"problems": []})


ROUTES: tuple[tuple[str, Callable[..., Reply]], ...] = (
    ("POST auth/tokens/", ContractPortal.token),
    ("GET app/duties/", ContractPortal.duties),
    ("GET room-sessions/([^/]+)/roster/", ContractPortal.roster),
    ("GET room-sessions/([^/]+)/sign-in-stats/", ContractPortal.stats),
    ("POST sign-ins/", ContractPortal.sign_ins),
    ("POST entry-requests/", ContractPortal.ask),
    ("GET entry-requests/", ContractPortal.asked),
    ("POST entry-requests/([^/]+)/decision/", ContractPortal.decide),
    ("POST incidents/", ContractPortal.report),
    ("GET incidents/", ContractPortal.reported),
    ("POST incidents/([^/]+)/(acknowledgement|escalation|resolution)/", ContractPortal.act),
    ("POST evidence/", ContractPortal.evidence),
    ("POST client/logins/", ContractPortal.client_login),
    ("GET client/logins/([^/]+)/", ContractPortal.poll),
    ("POST login-authorisations/decisions/", ContractPortal.authorise),
    ("PUT client/sessions/([^/]+)/answers/", ContractPortal.answers),
    ("POST client/sessions/[^/]+/(?:events|submission)/", ContractPortal.accept),
    ("POST offline-packages/", ContractPortal.package),
    ("POST client/reports/|POST proctor-sign-ins/", ContractPortal.accept),
    ("PUT .*/photo/", ContractPortal.accept),
)
