"""Which plan and unit a page of rosters is about: what was asked for, else what is nearest in time."""

from django.db.models import QuerySet

from exam_ops.core import access
from exam_ops.core.models import ExamPlan, SiteUnit, TimeUnit
from exam_ops.core.pages import Page


class ByPlan(Page):
    """A page about one plan of those that the actor's site units belong to."""

    def plans_of(self, scope: QuerySet[SiteUnit]) -> list[ExamPlan]:
        found = ExamPlan.objects.filter(units__site_units__in=scope).distinct()
        return list(found.order_by("-starts_on", "code"))

    def plan_of(self, plans: list[ExamPlan], scope: QuerySet[SiteUnit]) -> ExamPlan | None:
        """The plan asked for; else the one whose next unit is nearest, else the newest."""
        if asked := self.request.GET.get("plan"):
            return access.get(self.actor, ExamPlan, "plan.see", code=asked)
        nearest = (
            scope.filter(ends_at__gt=self.now).order_by("starts_at").values_list("unit__plan", flat=True)
        )
        first = nearest.first()
        return next((p for p in plans if p.pk == first), plans[0] if plans else None)

    def unit_of(self, units: list[TimeUnit], plan: ExamPlan) -> TimeUnit | None:
        """The unit asked for; else the running or next one, else the last."""
        asked = self.request.GET.get("unit")
        at = plan.plan_time(self.now)
        ahead = [u for u in units if u.end > at] or units[-1:]
        return next((u for u in units if u.code == asked), ahead[0] if ahead else None)
