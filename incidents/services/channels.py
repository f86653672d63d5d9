"""The channels that each organisation sets for itself (E4): saved, tested, and what follows when one fails."""

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from exam_ops.core import events
from exam_ops.core.errors import FieldError, Invalid
from exam_ops.core.models import User
from exam_ops.rules.escalation import Level
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from incidents.channels.kinds import KINDS
from incidents.channels.outgoing import Address, AddressRefused, Outgoing
from incidents.models import Channel, Delivery
from incidents.services import deliveries, ladder, messages, sending, templates
from incidents.services.deliveries import Organisation

log = logging.getLogger(__name__)

_NEEDED = Text("请填写{what}。", "Give the {what}.")


class ChannelRefused(Invalid):
    code = "channel_refused"
    title = Text("渠道未保存", "The channel was not saved")
    sentence = Text("请按字段旁的说明修改后再保存。", "Correct what stands beside the fields and save again.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A channel as somebody fills it in; an empty address or secret of an existing one stays as it is."""

    name: str
    language: str  # zh-hans or en
    least_grade: int  # hears of this grade and worse, 1 worst
    is_active: bool
    address: str = ""
    secret: str = ""
    drop_secret: bool = False


def create(kind: str, place: Organisation, wanted: Wanted, *, actor: User, now: datetime) -> Channel:
    """A new channel of an organisation; raises `ChannelRefused` beside the field."""
    channel = Channel(
        kind=kind, level=place.level.value, branch_id=place.branch_id, site_id=place.site_id, address=""
    )
    return _save(channel, wanted, actor=actor, now=now)


def change(channel: Channel, wanted: Wanted, *, actor: User, now: datetime) -> Channel:
    """The same channel otherwise; its kind and organisation stay. Raises `ChannelRefused`."""
    return _save(channel, wanted, actor=actor, now=now)


def _save(channel: Channel, wanted: Wanted, *, actor: User, now: datetime) -> Channel:
    secret = "" if wanted.drop_secret else wanted.secret.strip() or channel.secret
    to = Address(wanted.address.strip() or channel.address, secret)
    if to != Address(channel.address, channel.secret) or wanted.is_active:
        to = _checked(channel.kind, to)  # asks the name server: before the transaction
    channel.name, channel.language, channel.least_grade = wanted.name, wanted.language, wanted.least_grade
    channel.is_active, channel.address, channel.secret = wanted.is_active, to.address, to.secret
    channel.failures, channel.paused_until = 0, None
    channel.changed_by, channel.changed_at = actor, now
    with transaction.atomic():
        channel.save()
        events.record("channel.saved", now=now, actor=actor, subject=channel.name, channel=channel.pk)
    return channel


def _checked(kind: str, to: Address) -> Address:
    if not to.address:
        said = _NEEDED.format(what=KINDS[kind].address)
        raise ChannelRefused(errors=[FieldError("address", "required", said)])
    try:
        return KINDS[kind].check(to)
    except AddressRefused as refused:
        error = FieldError(refused.field, "refused", refused.reason)
        raise ChannelRefused(errors=[error]) from None


def shown_address(channel: Channel) -> str:
    """The address as people see it once it is saved."""
    return KINDS[channel.kind].mask(channel.address)


def place_of(channel: Channel) -> Organisation:
    """Whose channel it is."""
    return Organisation(Level(channel.level), channel.branch_id, channel.site_id)


def test(channel: Channel, *, actor: User, now: datetime) -> Delivery:
    """Sends a test message at once and logs what came of it. Takes up to ten seconds; not inside a transaction."""
    title, body = templates.render("channel.test", {"channel": channel.name, "by": actor.name})
    message = Outgoing(
        key=f"test:{channel.pk}:{uuid.uuid4().hex}",
        event="channel.test",
        title=title.say(channel.language),
        body=body.say(channel.language),
        language=channel.language,
        url="",
        grade=4,
        incident="",
        plan="",
        sent_at=now.isoformat(),
    )
    failure = sending.attempt(channel, message)
    with transaction.atomic():
        sending.count_failures(channel, failed=bool(failure), now=now)
        events.record("channel.tested", now=now, actor=actor, subject=channel.name, error=failure)
        return Delivery.objects.create(
            key=message.key,
            channel=channel,
            channel_name=channel.name,
            kind=channel.kind,
            event=message.event,
            title=title.both,
            status=Delivery.Status.GIVEN_UP
            if failure
            else Delivery.Status.DELIVERED,  # it is not tried again
            attempts=1,
            created_at=now,
            tried_at=now,
            delivered_at=None if failure else now,
            error=failure,
        )


@deliveries.on_given_up
def alarm(delivery: Delivery, now: datetime) -> None:
    """Says in the log and, once an hour for a channel, to its organisation's people that a message did not arrive."""
    log.critical("delivery %s is given up: %s", delivery.key, delivery.error)
    about = {"plan": delivery.plan, "subject": delivery.channel_name, "error": delivery.error}
    events.record("delivery.given_up", now=now, actor=None, **about)
    if delivery.channel is not None:
        hour = now.astimezone(BEIJING).strftime("%Y%m%d%H")
        messages.tell(
            messages.people_of(place_of(delivery.channel)),
            key=f"given-up:{delivery.channel.pk}:{hour}",
            event="channel.given_up",
            fields={
                "channel": delivery.channel_name,
                "title": Text(**delivery.title),
                "error": delivery.error,
            },
            plan=delivery.plan,
            now=now,
        )


@deliveries.on_given_up
def pass_on(delivery: Delivery, now: datetime) -> None:
    """Lets the ladder ask the next level when a step's sendings are all lost (A2)."""
    if delivery.step is not None:
        ladder.undelivered(delivery.step, now)
