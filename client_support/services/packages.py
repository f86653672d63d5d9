"""What stands in an offline package: read within limits, believed only once its signature is right (D6)."""

import json
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from client_support.services.answers import is_too_much
from exam_ops.core.errors import Refusal
from exam_ops.rules.answers import Answer
from exam_ops.rules.text import Text

MEMBERS = {"answers.json", "signature"}
MAX_ANSWERS_BYTES = 8 * 1024 * 1024  # inflated
MAX_SIGNATURE_BYTES = 256
MAX_QUESTIONS = 2000
MAX_QUESTION = 64  # characters
CHUNK = 64 * 1024


class Unreadable(Refusal):
    code, status = "unreadable", 422
    title = Text("无法读取离线试卷", "The package can't be read")
    sentence = Text(
        "文件不是有效的离线试卷。请在考试客户端重新导出，原样上传。",
        "The file is no valid offline paper. Export it again in the exam client and upload it unchanged.",
    )


@dataclass(frozen=True, slots=True)
class Package:
    """The fields of `answers.json`, its bytes and the signature that came with them."""

    plan: str
    unit: str
    ticket_no: str
    machine_id: str
    exported_at: datetime
    answers: list[Answer]
    raw: bytes
    signature: str


def read(file: IO[bytes]) -> Package:
    """Reads a package; raises `Unreadable` for whatever is not exactly one. Bytes are counted while they inflate."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = [member.filename for member in archive.infolist()[: len(MEMBERS) + 1]]
            if len(names) != len(MEMBERS) or set(names) != MEMBERS:
                raise Unreadable()
            raw = _inflate(archive, "answers.json", MAX_ANSWERS_BYTES)
            signature = _inflate(archive, "signature", MAX_SIGNATURE_BYTES).decode("ascii").strip()
        return _package(json.loads(raw.decode("utf-8"), parse_constant=_no_constant), raw, signature)
    except _BROKEN:
        raise Unreadable() from None


# a broken archive, an encrypted or exotic member, no UTF-8, no JSON, wrong types
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    RecursionError,
    EOFError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    OverflowError,
    MemoryError,
)


def _inflate(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """The member's bytes; what the archive claims about their number is not believed."""
    found = bytearray()
    with archive.open(name) as member:
        while chunk := member.read(CHUNK):
            found += chunk
            if len(found) > limit:
                raise Unreadable()
    return bytes(found)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _package(fields: dict[str, Any], raw: bytes, signature: str) -> Package:
    rows = fields["answers"]
    if len(rows) > MAX_QUESTIONS:
        raise Unreadable()
    return Package(
        plan=_text(fields["plan"]),
        unit=_text(fields["unit"]),
        ticket_no=_text(fields["ticket_no"]),
        machine_id=_text(fields["machine_id"]),
        exported_at=_instant(fields["exported_at"]),
        answers=[
            Answer(_text(row["question"]), _value(row["value"]), _instant(row["answered_at"])) for row in rows
        ],
        raw=raw,
        signature=signature,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_QUESTION or "\x00" in value:
        raise ValueError(value)
    value.encode()  # no half characters
    return value


def _value(value: Any) -> Any:
    if is_too_much(value):
        raise ValueError
    return value


def _instant(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.utcoffset() is None or not 2000 <= at.year <= 2200:
        raise ValueError(value)
    return at
