"""A check as a phone reports it, read item by item: one that can't be read spoils none of the others."""

import hashlib
import json
import math
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.utils.dateparse import parse_datetime

from exam_ops.core.idempotency import fingerprint
from verification.models import Outcome, SignIn

KEPT_CHARACTERS = 2_000
YEARS = range(2000, 2200)
MAX_SEQ = 2_147_483_647
_METHODS = frozenset(SignIn.Method.values)
_OUTCOMES = frozenset(Outcome.values)
_UNREADABLE_IDS = uuid.UUID("5ba1f1a6-3f0f-5c39-9d63-0f7a3a1b8a52")


class Unreadable(ValueError):
    """A field of an item is missing or not of its kind."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One check. `at` is as the phone sent it; `sitting` is the primary key, None where none can be meant."""

    id: UUID
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

    @property
    def mark(self) -> str:
        """The fingerprint of the parsed fields: one for all ways in which they can be written."""
        fields = (self.id.hex, self.reported_sitting, self.at, self.method, self.outcome, self.score)
        return hashlib.sha256(orjson.dumps((*fields, self.device_id, self.device_seq))).hexdigest()


@dataclass(frozen=True, slots=True)
class Heard:
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
    id = _uuid(given)
    try:
        fact = _read(raw, id)
    except (Unreadable, TypeError, ValueError, OverflowError):
        fact = None
    text = ascii(given)[:64] if isinstance(given, str | int) else ""
    return Heard(raw, text, fact, id or derived_key(fingerprint(ascii(raw))))


def derived_key(content: str) -> UUID:
    """A key of its own for a fact that can't be kept under its id; the same content, the same key."""
    return uuid.uuid5(_UNREADABLE_IDS, content)


def _read(raw: dict[str, Any], id: UUID | None) -> Fact:
    if id is None:
        raise Unreadable("id")
    return Fact(
        id=id,
        sitting=_sitting(raw.get("sitting")),
        reported_sitting=_text(raw.get("sitting"), 64),
        at=instant(raw.get("captured_at")),
        method=_one_of(raw.get("method"), _METHODS),
        outcome=_one_of(raw.get("outcome"), _OUTCOMES),
        score=_score(raw.get("score")),
        device_id=_text(raw.get("device_id"), 100),
        device_seq=_seq(raw.get("device_seq")),
    )


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(value: Any, limit: int) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise Unreadable()
    text = str(value)
    if len(text) > limit or "\0" in text:
        raise Unreadable()
    text.encode()  # half a surrogate pair is no text
    return text


def _sitting(value: Any) -> int | None:
    text = _text(value, 64)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


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


def _one_of(value: Any, choices: frozenset[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise Unreadable()
    return value


def _score(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unreadable("score")
    return float(value)


def _seq(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_SEQ:
        raise Unreadable("device_seq")
    return value
