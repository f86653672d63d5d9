"""Deadlines of single objects on a plan's day, beside those of units: ladders of incidents, decisions to confirm."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, SiteUnit
from exam_ops.rules.permissions import Role
from exam_ops.rules.text import Text
from exam_ops.workbench.links import url_or_nothing
from exam_ops.workbench.selectors.deadlines import bounds
from incidents import words
from incidents.models import Decision, Incident
from incidents.services import decision_words, standing

SHOWN = 30


@dataclass(frozen=True, slots=True)
class ObjectDue:
    """What happens at `at` (plan time) unless somebody acts before, and where that is done."""

    at: datetime
    what: Any
    number: str
    title: Text | str
    place: str
    grade: int | None
    url: str
    is_past: bool


@dataclass(frozen=True, slots=True)
class ObjectDues:
    """The nearest of them, and how many there are."""

    lines: list[ObjectDue]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.lines)


def object_dues(
    actor: Actor, plan: ExamPlan, day: date, rows: QuerySet[SiteUnit], *, now: datetime
) -> ObjectDues:
    """The dues of the day at the site units `rows`, the nearest first; a fixed number of statements."""
    begins, ends = (plan.real_time(at) for at in bounds(day))
    on_day = {"next_due_at__gte": begins, "next_due_at__lt": ends}
    here = rows.filter(unit__plan=plan).order_by().values("pk")
    incidents = access.visible(actor, Incident, "incident.see").filter(site_unit__in=here, **on_day)
    nearest = incidents.select_related("site_unit__site", "site_unit__unit__plan", "handed_to")
    found = list(_ladders(nearest.order_by("next_due_at", "grade", "pk")[:SHOWN], plan, now))
    decisions = list(_decisions(actor, plan, on_day, now))
    lines = sorted([*decisions, *found], key=lambda line: line.at)
    return ObjectDues(lines, incidents.count() + len(decisions))


def _ladders(incidents: QuerySet[Incident], plan: ExamPlan, now: datetime) -> Iterator[ObjectDue]:
    for stand in standing.load(incidents):
        incident, due = stand.incident, stand.next_due()
        if incident.next_due_at is None:
            continue
        yield ObjectDue(
            at=plan.laid_time(incident.next_due_at),
            what=words.next_step(due) if due else _("上报阶梯下一步"),
            number=incident.number or "",
            title=incident.kind.title,
            place=incident.site_unit.site.name,
            grade=incident.grade,
            url=url_or_nothing("incident-detail", incident.pk),
            is_past=incident.next_due_at <= now,
        )


def _decisions(
    actor: Actor, plan: ExamPlan, on_day: dict[str, datetime], now: datetime
) -> Iterator[ObjectDue]:
    """Decisions of headquarters, until when a second person may confirm them; headquarters' own matter."""
    if not actor.has(Role.HQ):
        return
    rows = Decision.objects.filter(plan=plan, status=Decision.Status.PROPOSED, **on_day)
    for row in rows.select_related("proposed_by").order_by("next_due_at", "pk"):
        if row.next_due_at is not None:
            yield ObjectDue(
                at=plan.laid_time(row.next_due_at),
                what=_("指令待复核，逾时失效"),
                number=row.number or "",
                title=decision_words.said(decision_words.wish_of(row)),
                place=row.proposed_by.name,
                grade=None,
                url=url_or_nothing("decision-detail", row.pk),
                is_past=row.next_due_at <= now,
            )
