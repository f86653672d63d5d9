"""Messages to people by their place on the ladder; they leave through the outbox and arrive in the inbox (E4)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse

from exam_ops.core import outbox
from exam_ops.core.models import ExamPlan, Membership, OutboxMessage, SiteUnit, User
from exam_ops.rules.escalation import Level
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from incidents.models import Incident, Notification


def people_at(level: Level | str, site_unit: SiteUnit) -> list[int]:
    """Accounts that a level's messages go to: site administrator and chief, branch officers, headquarters."""
    site = site_unit.site
    scope = {
        Level.SITE: Q(role__in=[Role.SITE, Role.CHIEF], site=site),
        Level.BRANCH: Q(role=Role.BRANCH, branch=site.branch_id),
        Level.HQ: Q(role=Role.HQ),
    }[Level(level)]
    rows = Membership.objects.filter(scope, user__is_active=True)
    return sorted(set(rows.values_list("user_id", flat=True)))


def tell(
    user_ids: Iterable[int],
    *,
    key: str,
    title: Text,
    body: Text | None = None,
    url: str = "",
    incident: Incident | None = None,
    plan: ExamPlan | None = None,
    now: datetime,
) -> int:
    """Writes one message to many people; the same `key` again changes nothing. Returns how many it is for."""
    recipients = list(user_ids)
    if recipients:
        payload = {
            "users": recipients,
            "title": _both(title),
            "body": _both(body) if body else {},
            "url": url,
            "incident": incident.pk if incident else None,
            "plan": plan.pk if plan else None,
        }
        outbox.put("inbox", key, payload, now=now)
    return len(recipients)


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


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


@outbox.sender("inbox")
def deliver(message: OutboxMessage, now: datetime) -> None:
    """Lays a message into the inboxes; a repeat of the same key changes nothing."""
    payload: dict[str, Any] = message.payload
    if payload["incident"] and not Incident.objects.filter(pk=payload["incident"]).exists():
        return  # a drill was reset in between
    Notification.objects.bulk_create(
        [
            Notification(
                user_id=user_id,
                key=message.key,
                title=payload["title"],
                body=payload["body"],
                url=payload["url"],
                incident_id=payload["incident"],
                plan_id=payload["plan"],
                created_at=now,
            )
            for user_id in payload["users"]
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
