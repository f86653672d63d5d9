"""Changes as the branch's queue shows them: what, who, what is left of the time, what stands against it; by request."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from exam_ops.core.access import Actor
from proctors import words
from proctors.models import ProctorChange
from proctors.selectors.change_facts import Facts, facts_of
from proctors.selectors.changes import grouped
from proctors.services import deciding, telling

Status, Window = ProctorChange.Status, ProctorChange.Window


def effective(change: ProctorChange) -> str:
    """The status, and expired where nobody has said so yet."""
    return str(getattr(change, "effective", change.status))


def shown(change: ProctorChange) -> dict[str, Any]:
    """One change as page rows need it; times on the plan's clock."""
    label, tone = words.STATUSES[Status(effective(change))]
    plan = change.site_unit.unit.plan
    return {
        "change": change,
        "plan": plan,
        "what": telling.what(change),
        "kind": words.KINDS[Window(change.window)],
        "urgent": change.window == Window.EMERGENCY,
        "label": label,
        "waits": effective(change) == Status.PENDING,
        "tone": tone,
        "until": plan.laid_time(change.window_until),
        "requested_at": plan.plan_time(change.requested_at),
        "decided_at": plan.plan_time(change.decided_at) if change.decided_at else None,
        "removal": change.incoming is None,
    }


def cards(
    actor: Actor, waiting: Sequence[ProctorChange], *, picked: Collection[str], now: datetime
) -> list[dict[str, Any]]:
    """Each change that waits, with its facts and what the actor may do with it."""
    may_reject = {
        answer.row.pk
        for answer in deciding.can_decide(actor, waiting, outcome=Status.REJECTED, now=now)
        if answer.refusal is None
    }
    facts = facts_of(waiting, now=now)
    tied = {c.pk for group in grouped(waiting) if len(group) > 1 for c in group}
    return [
        shown(answer.row)
        | _left(answer.row, now)
        | _room(facts[answer.row.pk])
        | {
            "why_not": answer.refusal.detail if answer.refusal else "",
            "may_approve": answer.refusal is None,
            "tied": answer.row.pk in tied,
            "may_reject": answer.row.pk in may_reject,
            "picked": str(answer.row.pk) in picked,
            "dialog": f"reject-{answer.row.pk}",
            "reject": {"ids": answer.row.pk, "outcome": Status.REJECTED.value},
        }
        for answer in deciding.can_decide(actor, waiting, now=now)
    ]


def by_request(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cards of each request together, in the order in which the first of each ends."""
    groups: dict[Any, dict[str, Any]] = {}
    for card in found:
        change: ProctorChange = card["change"]
        group = groups.setdefault(
            change.batch,
            {
                "batch": change.batch,
                "change": change,
                "requested_at": card["requested_at"],
                "url": reverse("proctor-change-request", args=[change.batch]),
                "form": f"request-{change.batch}",
                "cards": [],
            },
        )
        group["cards"].append(card)
    for group in groups.values():
        group["many"] = sum(1 for card in group["cards"] if card["may_reject"]) > 1
    return list(groups.values())


def _left(change: ProctorChange, now: datetime) -> dict[str, Any]:
    """What is left of the time from asking to the end of the window, in percent."""
    plan = change.site_unit.unit.plan
    whole = change.window_until - change.requested_at
    share = (change.window_until - now) / whole if whole else 0
    return {
        "from": plan.plan_time(change.requested_at),
        "left": max(0, min(100, round(100 * share))),
    }


def _room(facts: Facts) -> dict[str, Any]:
    people = ((words.OUTGOING, facts.outgoing), (words.INCOMING, facts.incoming))
    return {
        "people": [{"role": role, "who": who} for role, who in people if who is not None],
        "certified": facts.certified,
        "certified_then": facts.certified_then,
        "is_worse": facts.certified_then < facts.certified,
    }
