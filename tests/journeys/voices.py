"""What people and machines say on an exam morning, in short; all of it over HTTP."""

import json
import re
import uuid
from typing import Any

from exam_ops.core.models import RoomSession, Sitting, User
from exam_ops.rules.moments import BEIJING
from tests import pictures
from tests.conftest import moment
from tests.verification.helpers import DEVICE, jpeg

PASSWORD = "a-password-of-the-tests"
HERE = {"plan": "P1", "unit": "U1", "site": "A1"}  # the pages' choice of a place


def text(answer: Any) -> str:
    """A page as it reads."""
    bare = re.sub(r"<(script|style).*?</\1>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", bare))


def code(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal of the API."""
    return answer.status_code, answer.json().get("code", "")


def log_in(http: Any, user: User, **device: Any):
    """A phone logs in by password; the answer as it came."""
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    body = {"username": user.username, "password": PASSWORD, "device": DEVICE | device}
    return http.post("/api/v1/auth/tokens/", body)


def check_own_face(http: Any, room: RoomSession, at: str = "T-20m", outcome: str = "passed"):
    """A proctor's own face check."""
    body = {"id": str(uuid.uuid4()), "room_session": room.pk, "captured_at": moment(at).isoformat(),
            "outcome": outcome, "score": 0.95, "device_id": "phone-1"}  # fmt: skip
    return http.post("/api/v1/proctor-sign-ins/", body)


def put_photo(http: Any, what: str, id: str):
    """The photo that follows a fact: `sign-ins`, `proctor-sign-ins` or `entry-requests`."""
    return http.put(f"/api/v1/{what}/{id}/photo/", jpeg(), content_type="image/jpeg")


def roster(http: Any, room: RoomSession) -> list[dict[str, Any]]:
    """The candidates of a room as a phone lists them."""
    return http.get(f"/api/v1/room-sessions/{room.pk}/roster/").json()["results"]


def statuses(http: Any, room: RoomSession) -> list[str]:
    return [row["entry_status"] for row in roster(http, room)]


def emergencies(http: Any, room: RoomSession) -> list[str]:
    """Names of the room's emergency candidates."""
    return [row["name"] for row in roster(http, room) if row["emergency"]]


def stats(http: Any, room: RoomSession) -> dict[str, Any]:
    """签到统计 of a room."""
    return http.get(f"/api/v1/room-sessions/{room.pk}/sign-in-stats/").json()


def report(
    http: Any, type: str, *, room: RoomSession | None = None, sittings: Any = (), note: str = "", **place: Any
):
    """Opens or joins an incident."""
    body = {"id": str(uuid.uuid4()), "type": type, "occurred_at": moment("T-15m").isoformat(), "note": note,
            "sittings": [s.pk for s in sittings]} | place  # fmt: skip
    if room is not None:
        body["room_session"] = room.pk
    return http.post("/api/v1/incidents/", body)


def panorama(http: Any, room: RoomSession, *marked: Sitting, at: str = "T+31m", **more: Any):
    """Sends the picture of a room with candidates marked on it."""
    body = {"id": str(uuid.uuid4()), "room_session": room.pk, "reason": "已人工核对证件",
            "captured_at": moment(at).isoformat(), "photo": pictures.upload(),
            "marks": json.dumps([{"sitting": s.pk, "x": 0.4, "y": 0.5} for s in marked])}  # fmt: skip
    return http.post("/api/v1/evidence/", body | more, format="multipart")


def mark_on_the_page(browser: Any, room: RoomSession, *marked: Sitting, at: str = "T+31m", **more: Any):
    """The same by the page 应急材料."""
    body = {"id": str(uuid.uuid4()), "reason": "已人工核对证件", "photo": pictures.upload(),
            "captured_at": f"{moment(at).astimezone(BEIJING):%Y-%m-%dT%H:%M:%S}",
            "marks": json.dumps([{"sitting": s.pk, "x": 0.4, "y": 0.5} for s in marked])}  # fmt: skip
    return browser.post(f"/integrity/records/{room.pk}/", body | more)


def page_of(browser: Any, incident: dict[str, Any]) -> str:
    """The address of an incident's page, found in the list as a person finds it."""
    seen = browser.get("/incidents/").content.decode()
    assert incident["number"] in seen
    pk = seen[: seen.index(incident["number"])].rsplit('id="incident-', 1)[1].split('"')[0]
    return f"/incidents/{pk}/"
