"""Messages to people by their place on the ladder; they leave through the outbox and arrive in the inbox (E4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Model, Q
from django.urls import reverse

from exam_ops.core import outbox
from exam_ops.core.models import ExamPlan, Membership, OutboxMessage, SiteUnit, User
from exam_ops.rules.escalation import Level
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from incidents.models import Channel, Decision, Incident, LadderStep, Notification
from incidents.services import deliveries, templates
from incidents.services.deliveries import Organisation, Sending

PEOPLE = 1000  # whom one message is for at most


def people_at(level: Level | str, site_unit: SiteUnit) -> list[int]:
    """Accounts that a level's messages go to, as seen from a site unit."""
    return people_of(organisation(level, site_unit))


def people_of(place: Organisation) -> list[int]:
    """Accounts of an organisation: site administrator and chief, branch officers, headquarters."""
    scope = {
        Level.SITE: Q(role__in=[Role.SITE, Role.CHIEF], site=place.site_id),
        Level.BRANCH: Q(role=Role.BRANCH, branch=place.branch_id),
        Level.HQ: Q(role=Role.HQ),
    }[place.level]
    rows = Membership.objects.filter(scope, user__is_active=True)
    return sorted(set(rows.values_list("user_id", flat=True)))


def organisation(level: Level | str, site_unit: SiteUnit) -> Organisation:
    """The organisation of a level, as seen from a site unit: its site, the site's branch, headquarters."""
    site = site_unit.site
    return {
        Level.SITE: Organisation(Level.SITE, site_id=site.pk),
        Level.BRANCH: Organisation(Level.BRANCH, branch_id=site.branch_id),
        Level.HQ: Organisation(Level.HQ),
    }[Level(level)]


def parts(people: Sequence[int]) -> list[Sequence[int]]:
    """A nation's people are written, and laid into inboxes, a part at a time."""
    return [people[i : i + PEOPLE] for i in range(0, len(people), PEOPLE)]


@dataclass(frozen=True)
class Message:
    """One message to people, and to the channels of the organisations in `to` that hear of its grade (1 worst)."""

    user_ids: Sequence[int]
    key: str  # the same key again changes nothing
    event: str  # a row of `templates.EVENTS`
    fields: Mapping[str, Any]
    url: str = ""
    incident: Incident | None = None
    plan: ExamPlan | None = None
    step: LadderStep | None = None
    decision: Decision | None = None
    to: Sequence[Organisation] = ()
    grade: int = 4


def tell(
    user_ids: Iterable[int],
    *,
    key: str,
    event: str,
    fields: Mapping[str, Any],
    url: str = "",
    incident: Incident | None = None,
    plan: ExamPlan | None = None,
    step: LadderStep | None = None,
    decision: Decision | None = None,
    to: Sequence[Organisation] = (),
    grade: int = 4,
    now: datetime,
) -> int:
    """Writes one message (see `Message`) inside the change's transaction. Returns how many people it is for."""
    message = Message(
        list(user_ids), key, event, fields, url, incident, plan, step, decision, to=to, grade=grade
    )
    return tell_many([message], now=now)


def tell_many(messages: Sequence[Message], *, now: datetime) -> int:
    """Writes many messages in a few statements; returns how many people they are for, counted by message.

    Raises ValueError when a caller's fields are not those of its event.
    """
    changed = templates.changed(m.event for m in messages)
    channels = deliveries.channels_of({place for m in messages for place in m.to})
    rows, sendings = [], []
    for message in messages:
        title, body = templates.fill(message.event, message.fields, changed)
        if message.user_ids:
            rows.append(("inbox", message.key, _payload(message, title, body)))
        for channel in (c for place in message.to for c in channels[place]):
            if message.grade <= channel.least_grade:
                sendings.append(_sending(message, channel, title, body))
    outbox.put_many(rows, now=now)
    deliveries.write(sendings, now=now)
    return sum(len(m.user_ids) for m in messages)


def _payload(message: Message, title: Text, body: Text) -> dict[str, Any]:
    return {
        "users": list(message.user_ids),
        "event": message.event,
        "title": title.both,
        "body": body.both,
        "url": message.url,
        "incident": _pk(message.incident),
        "plan": _pk(message.plan),
        "step": _pk(message.step),
        "decision": _pk(message.decision),
    }


def _sending(message: Message, channel: Channel, title: Text, body: Text) -> Sending:
    return Sending(
        key=message.key,
        channel=channel,
        event=message.event,
        title=title,
        body=body,
        url=message.url,
        grade=message.grade,
        incident_id=_pk(message.incident),
        step_id=_pk(message.step),
        plan_id=_pk(message.plan),
        drill=bool(message.plan and message.plan.is_drill),
    )


def _pk(row: Any) -> int | None:
    return row.pk if row else None


def url_of(incident: Incident) -> str:
    """The incident's page."""
    return reverse("incident-detail", args=[incident.pk])


def records_url() -> str:
    """The page where evidence is sent (C14); it opens with the reader's own site and the unit that runs."""
    return reverse("exam-records")


def clock_time(at: datetime) -> str:
    """`10:00` in Beijing time, for sentences."""
    return at.astimezone(BEIJING).strftime("%H:%M")


def unread(user: User) -> int:
    """How many messages the person has not read."""
    return Notification.objects.filter(user=user, read_at=None).count()


def unread_and_decisions(user: User) -> tuple[int, int]:
    """How many messages the person has not read, and how many of those tell of a decision."""
    rows = Notification.objects.filter(user=user, read_at=None)
    found = rows.aggregate(every=Count("pk"), of_decisions=Count("decision"))
    return found["every"], found["of_decisions"]


def read(user: User, pks: Iterable[int] | None, *, now: datetime) -> int:
    """Marks a person's messages as read, all of them with None; the first reading stands. Returns how many."""
    rows = Notification.objects.filter(user=user, read_at=None)
    return (rows if pks is None else rows.filter(pk__in=pks)).update(read_at=now)


@outbox.sender("inbox")
def deliver(message: OutboxMessage, now: datetime) -> None:
    """Lays a message into the inboxes; a repeat of the same key changes nothing."""
    payload: dict[str, Any] = message.payload
    if _is_forgotten(payload):
        return
    Notification.objects.bulk_create(
        [
            Notification(
                user_id=user_id,
                key=message.key,
                event=payload["event"],
                title=payload["title"],
                body=payload["body"],
                url=payload["url"],
                incident_id=payload["incident"],
                plan_id=payload["plan"],
                step_id=payload["step"],
                decision_id=payload["decision"],
                created_at=now,
            )
            for user_id in payload["users"]
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def _is_forgotten(payload: dict[str, Any]) -> bool:
    """Whether a drill was reset in between, so that what the message is about is gone."""
    about: tuple[tuple[type[Model], str], ...] = (
        (Incident, "incident"),
        (LadderStep, "step"),
        (Decision, "decision"),
    )
    return any(
        payload[name] and not model._default_manager.filter(pk=payload[name]).exists()
        for model, name in about
    )
