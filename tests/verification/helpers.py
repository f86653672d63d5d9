"""What phones send, in short."""

import io
import struct
import uuid
from typing import Any

from PIL import Image

from exam_ops.core.models import RoomSession, Sitting
from tests.conftest import moment

DEVICE = {
    "platform": "android",
    "app_version": "4.0.0",
    "os_version": "13",
    "model": "Example A1",
    "memory_mb": 7800,
    "form_factor": "phone",
    "device_id": "phone-1",
}


def check(sitting: Sitting | int, at: str = "T-20m", **more: Any) -> dict[str, Any]:
    """One passed face check; `more` overrides fields."""
    return {
        "id": str(uuid.uuid4()),
        "sitting": getattr(sitting, "pk", sitting),
        "captured_at": moment(at).isoformat(),
        "method": "face",
        "outcome": "passed",
        "score": 0.93,
        "device_id": "phone-1",
        "device_seq": 1,
    } | more


def send(caller, *items: dict[str, Any], **beside: Any) -> list[dict[str, Any]]:
    """Posts a batch and returns its results."""
    answer = caller.post("/api/v1/sign-ins/", {"items": list(items), **beside})
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def ask(caller, sitting: Sitting | int, reason: str = "face_check_failed", **more: Any):
    """Posts an entry request."""
    body = {
        "id": str(uuid.uuid4()),
        "sitting": getattr(sitting, "pk", sitting),
        "reason": reason,
        "documents_checked": True,
        "note": "证件与本人一致",
    } | more
    return caller.post("/api/v1/entry-requests/", body)


def decide(caller, request_id: str, outcome: str = "approved", note: str = ""):
    """Posts a decision."""
    return caller.post(f"/api/v1/entry-requests/{request_id}/decision/", {"outcome": outcome, "note": note})


def status_of(sitting: Sitting) -> str:
    return Sitting.objects.get(pk=sitting.pk).entry_status


def room(session: RoomSession) -> RoomSession:
    return RoomSession.objects.get(pk=session.pk)


def jpeg(colour: str = "grey", size: tuple[int, int] = (64, 48)) -> bytes:
    """A small picture of nothing."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def heic() -> bytes:
    """The boxes of a HEIC file around nothing."""

    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(body), kind) + body

    size = box(b"ispe", bytes(4) + struct.pack(">II", 640, 480))
    meta = box(b"meta", bytes(4) + box(b"iprp", box(b"ipco", size)))
    return box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + meta + box(b"mdat", bytes(100))


def problem(answer) -> tuple[int, str]:
    """Status and code of a refusal."""
    assert answer["Content-Type"].startswith("application/problem+json"), answer.content
    return answer.status_code, answer.json()["code"]
