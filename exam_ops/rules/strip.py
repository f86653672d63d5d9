"""The check code in the strip below a picture of the evidence camera (C14): what it says, and when it holds.

A phone gets a code for its room while it has a network, and a key that belongs to it; both serve until the
shift is over. The code is printed in the strip and stands in the JPEG as a comment together with a seal,
an HMAC by that key over the time and the picture's bytes. So the portal knows later without reading the
picture for which room the camera was opened and whether picture or time were changed. It is a hint: who
takes the key out of a phone can seal anything.
"""

import base64
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

MARK = "exam-strip/1"
"""Begins the comment: `exam-strip/1 CODE TIME SEAL`."""

CLOCK_SLACK = timedelta(minutes=2)
"""By how much a phone that goes by the server's clock may still be behind it."""

_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
_BODY = struct.Struct(">IIH2s")  # room session, minute of issue since 2020, minutes of life, nonce
_MAC = 8  # bytes
_PLAIN, _SAID = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U
_TO_SAID, _TO_PLAIN = str.maketrans(_PLAIN, _SAID), str.maketrans(_SAID, _PLAIN)


class Found(StrEnum):
    """What a picture's code tells."""

    VALID = "valid"
    OTHER_ROOM = "other_room"
    ALTERED = "altered"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Issue:
    """What a code says: for which room session, and from when until when (plan time, whole minutes)."""

    room_session: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """What stands in the JPEG: `at` is the plan time of the shutter, as text it is part of the seal."""

    code: str
    at: str
    seal: str

    @property
    def taken_at(self) -> datetime | None:
        """The time with its offset; None when it can't be read."""
        try:
            taken = datetime.fromisoformat(self.at)
        except ValueError:
            return None
        return taken if taken.tzinfo else None


def issue(key: bytes, *, room_session: int, now: datetime, until: datetime, nonce: bytes) -> str:
    """A code for a room session from the plan time `now` until `until`; `nonce` are two random bytes.

    32 characters in groups of four.
    """
    since = int((now - _BEGINNING).total_seconds() // 60)
    life = max(0, min(-((now - until) // timedelta(minutes=1)), 0xFFFF))
    body = _BODY.pack(room_session, since, life, nonce)
    text = base64.b32encode(body + _mac(key, body)).decode().translate(_TO_SAID)
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def read(key: bytes, code: str) -> Issue | None:
    """What a code says, or None when `key` did not make it."""
    plain = code.replace("-", "").upper().translate(_TO_PLAIN)
    try:
        raw = base64.b32decode(plain)
    except ValueError:
        return None
    body, mac = raw[: _BODY.size], raw[_BODY.size :]
    if len(body) != _BODY.size or not hmac.compare_digest(mac, _mac(key, body)):
        return None
    room_session, since, life, _ = _BODY.unpack(body)
    start = _BEGINNING + timedelta(minutes=since)
    return Issue(room_session, start, start + timedelta(minutes=life))


def phone_key(key: bytes, code: str) -> bytes:
    """The key that the phone gets with its code."""
    return hmac.digest(key, b"phone " + code.encode(), "sha256")


def seal(phone_key: bytes, at: str, picture_sha256: str) -> str:
    """Binds the time and the picture's bytes (without the comment) to the code; hex."""
    return hmac.digest(phone_key, f"{at} {picture_sha256}".encode(), "sha256").hex()


def parse(text: str) -> Comment | None:
    """The comment of our camera, or None for any other."""
    words = text.split(" ")
    return Comment(*words[1:]) if len(words) == 4 and words[0] == MARK else None


def judge(
    key: bytes,
    comment: Comment | None,
    picture_sha256: str,
    *,
    said_code: str,
    room_session: int,
    captured_at: datetime | None,
) -> Found:
    """What the comment of a picture is worth.

    `said_code` and `captured_at` (plan time) are what the sender named beside the picture, `room_session`
    where it was sent to.
    """
    if comment is None:
        return Found.ALTERED if said_code else Found.NONE  # saved anew by something that drops comments
    issued, taken = read(key, comment.code), comment.taken_at
    if issued is None or taken is None or (said_code and said_code != comment.code):
        return Found.ALTERED
    true = seal(phone_key(key, comment.code), comment.at, picture_sha256)
    if not hmac.compare_digest(true, comment.seal):
        return Found.ALTERED
    if not issued.since - CLOCK_SLACK <= taken < issued.until:
        return Found.ALTERED
    if captured_at is not None and abs(captured_at - taken) > timedelta(seconds=1):
        return Found.ALTERED
    return Found.VALID if issued.room_session == room_session else Found.OTHER_ROOM


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"code " + body, "sha256")[:_MAC]
