"""The one queue of an office: incidents at its level, decisions and changes that wait for it, digest lines (E1).

Loud is what waits for an answer here; what the branch hears of in its digest (below Ⅲ, single rooms) stays one
quiet line.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from exam_ops.workbench.links import url_or_nothing
from incidents import selectors as incidents
from incidents.models import Decision, DigestLine, Incident
from incidents.services import decision_words
from proctors.selectors import waiting_changes

CHANGES, DIGEST = 8, 10  # shown of each
DIGEST_SINCE = timedelta(hours=12)
OFFICES = (Role.HQ, Role.BRANCH, Role.SITE, Role.CHIEF, Role.SUPPORT, Role.PROCTOR)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to decide: what, where, until when (page clock), and the page where it is done."""

    kind: Any
    title: Any
    place: str
    until: datetime | None
    url: str
    by: str


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for the actor; `lines` are incidents as `incidents/_line.html` shows them."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    incidents: int = 0  # all of them
    decisions: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    changes_total: int = 0
    changes_url: str = ""
    digest: list[tuple[datetime, Text]] = field(default_factory=list)
    show_branch: bool = False

    @property
    def total(self) -> int:
        return self.incidents + len(self.decisions) + self.changes_total

    @property
    def more(self) -> int:
        return self.incidents - len(self.lines)


def of(actor: Actor, plan: ExamPlan | None, *, now: datetime) -> Queue | None:
    """The queue of those who answer for incidents; None for everybody else."""
    if not actor.has(*OFFICES):
        return None
    lines, total = incidents.my_incidents(actor, now, about=plan)
    changes = waiting_changes(actor, now) if actor.may("change.decide") else None
    return Queue(
        lines=lines,
        incidents=total,
        decisions=_decisions(actor, plan, now),
        changes=[_change(row, plan) for row in changes[:CHANGES]] if changes is not None else [],
        changes_total=changes.count() if changes is not None else 0,
        changes_url=url_or_nothing("proctor-changes"),
        digest=_digest(actor, plan, now),
        show_branch=actor.has(Role.HQ, Role.SUPPORT),
    )


def _decisions(actor: Actor, plan: ExamPlan | None, now: datetime) -> list[Row]:
    """Decisions of headquarters that wait for a second person: not the one who proposed it."""
    if not actor.has(Role.HQ):
        return []
    rows = Decision.objects.filter(status=Decision.Status.PROPOSED).exclude(
        Q(proposed_by=actor.user) | Q(next_due_at__lte=now)
    )
    return [
        Row(
            _("总部指令待复核"),
            decision_words.said(decision_words.wish_of(row)),
            row.plan.name,
            incidents.on_page(row.plan.laid_time(row.next_due_at), row.plan, plan)
            if row.next_due_at
            else None,
            url_or_nothing("decision-detail", row.pk),
            row.proposed_by.name,
        )
        for row in rows.select_related("plan", "proposed_by").order_by("next_due_at", "pk")
    ]


def _change(row: Any, about: ExamPlan | None) -> Row:
    """A change of a roster that the branch decides; `about` is the plan whose clock the page shows."""
    session, plan = row.room_session, row.site_unit.unit.plan
    coming = row.incoming.name if row.incoming else ""
    leaving = row.outgoing.name if row.outgoing else ""
    said = {"out": leaving, "in": coming}
    if not leaving:
        title = _("增加 %(in)s") % said
    elif not coming:
        title = _("撤下 %(out)s") % said
    else:
        title = _("%(out)s 换为 %(in)s") % said
    return Row(
        _("紧急替换") if row.window == row.Window.EMERGENCY else _("监考变更"),
        title,
        f"{row.site_unit.site.name} · {session.room.room_no} · {row.site_unit.unit}",
        incidents.on_page(plan.laid_time(row.window_until), plan, about),
        url_or_nothing("proctor-changes", plan=plan.code),
        row.requested_by.name,
    )


def _digest(actor: Actor, plan: ExamPlan | None, now: datetime) -> list[tuple[datetime, Text]]:
    """What the branch heard of in its digest lately, the newest first."""
    branches = [grant.branch_id for grant in actor.grants if grant.role is Role.BRANCH and grant.branch_id]
    if plan is None or not branches:
        return []
    rows = DigestLine.objects.filter(branch__in=branches, plan=plan, written_at__gt=now - DIGEST_SINCE)
    unsolved = Q(incident=None) | ~Q(incident__status=Incident.Status.RESOLVED)
    visible = Q(incident=None) | Q(incident__in=access.visible(actor, Incident, "incident.see").values("pk"))
    found = rows.filter(unsolved, visible).order_by("-pk")[:DIGEST]
    return [(plan.plan_time(row.written_at), Text(**row.text)) for row in found]
