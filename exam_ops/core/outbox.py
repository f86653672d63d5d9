"""Messages that leave the portal: written with the state change, sent afterwards until they arrive.

State changes once; sending happens at least once, with a key by which the receiver makes it once.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet

from exam_ops.core.models import OutboxMessage

log = logging.getLogger(__name__)

Sender = Callable[[OutboxMessage, datetime], None]
_senders: dict[str, Sender] = {}

BATCH = 200
LEASE = timedelta(seconds=60)  # how long a claimed message is left to its sender
BACK_OFF = (1, 5, 15, 60, 300, 900)  # seconds before try 2, 3, …


def sender(kind: str) -> Callable[[Sender], Sender]:
    """Registers the function that carries out messages of `kind`; it must tolerate a repeat of the same key."""

    def keep(function: Sender) -> Sender:
        _senders[kind] = function
        return function

    return keep


def put(kind: str, key: str, payload: dict[str, Any], *, now: datetime) -> None:
    """Writes one message; the same `key` again changes nothing. Call inside the change's transaction."""
    put_many([(kind, key, payload)], now=now)


def put_many(messages: Iterable[tuple[str, str, dict[str, Any]]], *, now: datetime) -> None:
    """Writes many messages in one statement."""
    OutboxMessage.objects.bulk_create(
        [OutboxMessage(kind=k, key=key, payload=p, created_at=now, due_at=now) for k, key, p in messages],
        ignore_conflicts=True,
        batch_size=500,
    )


def drain(*, now: datetime, limit: int = BATCH) -> int:
    """Sends what is due, at most `limit` messages; returns how many left. One failure holds up nobody."""
    claimed = claim(OutboxMessage.objects.filter(kind__in=_senders), now=now, limit=limit)
    sent = [message.pk for message in claimed if _send(message, now)]
    OutboxMessage.objects.filter(pk__in=sent).update(sent_at=now, error="")
    return len(sent)


def claim(rows: QuerySet[OutboxMessage], *, now: datetime, limit: int) -> list[OutboxMessage]:
    """Takes up to `limit` due messages among `rows` for `LEASE`; nobody else sends them meanwhile.

    A kind without a sender of its own is left to who claims it here: what goes over the network must not
    be sent inside a transaction, nor hold up the inbox (`incidents/services/sending.py`).
    """
    with transaction.atomic():
        due = rows.filter(sent_at=None, due_at__lte=now).order_by("due_at")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, no_key=True)
        messages = list(due[:limit])
        OutboxMessage.objects.filter(pk__in=[m.pk for m in messages]).update(
            due_at=now + LEASE, attempts=F("attempts") + 1
        )
    return messages


def _send(message: OutboxMessage, now: datetime) -> bool:
    try:
        with transaction.atomic():
            _senders[message.kind](message, now)
    except Exception as error:
        wait = BACK_OFF[min(message.attempts, len(BACK_OFF) - 1)]
        OutboxMessage.objects.filter(pk=message.pk).update(
            due_at=now + timedelta(seconds=wait), error=f"{type(error).__name__}: {error}"[:500]
        )
        log.warning("outbox message %s failed: %s", message.key, error)
        return False
    return True


def is_waiting(*, now: datetime) -> bool:
    """Whether `drain` would find something to send."""
    return OutboxMessage.objects.filter(sent_at=None, due_at__lte=now, kind__in=_senders).exists()


def depth() -> int:
    """How many messages wait."""
    return OutboxMessage.objects.filter(sent_at=None).count()
