"""Sign-ins by one statement on PostgreSQL: what phones send all day, with one exchange and one durable commit.

The adapter beside `sign_ins.record`, which says what each step means and takes everything else. What stands in
`verification/sql/take_sign_ins.sql` judges token, scope and window itself, so nothing is asked twice.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
import orjson
from django.db import Error, connection, transaction
from msgspec import Struct

from exam_ops.rules.numbering import Numbers
from exam_ops.rules.permissions import ACTIONS
from verification.services.facts import Fact, Said, read
from verification.services.sign_ins import Result

ROLES = [role.value for role in ACTIONS["sign_in.record"]]
_CALL = """
SELECT verification_take_sign_ins(%s, %s::text[], %s, %s, %s, %s::json, %s::uuid, %s, %s, %s)::text
"""


class Batch(Struct, frozen=True):
    """A batch as one phone sends it; `digest` is the hash of its token, `sent_at` on the plan's clock."""

    digest: str
    items: Sequence[Said]
    sent_at: datetime | None
    last_seq: int | None


class Taken(Struct, frozen=True):
    """The answers in the order of the items, and the plan's clock as it stood then, RFC 3339."""

    results: list[Result]
    plan_at: str


def take(batch: Batch, *, now: datetime) -> Taken | None:
    """Takes a batch in; None, with nothing written, when it is one for `sign_ins.record`.

    A database that is away, and what somebody else moved or stored at the same moment, are left to it as well.
    """
    if connection.vendor != "postgresql":
        return None
    heard = _read(batch.items)
    facts = _distinct(heard)
    if len({fact.device_id for fact in facts.values()}) != 1:
        return None
    try:
        told = _call(batch, list(facts.values()), now)
    except Error:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return None
    return Taken(_in_order(batch.items, heard, facts, told["results"]), told["plan_at"]) if told else None


def _read(items: Iterable[Said]) -> list[Fact]:
    """The checks; none where one can't be read."""
    try:
        return [read(said) for said in items]
    except (ValueError, OverflowError):
        return []


def _distinct(heard: Iterable[Fact]) -> dict[str, Fact]:
    """The checks by id, each once; none where one can't be placed, or an id says two things."""
    facts: dict[str, Fact] = {}
    for fact in heard:
        first = facts.setdefault(fact.id, fact)
        if fact.sitting is None or (first is not fact and first.mark != fact.mark):
            return {}
    return facts


def _call(batch: Batch, facts: list[Fact], now: datetime) -> dict[str, Any] | None:
    arguments = (
        batch.digest,
        ROLES,
        now,
        batch.sent_at,
        facts[0].sitting,
        msgspec.json.encode(facts).decode(),
        uuid4().hex,
        facts[0].device_id,
        str(Numbers.of(fact.device_seq for fact in facts if fact.device_seq is not None)),
        batch.last_seq,
    )
    # A broken connection shows in the call itself, without an exchange of its own.
    connection.health_check_done = True  # type: ignore[attr-defined]
    with _own_savepoint(), connection.cursor() as cursor:
        cursor.execute(_CALL, arguments)
        (answer,) = cursor.fetchone()
    return orjson.loads(answer) if answer else None


def _own_savepoint() -> AbstractContextManager[Any]:
    """Inside somebody's transaction a refusal of the database must not spoil it."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _in_order(
    items: Sequence[Said], heard: list[Fact], facts: dict[str, Fact], told: list[list[Any]]
) -> list[Result]:
    """Each item's answer; one that stands twice in the batch is a duplicate of itself."""
    if len(facts) == len(heard):
        return [Result(said.id, *answer) for said, answer in zip(items, told, strict=True)]
    answers = dict(zip(facts, told, strict=True))
    results = []
    for said, fact in zip(items, heard, strict=True):
        status, code, entry_status = answers[fact.id]
        if status == "created" and facts[fact.id] is not fact:
            status = "duplicate"
        results.append(Result(said.id, status, code, entry_status))
    return results
