"""Messages through an organisation's channels: written with the change, sent from the outbox, each try logged.

`sending.py` carries them out; here is what stands in the log, and what people do with it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from exam_ops.core import events, outbox
from exam_ops.core.errors import Refusal
from exam_ops.core.models import OutboxMessage, User
from exam_ops.rules.escalation import Level
from exam_ops.rules.text import Text
from incidents.models import Channel, Delivery

KIND = "channel"  # of the outbox messages
GIVEN_UP = "channel.given_up"  # of those that say so afterwards

OnGivenUp = Callable[[Delivery, datetime], None]
_on_given_up: list[OnGivenUp] = []


class NotGivenUp(Refusal):
    code = "not_given_up"
    title = Text("无需重发", "Nothing to send again")
    sentence = Text(
        "这条消息已送达或仍在自动重试。只有已放弃的可以重发。",
        "This message has arrived or is still being tried. Only one that was given up is sent again.",
    )


class ChannelIsGone(Refusal):
    code = "channel_is_gone"
    title = Text("渠道已停用", "The channel is off")
    sentence = Text(
        "原渠道已停用，或原消息已不再保存。请先启用渠道，或改用其他方式通知。",
        "Its channel is off, or its words are no longer kept. Turn the channel on, or tell people another way.",
    )


def on_given_up(work: OnGivenUp) -> OnGivenUp:
    """Registers what follows when a message was tried to its last; called at least once for each, in the outbox."""
    if work not in _on_given_up:
        _on_given_up.append(work)
    return work


@dataclass(frozen=True, slots=True)
class Organisation:
    """A site, a branch or headquarters: whose channels hear a message."""

    level: Level
    branch_id: int | None = None
    site_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """One message for one channel, before it is written; the ids are of rows."""

    key: str
    channel: Channel
    event: str
    title: Text
    body: Text
    url: str
    grade: int
    incident_id: int | None
    step_id: int | None
    plan_id: int | None
    drill: bool

    @property
    def full_key(self) -> str:
        return f"{self.key}:{self.channel.pk}"


def channels_of(organisations: Iterable[Organisation]) -> dict[Organisation, list[Channel]]:
    """The active channels of each organisation, in one query."""
    found: dict[Organisation, list[Channel]] = {place: [] for place in organisations}
    for channel in Channel.objects.filter(is_active=True).order_by("pk") if found else ():
        place = Organisation(Level(channel.level), channel.branch_id, channel.site_id)
        if place in found:
            found[place].append(channel)
    return found


def write(sendings: Iterable[Sending], *, now: datetime) -> None:
    """Writes the log rows and the outgoing messages; the same key again changes nothing."""
    every = list(sendings)
    Delivery.objects.bulk_create([_row(s, now) for s in every], ignore_conflicts=True, batch_size=500)
    outbox.put_many(((KIND, s.full_key, _payload(s)) for s in every), now=now)


def _row(sending: Sending, now: datetime) -> Delivery:
    return Delivery(
        key=sending.full_key,
        channel=sending.channel,
        channel_name=sending.channel.name,
        kind=sending.channel.kind,
        event=sending.event,
        title=sending.title.both,
        incident_id=sending.incident_id,
        step_id=sending.step_id,
        plan_id=sending.plan_id,
        created_at=now,
    )


def _payload(sending: Sending) -> dict[str, Any]:
    return {
        "channel": sending.channel.pk,
        "event": sending.event,
        "title": sending.title.both,
        "body": sending.body.both,
        "url": sending.url,
        "grade": sending.grade,
        "incident": sending.incident_id,
        "plan": sending.plan_id,
        "drill": sending.drill,
    }


@transaction.atomic
def resend(delivery: Delivery, *, actor: User, now: datetime) -> Delivery:
    """Tries a given-up message anew, under its key; raises `NotGivenUp`, `ChannelIsGone`."""
    if delivery.channel is None or not delivery.channel.is_active:
        raise ChannelIsGone()
    moved = Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.GIVEN_UP).update(
        status=Delivery.Status.WAITING, attempts=0
    )
    if not moved:
        raise NotGivenUp()
    message = OutboxMessage.objects.filter(kind=KIND, key=delivery.key)
    if not message.update(sent_at=None, due_at=now, attempts=0, error=""):
        raise ChannelIsGone()
    events.record("delivery.resent", now=now, actor=actor, plan=delivery.plan, subject=delivery.channel_name)
    delivery.refresh_from_db()
    return delivery


@outbox.sender(GIVEN_UP)
def say_given_up(message: OutboxMessage, now: datetime) -> None:
    """Tells everybody registered that a message reached nobody through its channel."""
    delivery = Delivery.objects.select_related("channel", "step", "incident", "plan").filter(
        pk=message.payload["delivery"], status=Delivery.Status.GIVEN_UP
    )
    if (found := delivery.first()) is not None:
        for work in _on_given_up:
            work(found, now)
