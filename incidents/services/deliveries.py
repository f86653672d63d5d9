"""Messages through an organisation's channels: written with the change, sent from the outbox, each try logged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exam_ops.core import outbox
from exam_ops.rules.escalation import Level
from exam_ops.rules.text import Text
from incidents.models import Channel, Delivery

KIND = "channel"  # of the outbox messages


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
