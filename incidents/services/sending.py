"""Carries out what waits for the channels: outside every transaction, in threads of its own, one channel beside another.

A channel's messages go one after the other; its first failure ends its turn, so a dead target costs one
time-out and holds up nobody. Marked after sending: a crash in between sends again under the same key.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connections, transaction
from django.db.models import F, QuerySet

from exam_ops.core import clock, outbox
from exam_ops.core.models import OutboxMessage
from exam_ops.rules.text import Text
from incidents.channels.guard import TargetRefused
from incidents.channels.kinds import KINDS
from incidents.channels.outgoing import Address, Outgoing
from incidents.models import Channel, Delivery
from incidents.services import deliveries

log = logging.getLogger(__name__)

AT_ONCE = 16  # channels that are spoken to beside each other
TURN = 30.0  # seconds a channel's turn may last: less than half the outbox's lease
GIVE_UP_AFTER = 8  # tries
PAUSE_AFTER = 5  # failures in a row
PAUSE = timedelta(seconds=60)
_DRILL = Text("【演练】{title}", "[Drill] {title}")
_OFF = Text("渠道已停用", "the channel is off")
_awake = threading.Lock()


@dataclass(frozen=True)
class Turn:
    """What one channel is to say now: its log rows, each with its message of the outbox."""

    channel: Channel
    rows: Sequence[tuple[Delivery, OutboxMessage]]


def wake(*, now: datetime) -> bool:
    """Starts this process's sender when something waits and none is at work; returns whether it did."""
    if not _due(now).exists() or not _awake.acquire(blocking=False):
        return False
    threading.Thread(target=_work, name="channels", daemon=True).start()
    return True


def _work() -> None:
    try:
        run(clock.now)
    except Exception:
        log.exception("the sender of channels stopped; the next call wakes it again")
    finally:
        connections.close_all()
        _awake.release()


def run(read_clock: Callable[[], datetime]) -> int:
    """Sends all that is due, until nothing is; returns how many messages arrived."""
    flying: dict[Future[list[str]], Turn] = {}
    arrived = 0
    with ThreadPoolExecutor(AT_ONCE, "channel") as pool:
        while True:
            busy = [turn.channel.pk for turn in flying.values()]
            for turn in _take(AT_ONCE - len(flying), busy, now=read_clock()):
                flying[pool.submit(_speak, turn.channel, [_outgoing(d, m) for d, m in turn.rows])] = turn
            if not flying:
                return arrived
            for done in wait(flying, timeout=1, return_when=FIRST_COMPLETED).done:
                arrived += _book(flying.pop(done), done.result(), now=read_clock())


def _due(now: datetime) -> QuerySet[OutboxMessage]:
    """What may be sent at `now`: due, and its channel does not rest."""
    paused = list(Channel.objects.filter(paused_until__gt=now).values_list("pk", flat=True))
    rows = OutboxMessage.objects.filter(kind=deliveries.KIND, sent_at=None, due_at__lte=now)
    return rows.exclude(payload__channel__in=paused) if paused else rows


def _take(limit: int, busy: list[int], *, now: datetime) -> list[Turn]:
    """Claims at most `limit` messages of channels that don't speak already."""
    if limit <= 0:
        return []
    rows = _due(now)
    rows = rows.exclude(payload__channel__in=busy) if busy else rows
    claimed = {message.key: message for message in outbox.claim(rows, now=now, limit=limit)}
    by_channel: dict[int, list[tuple[Delivery, OutboxMessage]]] = {}
    found = Delivery.objects.filter(key__in=claimed).select_related("channel", "incident", "plan")
    for delivery in found.order_by("pk"):
        message = claimed.pop(delivery.key)
        if delivery.channel is None or not delivery.channel.is_active:
            _give_up(delivery, f"{_OFF.zh} / {_OFF.en}", now=now)
        else:
            by_channel.setdefault(delivery.channel.pk, []).append((delivery, message))
    # a drill was reset in between: what has no log row any more is not sent
    OutboxMessage.objects.filter(key__in=claimed).update(sent_at=now)
    return [Turn(rows[0][0].channel, rows) for rows in by_channel.values()]  # type: ignore[arg-type]


