"""The action card of a type: its steps by role, the reader's own first, with who ticked what and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse

from exam_ops.core.access import Actor
from exam_ops.core.models import Branch
from exam_ops.rules.catalogue import IncidentType, Step
from exam_ops.rules.catalogue import Page as Place
from incidents import words
from incidents.services.contacts import CardContacts

# Where a step is done: page name and what one must hold to open it. A page that does not stand yet has no link.
STEP_PAGES = {
    Place.ENTRY_APPROVALS: ("sign-in-plans", "sign_in.see"),
    Place.SIGN_IN_STATS: ("sign-in-plans", "sign_in.see"),
    Place.EVIDENCE: ("exam-records", "evidence.see"),
    Place.SUPPORT_DESK: ("support-desk", "support.see"),
    Place.ROSTER: ("roster", "roster.see"),
    Place.PROCTOR_CHANGES: ("proctor-changes", "change.see"),
    Place.PUBLIC_IP: ("site-list", "address.see"),
    Place.LOGIN_AUTHORISATIONS: ("client-board", "client.see"),
    Place.OFFLINE_PACKAGES: ("client-board", "client.see"),
}


@dataclass(frozen=True)
class Tick:
    """Who ticked a step, and when by the plan's clock."""

    by: str
    at: datetime


def build(
    kind: IncidentType,
    actor: Actor,
    *,
    ticks: Mapping[str, Tick] | None = None,
    evidence_url: str = "",
    branch: Branch | None = None,
    contacts: CardContacts | None = None,
) -> dict[str, Any]:
    """Context of `incidents/_card.html`."""
    ticks = ticks or {}
    roles = list(dict.fromkeys(step.role for step in kind.cards))
    groups = [_group(kind, role, actor, ticks, evidence_url) for role in roles]
    return {
        "kind": kind,
        "groups": sorted(groups, key=lambda group: not group["mine"]),
        "done": len(ticks),
        "total": len(kind.cards),
        "owners": [words.PARTIES[party] for party in kind.owners],
        "contacts": contacts,
        "branch": branch if branch and branch.duty_phone else None,
    }


def _group(
    kind: IncidentType, role: Any, actor: Actor, ticks: Mapping[str, Tick], evidence_url: str
) -> dict[str, Any]:
    steps = kind.steps_for(role)
    return {
        "label": words.PARTIES[role],
        "mine": role.value in actor.roles,
        "done": sum(1 for step in steps if step.key in ticks),
        "steps": [
            {
                "number": number,
                "key": step.key,
                "text": step.text,
                "url": _url(step, actor, evidence_url),
                "tick": ticks.get(step.key),
            }
            for number, step in enumerate(steps, start=1)
        ],
    }


def _url(step: Step, actor: Actor, evidence_url: str) -> str:
    if step.page is Place.ESCALATION:
        return "#escalate"
    if step.page is Place.EVIDENCE and evidence_url:
        return evidence_url
    name, action = STEP_PAGES.get(step.page, ("", "")) if step.page else ("", "")
    if not name or not actor.may(action):
        return ""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
