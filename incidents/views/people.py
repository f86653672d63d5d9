"""Who was told, level by level: when, why, by which channel with what result, who said "mine", and what is next."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext_lazy

from exam_ops.core.models import ExamPlan, User
from exam_ops.rules.ladder import LEVELS, Level
from exam_ops.rules.text import Text
from incidents import words
from incidents.channels.kinds import KINDS
from incidents.models import Delivery, DigestLine, Incident, LadderStep, Notification
from incidents.services import standing, telling
from incidents.services.standing import Stand
from incidents.services.telling import LEVEL_NAMES, Why

SENDINGS: dict[str, tuple[Any, str]] = {
    Delivery.Status.WAITING: (gettext_lazy("发送中"), "info"),
    Delivery.Status.DELIVERED: (gettext_lazy("已送达"), "good"),
    Delivery.Status.FAILED: (gettext_lazy("未成，稍后重试"), "watch"),
    Delivery.Status.GIVEN_UP: (gettext_lazy("未送达"), "trouble"),
}


def ladder(incident: Incident, *, now: datetime) -> dict[str, Any]:
    """The levels of this round, told or not yet, and the next thing that happens; times on the plan's clock."""
    stand = standing.load([incident])[0]
    plan = incident.site_unit.unit.plan
    steps = list(stand.steps.values())
    names, channels, digests = _names(steps), _channels(steps, plan), _digests(incident, plan)
    known = {rung.level for rung in standing.ladder_of(incident).rungs} | set(stand.steps)
    due = stand.next_due()
    return {
        "levels": [
            _level(stand, level, plan, now)
            | {
                "people": names.get(stand.steps[level].pk, []) if level in stand.steps else [],
                "channels": channels.get(stand.steps[level].pk, []) if level in stand.steps else [],
                "digest": digests if level is Level.BRANCH else None,
            }
            for level in LEVELS
            if level in known
        ],
        "next": words.next_step(due) if due else "",
        "next_at": plan.laid_time(due.at) if due else None,
        "round": incident.round + 1 if incident.round else None,
    }


def _level(stand: Stand, level: Level, plan: ExamPlan, now: datetime) -> dict[str, Any]:
    step, incident = stand.steps.get(level), stand.incident
    is_asked = stand.asked == level and incident.status == Incident.Status.OPEN
    shown: dict[str, Any] = {
        "label": words.LEVELS[level],
        "here": incident.level == level,
        "told_at": None,
        "until": None,
        "overdue": False,
    }
    if step is None:
        return shown
    waits = is_asked and step.acknowledged_at is None and step.acknowledge_by is not None
    return shown | {
        "told_at": plan.plan_time(step.told_at),
        "because": _because(stand, step, level),
        "asked": step.acknowledge_by is not None,
        "nobody": Text(**step.nobody) if step.nobody else None,
        "undelivered": step.result == LadderStep.Result.UNDELIVERED,
        "again": step.again,
        "until": plan.laid_time(step.acknowledge_by) if waits and step.acknowledge_by else None,
        "acknowledged_by": step.acknowledged_by,
        "acknowledged_at": plan.plan_time(step.acknowledged_at) if step.acknowledged_at else None,
    }


def _because(stand: Stand, step: LadderStep, level: Level) -> Text:
    """Why this level was told, in the words of its message."""
    try:
        said = telling.BECAUSE[Why(step.why)]
    except ValueError:
        return Text("", "")
    below = LEVELS[max(LEVELS.index(level) - 1, 0)]
    under = stand.steps.get(below)
    reason = Text(**under.nobody) if under is not None and under.nobody else Text("", "")
    return said.format(below=LEVEL_NAMES[below], reason=reason)


def _names(steps: Iterable[LadderStep]) -> dict[int, list[dict[str, Any]]]:
    """Step → the people it went to, and when each opened it."""
    steps = list(steps)
    users = User.objects.in_bulk({pk for step in steps for pk in step.users})
    reads = {(row.step_id, row.user_id): row.read_at for row in Notification.objects.filter(step__in=steps)}
    return {
        step.pk: [
            {
                "name": users[pk].name,
                "arrived": (step.pk, pk) in reads,
                "read": bool(reads.get((step.pk, pk))),
            }
            for pk in step.users
            if pk in users
        ]
        for step in steps
    }


def _channels(steps: Iterable[LadderStep], plan: ExamPlan) -> dict[int, list[dict[str, Any]]]:
    """Step → the channels outside the portal, with what became of each sending."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in Delivery.objects.filter(step__in=list(steps)).order_by("pk"):
        label, tone = SENDINGS[row.status]
        found[row.step_id or 0].append(
            {
                "name": row.channel_name,
                "kind": KINDS[row.kind].label if row.kind in KINDS else row.kind,
                "label": label,
                "tone": tone,
                "at": plan.plan_time(row.delivered_at) if row.delivered_at else None,
                "attempts": row.attempts,
                "error": row.error if row.status != Delivery.Status.DELIVERED else "",
            }
        )
    return found


def _digests(incident: Incident, plan: ExamPlan) -> dict[str, Any] | None:
    """That the branch hears of it in a digest, and when."""
    row = DigestLine.objects.filter(incident=incident).order_by("-pk").first()
    if row is None:
        return None
    return {
        "told_at": plan.plan_time(row.told_at) if row.told_at else None,
        "due_at": plan.laid_time(row.next_due_at) if row.next_due_at else None,
    }


def arrived_and_read(incident: Incident) -> tuple[int, ...]:
    """How many messages about the incident arrived and were read, and how the sendings stand; two look-ups."""
    counted = Notification.objects.filter(incident=incident).aggregate(
        arrived=Count("pk"), read=Count("read_at")
    )
    sent = Delivery.objects.filter(incident=incident).order_by().values_list("status").annotate(Count("pk"))
    return counted["arrived"], counted["read"], *sorted(sent)