def _outgoing(delivery: Delivery, message: OutboxMessage) -> Outgoing:
    payload, language = message.payload, delivery.channel.language  # type: ignore[union-attr]
    title = Text(**payload["title"])
    return Outgoing(
        key=delivery.key,
        event=delivery.event,
        title=(_DRILL.format(title=title) if payload["drill"] else title).say(language),
        body=Text(**payload["body"]).say(language),
        language=language,
        url=f"{settings.PORTAL_URL}{payload['url']}" if payload["url"] else "",
        grade=payload["grade"],
        incident=(delivery.incident.number or "") if delivery.incident else "",
        plan=delivery.plan.code if delivery.plan else "",
        sent_at=delivery.created_at.isoformat(),
    )


def _speak(channel: Channel, messages: Sequence[Outgoing]) -> list[str]:
    """Sends one after the other, without the database: for each that was tried what went wrong, empty for nothing."""
    said: list[str] = []
    until = time.monotonic() + TURN
    for message in messages:
        said.append(attempt(channel, message))
        if said[-1] or time.monotonic() > until:
            break
    return said


def attempt(channel: Channel, message: Outgoing) -> str:
    """One try through a channel; what went wrong, or an empty text."""
    try:
        KINDS[channel.kind].send(Address(channel.address, channel.secret), message)
    except TargetRefused as refused:
        return f"{refused.reason.zh} / {refused.reason.en}"[:300]
    except Exception as error:  # whatever a library raises: the message waits for its next try
        return (str(error) or type(error).__name__)[:300]
    return ""


@transaction.atomic
def _book(turn: Turn, said: Sequence[str], *, now: datetime) -> int:
    """Writes down what became of a turn; what was not tried goes back for the next."""
    tried, left = turn.rows[: len(said)], turn.rows[len(said) :]
    arrived = [delivery for (delivery, _), failure in zip(tried, said, strict=True) if not failure]
    Delivery.objects.filter(pk__in=[d.pk for d in arrived]).update(
        status=Delivery.Status.DELIVERED, attempts=F("attempts") + 1, tried_at=now, delivered_at=now, error=""
    )
    OutboxMessage.objects.filter(key__in=[d.key for d in arrived]).update(sent_at=now, error="")
    OutboxMessage.objects.filter(pk__in=[m.pk for _, m in left]).update(
        due_at=now, attempts=F("attempts") - 1
    )
    failed = bool(said and said[-1])
    count_failures(turn.channel, failed=failed, now=now)
    if failed:
        _put_off(tried[-1][0], said[-1], now=now)
    return len(arrived)


def count_failures(channel: Channel, *, failed: bool, now: datetime) -> None:
    """Counts failures in a row; the fifth, and each after it, lets the channel rest a minute."""
    row = Channel.objects.filter(pk=channel.pk)
    if not failed:
        row.exclude(failures=0).update(failures=0, paused_until=None)
        return
    row.update(failures=F("failures") + 1)
    row.filter(failures__gte=PAUSE_AFTER).update(paused_until=now + PAUSE)


def _put_off(delivery: Delivery, failure: str, *, now: datetime) -> None:
    attempts = delivery.attempts + 1
    log.warning("delivery %s failed, try %s: %s", delivery.key, attempts, failure)
    Delivery.objects.filter(pk=delivery.pk).update(
        status=Delivery.Status.FAILED, attempts=attempts, tried_at=now, error=failure
    )
    if attempts >= GIVE_UP_AFTER:
        _give_up(delivery, failure, now=now)
        return
    seconds = outbox.BACK_OFF[min(attempts - 1, len(outbox.BACK_OFF) - 1)]
    OutboxMessage.objects.filter(key=delivery.key).update(
        due_at=now + timedelta(seconds=seconds), error=failure
    )


@transaction.atomic
def _give_up(delivery: Delivery, failure: str, *, now: datetime) -> None:
    """Leaves a message; its outbox row stays with its words, so that it can be sent again by hand."""
    Delivery.objects.filter(pk=delivery.pk).update(status=Delivery.Status.GIVEN_UP, error=failure)
    OutboxMessage.objects.filter(key=delivery.key).update(sent_at=now, error=failure)
    payload = {"delivery": delivery.pk, "plan": delivery.plan_id}
    outbox.put(deliveries.GIVEN_UP, f"given-up:{delivery.pk}:{now.isoformat()}", payload, now=now)
