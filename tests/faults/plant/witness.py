"""A witness at every deadline: each time one is *handled* it writes a message under a key of its own.

The engine's unique record makes a second firing impossible by itself; the witness does not lean on it. A
deadline handled twice, or handled in a transaction that was believed lost, is two messages of one `what`.
Some site units are poisoned: their witness raises once or twice before it lets the deadline pass; so is a
row in three of every other model that the engine sweeps.
"""

import http.client
import os
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from exam_ops.core import outbox
from exam_ops.core.deadlines import registry
from exam_ops.core.models import DeadlineRecord, OutboxMessage
from exam_ops.rules.deadlines import NAMES

KIND = "witness"
POISON_EVERY = 60  # one site unit in so many
POISON_ROWS_EVERY = 3  # one row in so many of another model
TIMEOUT = 5.0  # seconds


class Poisoned(RuntimeError):
    """A handler that fails."""


def register() -> None:
    """Puts the witness behind the portal's own handlers, and teaches the outbox to send what it writes."""
    for name in NAMES:
        registry.on(name)(say)
    outbox.sender(KIND)(send)
    for model, sweep in registry._sweeps.items():
        registry._sweeps[model] = replace(sweep, handler=_poisoned(sweep.handler))


def _poisoned(handler: registry.Batch) -> registry.Batch:
    def handle(batch: Sequence[Any], now: datetime) -> None:
        handler(batch, now)
        if any(row.pk % POISON_ROWS_EVERY == 0 and not row.failures for row in batch):
            raise Poisoned()

    return handle


def what(site_unit: int, key: str, generation: int) -> str:
    """The name of one deadline of one site unit in one generation."""
    return f"{site_unit}:{key}:{generation}"


def say(firings: Sequence[registry.Firing], now: datetime) -> None:
    """Writes one message a firing; raises `Poisoned` for a poisoned one that has not failed often enough."""
    names = [what(f.site_unit.pk, f.key, f.site_unit.generation) for f in firings]
    outbox.put_many([(KIND, f"{name}:{uuid.uuid4()}", {"what": name}) for name in names], now=now)
    if any(_fails(firing) for firing in firings):
        raise Poisoned()


def _fails(firing: registry.Firing) -> bool:
    pk = firing.site_unit.pk
    if pk % POISON_EVERY:
        return False
    failed = DeadlineRecord.objects.filter(
        site_unit=pk, deadline=firing.key, generation=firing.site_unit.generation, outcome="failed"
    ).values_list("attempts", flat=True)
    twice = pk % (2 * POISON_EVERY) == 0 and not os.environ.get("CHAOS_LEASE")
    return (failed.first() or 0) < (2 if twice else 1)


def send(message: OutboxMessage, now: datetime) -> None:
    """One HTTP call with the key; raises when the receiver did not say yes."""
    post(message.key, message.payload["what"])


def post(key: str, body: str) -> None:
    """Hands `body` to the receiver under `key`."""
    line = http.client.HTTPConnection(os.environ["CHAOS_RECEIVER"], timeout=TIMEOUT)
    try:
        line.request("POST", "/", body=body.encode(), headers={"Idempotency-Key": key})
        if line.getresponse().status != 200:
            raise ConnectionError("the receiver said no")
    finally:
        line.close()
