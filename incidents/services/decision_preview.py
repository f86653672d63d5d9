"""What a decision of headquarters would move, leave out and reopen: asked before it, and again when it is confirmed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from exam_ops.core import moves, policies
from exam_ops.core.models import ExamPlan, SiteUnit
from exam_ops.core.moves import Consequence, Times
from exam_ops.rules import decisions as rules
from exam_ops.rules.decisions import REASONS, Standing, Why, Wish
from exam_ops.rules.policy import Policy
from exam_ops.rules.text import Text
from incidents.services import decision_overlaps as overlaps
from incidents.services.decision_refusals import refusal_of, shown


@dataclass(frozen=True, slots=True)
class Scope:
    """Units of one plan at some places; naming neither branch nor site means everywhere."""

    plan: ExamPlan
    units: Sequence[int]
    branches: Sequence[int] = ()
    sites: Sequence[int] = ()

    def site_units(self) -> QuerySet[SiteUnit]:
        rows = SiteUnit.objects.filter(unit__plan=self.plan, unit__in=list(self.units))
        if self.branches or self.sites:
            rows = rows.filter(Q(site__branch__in=list(self.branches)) | Q(site__in=list(self.sites)))
        return rows.select_related("unit__plan", "site__branch").order_by("start", "site__code")


@dataclass(frozen=True, slots=True)
class Line:
    """One site unit under the decision: its times after it, or why it is left out; in plan time."""

    site_unit: SiteUnit
    before: Standing
    after: Standing
    why: Why | None
    fields: dict[str, Any]  # what the sentence of `why` names
    opened: int = 0  # of what the old time had closed, how much opens again
    warnings: tuple[Text, ...] = ()

    @property
    def said(self) -> Text | None:
        return REASONS[self.why].format(**self.fields) if self.why else None


@dataclass
class Preview:
    """What the decision would do at `now`: a line for each site unit, what it brings about, what to know before."""

    plan: ExamPlan
    wish: Wish
    lines: list[Line]
    follows: list[tuple[Consequence, Counter[int]]] = field(default_factory=list)

    @cached_property
    def moving(self) -> list[Line]:
        return [line for line in self.lines if line.why is None]

    @cached_property
    def skipped(self) -> Counter[Why]:
        return Counter(line.why for line in self.lines if line.why is not None)

    @property
    def reopened(self) -> list[tuple[Text, int]]:
        return [(c.label, n.total()) for c, n in self.follows if not c.warning]

    @property
    def warnings(self) -> Counter[Text]:
        """Warnings with how many site units (or people, where a feature counts them) they are about."""
        found = Counter({c.label: n.total() for c, n in self.follows if c.warning})
        return found + Counter(warning for line in self.moving for warning in line.warnings)

    @property
    def why_none(self) -> Line | None:
        """Where nothing would move: the line whose reason is the most common."""
        if self.moving or not self.lines:
            return None
        most = self.skipped.most_common(1)[0][0]
        return next(line for line in self.lines if line.why is most)

    def require_something(self) -> None:
        """Raises the refusal of the most common reason when nothing at all would move."""
        if (line := self.why_none) is not None and line.why is not None:
            raise refusal_of(line.why, line.fields)

    def times(self) -> dict[int, Times]:
        """The new times by primary key of the site unit, for `moves.move`."""
        return {line.site_unit.pk: times_of(line.after, self.plan) for line in self.moving}


def look(wish: Wish, site_units: Sequence[SiteUnit], plan: ExamPlan, *, now: datetime) -> Preview:
    """What `wish` would do to `site_units` (with unit, plan and site) at the real instant `now`; writes nothing."""
    policy, plan_now = policies.of(plan), plan.plan_time(now)
    judged = [_judge(wish, site_unit, plan, policy, plan_now) for site_unit in site_units]
    preview = Preview(plan, wish, judged)
    laid = moves.under([line.site_unit for line in preview.moving], preview.times())
    preview.follows = moves.counted(laid, now=now)
    warned = overlaps.warnings([(line.site_unit, line.before, line.after) for line in preview.moving], plan)
    opened: Counter[int] = Counter()
    for consequence, figures in preview.follows:
        opened += figures if not consequence.warning else Counter()
    lines = [
        replace(line, opened=opened[line.site_unit.pk], warnings=tuple(warned[line.site_unit.pk]))
        for line in judged
    ]
    return Preview(plan, wish, lines, preview.follows)


def standing(site_unit: SiteUnit, plan: ExamPlan) -> Standing:
    """How a site unit stands, in plan time."""
    return Standing(
        start=site_unit.start,
        end=site_unit.end,
        evidence_until=site_unit.evidence_until,
        stopped=plan.laid_time(site_unit.stopped_at) if site_unit.stopped_at else None,
        manual_check_for_all=site_unit.manual_check_for_all,
        place=site_unit.place,
    )


def times_of(standing: Standing, plan: ExamPlan) -> Times:
    """The same as it is stored."""
    return Times(
        start=standing.start,
        end=standing.end,
        evidence_end=standing.evidence_until if standing.evidence_until > standing.end else None,
        stopped_at=plan.real_time(standing.stopped) if standing.stopped else None,
        place=standing.place,
        manual_check_for_all=standing.manual_check_for_all,
    )


def _judge(wish: Wish, site_unit: SiteUnit, plan: ExamPlan, policy: Policy, plan_now: datetime) -> Line:
    before = standing(site_unit, plan)
    why = rules.why_not(wish, before, now=plan_now, policy=policy)
    becomes = rules.outcome(wish, before, now=plan_now)
    fields = _fields(before, becomes, policy, plan_now)
    return Line(site_unit, before, becomes if why is None else before, why, fields)


def _fields(before: Standing, becomes: Standing, policy: Policy, plan_now: datetime) -> dict[str, Any]:
    return {
        "start": shown(becomes.start),
        "end": shown(before.end),
        "entry_closes": shown(before.start + policy.entry_closes_after),
        "stopped": shown(before.stopped) if before.stopped else "",
        "evidence_until": shown(before.evidence_until),
        "limit": shown(plan_now + policy.evidence_reopens_at_most),
    }
