"""Sign-ins by one statement on PostgreSQL: what phones send all day, with one exchange and one durable commit.

The adapter beside `sign_ins.record`, which says what each step means and takes everything else. What stands in
`verification/sql/take_sign_ins.sql` judges token, scope and window itself, so nothing is asked twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.db import Error, connection, transaction

from exam_ops.rules.numbering import Numbers
from exam_ops.rules.permissions import ACTIONS
from verification.services.facts import Heard, hear
from verification.services.sign_ins import Result

ROLES = [role.value for role in ACTIONS["sign_in.record"]]
_CALL = """
SELECT verification_take_sign_ins(%s, %s::text[], %s, %s, %s, %s::json, %s::uuid, %s, %s, %s)::text
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as one phone sends it; `digest` is the hash of its token, `sent_at` on the plan's clock."""

    digest: str
    items: Sequence[Any]
    sent_at: datetime | None
    last_seq: int | None


@dataclass(frozen=True, slots=True)
class Taken:
    """The answers in the order of the items, and the plan's clock as it stood then, RFC 3339."""

    results: list[Result]
    plan_at: str


def take(batch: Batch, *, now: datetime) -> Taken | None:
    """Takes a batch in; None, with nothing written, when it is one for `sign_ins.record`.

    A database that is away, and ids that came twice at the same moment, are left to it as well: it tells them.
    """
    if connection.vendor != "postgresql":
        return None
    heard = [hear(raw) for raw in batch.items]
    items = _distinct(heard)
    phones = {item.fact.device_id for item in items.values() if item.fact} if items else set()
    if items is None or len(phones) != 1:
        return None
    try:
        told = _call(batch, phones.pop(), items, now)
    except Error:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return None
    return Taken(_in_order(heard, items, told["results"]), told["plan_at"]) if told else None


def _distinct(heard: Iterable[Heard]) -> dict[UUID, Heard] | None:
    """The items by id, each once; None where one can't be read or placed, or an id says two things."""
    items: dict[UUID, Heard] = {}
    for item in heard:
        if item.fact is None or item.fact.sitting is None:
            return None
        first = items.setdefault(item.key, item)
        if first is not item and first.mark != item.mark:
            return None
    return items


def _call(batch: Batch, phone: str, items: dict[UUID, Heard], now: datetime) -> dict[str, Any] | None:
    rows = list(_rows(items))
    arguments = (
        batch.digest,
        ROLES,
        now,
        batch.sent_at,
        rows[0]["s"],
        orjson.dumps(rows).decode(),
        uuid4().hex,
        phone,
        str(Numbers.of(row["q"] for row in rows if row["q"] is not None)),
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


def _rows(items: dict[UUID, Heard]) -> Iterator[dict[str, Any]]:
    """The items as the statement reads them."""
    for number, item in enumerate(items.values()):
        if (fact := item.fact) is not None:
            yield {
                "n": number,
                "k": fact.id,
                "f": item.mark,
                "r": item.reported_id,
                "s": fact.sitting,
                "t": fact.reported_sitting,
                "m": fact.method,
                "o": fact.outcome,
                "c": fact.score,
                "q": fact.device_seq,
                "a": fact.at,
            }


def _in_order(heard: list[Heard], items: dict[UUID, Heard], told: list[list[Any]]) -> list[Result]:
    """Each item's answer; one that stands twice in the batch is a duplicate of itself."""
    answers = dict(zip(items, told, strict=True))
    results = []
    for item in heard:
        status, code, entry_status = answers[item.key]
        if status == "created" and items[item.key] is not item:
            status = "duplicate"
        results.append(Result(item.echo, status, code or "", entry_status))
    return results
