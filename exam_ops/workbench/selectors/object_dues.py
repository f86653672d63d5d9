"""Deadlines of single objects on a plan's day, beside those of units: the next rung of an incident's ladder."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, SiteUnit
from exam_ops.rules.text import Text
from exam_ops.workbench.links import url_or_nothing
from exam_ops.workbench.selectors.deadlines import bounds
from incidents.models import Incident

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


def object_dues(actor: Actor, plan: ExamPlan, day: date, rows: Any, *, now: datetime) -> ObjectDues:
    """The dues of incidents at the site units `rows` on the day, the nearest first."""
    begins, ends = (plan.real_time(at) for at in bounds(day))
    if not actor.may("incident.see"):
        return ObjectDues([], 0)
    incidents = access.visible(actor, Incident, "incident.see").filter(
        next_due_at__gte=begins,
        next_due_at__lt=ends,
        site_unit__in=SiteUnit.objects.filter(unit__plan=plan, pk__in=rows.order_by().values("pk")),
    )
    found = incidents.select_related("site_unit__site").order_by("next_due_at", "grade", "pk")[:SHOWN]
    return ObjectDues(list(_ladder(found, plan, now)), incidents.count())


def _ladder(incidents: Any, plan: ExamPlan, now: datetime) -> Iterator[ObjectDue]:
    for incident in incidents:
        yield ObjectDue(
            at=plan.laid_time(incident.next_due_at),
            what=_("上报阶梯下一步"),
            number=incident.number or "",
            title=incident.kind.title,
            place=incident.site_unit.site.name,
            grade=incident.grade,
            url=url_or_nothing("incident-detail", incident.pk),
            is_past=incident.next_due_at <= now,
        )
