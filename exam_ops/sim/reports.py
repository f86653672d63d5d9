"""What phones and offices both hand in: incidents and evidence."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from exam_ops.sim.clock import rfc3339
from exam_ops.sim.http import Caller


def open_incident(
    caller: Caller,
    kind: str,
    note: str,
    *,
    occurred_at: datetime,
    sittings: Iterable[Any] = (),
    id: str = "",
    **scope: Any,
) -> dict[str, Any]:
    """Opens an incident; `scope` is `room_session`, or `site` and `unit`. Its id is added to the answer."""
    body = {
        "id": id or str(uuid4()),
        "type": kind,
        "occurred_at": rfc3339(occurred_at),
        "note": note,
        "sittings": list(sittings),
        **scope,
    }
    return {"id": body["id"]} | caller.post("incidents/", body)


def upload_evidence(
    caller: Caller,
    room_session: Any,
    photo: bytes,
    *,
    reason: str,
    marks: Iterable[tuple[Any, float | None, float | None]],
    captured_at: datetime,
    sent_at: datetime,
    lateness_reason: str = "",
    incident: str = "",
    id: str = "",
) -> dict[str, Any]:
    """Uploads a panorama; a mark is (sitting, x, y) with 0..1 of the image, None when in the picture."""
    fields = {
        "id": id or str(uuid4()),
        "room_session": room_session,
        "reason": reason,
        "captured_at": rfc3339(captured_at),
        "sent_at": rfc3339(sent_at),
        "marks": json.dumps([{"sitting": s, "x": x, "y": y} for s, x, y in marks]),
    }
    optional = {"lateness_reason": lateness_reason, "incident": incident}
    fields |= {name: value for name, value in optional.items() if value}
    files = {"photo": ("panorama.jpg", photo, "image/jpeg")}
    return {"id": fields["id"]} | caller.call("POST", "evidence/", data=fields, files=files).body
