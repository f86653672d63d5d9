"""The check code of the evidence camera: given out with the camera's page, judged in the picture that comes back (C14)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.conf import settings

from exam_ops.core import files, policies
from exam_ops.core.models import RoomSession
from exam_ops.rules import strip
from exam_ops.rules.strip import Comment, Found
from exam_ops.rules.text import Text
from incidents.models import Evidence

WORDS: dict[Found, Text] = {
    Found.VALID: Text(
        "校验码有效：由本考场的取证相机拍摄，照片和时间未被改动。",
        "The check code holds: taken with this room's evidence camera, picture and time unchanged.",
    ),
    Found.OTHER_ROOM: Text(
        "校验码有效，但属于另一个考场或单元，请核对照片是否交错。",
        "The check code holds but belongs to another room or unit; see whether the picture was sent to the wrong one.",
    ),
    Found.ALTERED: Text(
        "校验码与照片不符：照片或拍摄时间可能被改动，或经其他软件重新保存。请人工核对。",
        "The check code does not fit the picture: it or its time may have been changed, or other software saved "
        "it anew. A person should look.",
    ),
    Found.NONE: Text(
        "没有校验码：不是用本系统的取证相机拍摄，时间和地点以水印为准，请人工核对。",
        "No check code: not taken with the portal's evidence camera; time and place are the watermark's own.",
    ),
}

_LONGEST_COMMENT = 400  # bytes; ours has about 150
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}


@dataclass(frozen=True, slots=True)
class Given:
    """What a phone gets with the camera's page; `key` is hex and belongs to the code."""

    code: str
    key: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a picture's code tells, in words, and the time in its strip (plan time), if it has one."""

    found: Found
    words: Text
    taken_at: datetime | None


def give(room_session: RoomSession, *, now: datetime) -> Given:
    """A code for the room, good until evidence could be closed at the very latest, also where it is reopened."""
    site_unit = room_session.site_unit
    plan = site_unit.unit.plan
    until = site_unit.evidence_until + policies.of(plan).evidence_reopens_at_most
    code = strip.issue(
        _key(settings.SECRET_KEY),
        room_session=room_session.pk,
        now=plan.plan_time(now),
        until=until,
        nonce=secrets.token_bytes(2),
    )
    return Given(code, strip.phone_key(_key(settings.SECRET_KEY), code).hex())


def judge(evidence: Evidence) -> Verdict:
    """What the stored picture's code tells; a hint, never a refusal. Raises `FileNotFoundError`."""
    with files.open(evidence.sha256) as file:
        comment, sha256 = look(file)
    found = Found.NONE
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        found = strip.judge(
            _key(secret),
            comment,
            sha256,
            said_code=evidence.strip_code,
            room_session=evidence.room_session_id,
            captured_at=evidence.captured_at,
        )
        if found is not Found.ALTERED:
            break
    return Verdict(found, WORDS[found], comment.taken_at if comment else None)


def look(file: IO[bytes]) -> tuple[Comment | None, str]:
    """The camera's comment in a JPEG, and the SHA-256 of the picture without it; of anything else: None."""
    found, begins, ends = _find(file)
    file.seek(0)
    digest = hashlib.sha256(file.read(begins))
    file.seek(ends)
    while chunk := file.read(files.CHUNK):
        digest.update(chunk)
    return found, digest.hexdigest()


def _find(file: IO[bytes]) -> tuple[Comment | None, int, int]:
    """The comment with where its segment begins and ends; segments are read up to the picture's own data."""
    file.seek(0)
    if file.read(2) != b"\xff\xd8":
        return None, 0, 0
    while True:
        begins = file.tell()
        head = file.read(2)
        if len(head) < 2 or head[0] != 0xFF or head[1] in (0xDA, 0xD9):
            return None, 0, 0
        if head[1] in _WITHOUT_LENGTH:
            continue
        if head[1] == 0xFF:  # filling
            file.seek(begins + 1)
            continue
        size = int.from_bytes(file.read(2), "big")
        if head[1] == 0xFE and 2 <= size <= _LONGEST_COMMENT:
            comment = strip.parse(file.read(size - 2).decode("latin-1"))
            if comment is not None:
                return comment, begins, file.tell()
        file.seek(begins + 2 + max(size, 2))


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"evidence strip " + secret.encode()).digest()
