"""A check as a phone reports it, read item by item: one that can't be read spoils none of the others."""

import hashlib
import json
import re
import sys
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import orjson
from django.utils.dateparse import parse_datetime
from msgspec import Meta, Struct

from exam_ops.core.idempotency import fingerprint
from verification.models import Outcome, SignIn

KEPT_CHARACTERS = 2_000
YEARS = range(2000, 2200)
MAX_SEQ = 2_147_483_647
MAX_TEXT = 64
_MOST = sys.float_info.max
_PLAIN = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_UNREADABLE_IDS = uuid.UUID("5ba1f1a6-3f0f-5c39-9d63-0f7a3a1b8a52")


class Unreadable(ValueError):
    """A field of an item is missing or not of its kind."""


class Said(Struct, gc=False):
    """A check as the contract has it, each field of its kind; texts may come as numbers."""

    id: str
    sitting: str | int
    captured_at: str
    method: Literal[tuple(SignIn.Method.values)]  # type: ignore[valid-type]
    outcome: Literal[tuple(Outcome.values)]  # type: ignore[valid-type]
    device_id: str | int
    score: Annotated[float, Meta(ge=-_MOST, le=_MOST)] | None = None
    device_seq: Annotated[int, Meta(ge=1, le=MAX_SEQ)] | None = None


_SHORT = {
    "id": "k",
    "mark": "f",
    "reported_id": "r",
    "sitting": "s",
    "reported_sitting": "t",
    "method": "m",
    "outcome": "o",
    "score": "c",
    "device_id": "d",
    "device_seq": "q",
    "at": "a",
}


class Fact(Struct, frozen=True, gc=False, rename=_SHORT):
    """One check, under the short names by which the database reads it (`sql/take_sign_ins.sql`).

    `id` is in its plain form; `at` as the phone sent it, in UTC; `sitting` the primary key, None where none can be
    meant; `mark` the fingerprint of the parsed fields: one for all ways in which they can be written.
    """

    id: str
    mark: str
    reported_id: str
    sitting: int | None
    reported_sitting: str
    at: datetime
    method: str
    outcome: str
    score: float | None
    device_id: str
    device_seq: int | None

    @property
    def passed(self) -> bool:
        return self.outcome == Outcome.PASSED.value


class Heard(Struct, frozen=True):
    """An item of a batch: what it says, or why it can't be read; `reported_id` is the id as sent."""

    raw: Any
    reported_id: str
    fact: Fact | None
    key: UUID  # what it is kept under: its own id, or one made of its content

    @property
    def mark(self) -> str:
        return self.fact.mark if self.fact else fingerprint(self.kept)

    @property
    def echo(self) -> str | None:
        """The id as sent, fit to be sent back."""
        given = self.raw.get("id") if isinstance(self.raw, dict) else None
        return given.encode(errors="replace").decode() if isinstance(given, str) else None

    @property
    def kept(self) -> dict[str, Any]:
        """The item as sent, as plain ASCII that every database takes, cut where somebody sends a novel."""
        return {"text": json.dumps(self.raw, sort_keys=True, default=str)[:KEPT_CHARACTERS]}


def hear(raw: Any) -> Heard:
    """Reads one item of a batch."""
    given = raw.get("id") if isinstance(raw, dict) else None
    try:
        fact = read(msgspec.convert(raw, Said))
    except (msgspec.ValidationError, ValueError, OverflowError):
        fact = None
    key = fact.id if fact else _plain(given) or derived_key(fingerprint(ascii(raw)))
    return Heard(raw, _reported(given), fact, UUID(str(key)))


def read(said: Said) -> Fact:
    """The check that an item of the right kinds tells. Raises Unreadable, ValueError or OverflowError."""
    id = _plain(said.id)
    if id is None:
        raise Unreadable("id")
    sitting, device = _text(said.sitting, MAX_TEXT), _text(said.device_id, 100)
    told = (instant(said.captured_at), said.method, said.outcome, said.score, device, said.device_seq)
    return Fact(
        id,
        hashlib.sha256(orjson.dumps((id.replace("-", ""), sitting, *told))).hexdigest(),
        _reported(said.id),
        int(sitting) if sitting.isascii() and sitting.isdecimal() and len(sitting) < 19 else None,
        sitting,
        *told,
    )


def derived_key(content: str) -> UUID:
    """A key of its own for a fact that can't be kept under its id; the same content, the same key."""
    return uuid.uuid5(_UNREADABLE_IDS, content)


def _plain(given: Any) -> str | None:
    """The id in its plain form; None where it is none."""
    if not isinstance(given, str):
        return None
    if _PLAIN(given):
        return given
    try:
        return str(UUID(given))
    except ValueError:
        return None


def _reported(given: Any) -> str:
    return ascii(given)[:MAX_TEXT] if isinstance(given, str | int) else ""


def _text(value: str | int, limit: int) -> str:
    text = str(value)
    if not text or len(text) > limit or "\0" in text:
        raise Unreadable()
    text.encode()  # half a surrogate pair is no text
    return text


def instant(value: Any) -> datetime:
    """The instant that a string names, in UTC. Raises Unreadable: it names none, has no zone, or is of another age."""
    at = parse_datetime(value) if isinstance(value, str) else None
    if at is None or at.tzinfo is None or at.year not in YEARS:
        raise Unreadable("captured_at")
    return at.astimezone(UTC)


def instant_or_none(value: Any) -> datetime | None:
    """As `instant`; None where it names none."""
    try:
        return instant(value)
    except (ValueError, OverflowError):
        return None
