"""What 监考变更 is asked for in its address: plan, unit, site, how urgent, what became of it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q

from exam_ops.core.models import ExamPlan
from exam_ops.rules.moments import BEIJING
from proctors.address_query import AddressQuery
from proctors.models import ProctorChange

EMERGENCY, TODAY, LATER = "emergency", "today", "later"
URGENCIES = (EMERGENCY, TODAY, LATER)


@dataclass(frozen=True, slots=True)
class ChangeQuery(AddressQuery):
    url_name = "proctor-changes"
    known = {"urgency": URGENCIES, "status": ProctorChange.Status.values}

    plan: str = ""
    unit: str = ""
    site: str = ""
    urgency: str = ""
    status: str = ""

    def waiting(self, plan: ExamPlan, now: datetime) -> Q:
        """Which of what waits is asked for; a day ends at midnight of the plan's own clock."""
        found = Q(site_unit__unit__plan=plan)
        if self.unit:
            found &= Q(site_unit__unit__code=self.unit)
        if self.site:
            found &= Q(site_unit__site__code=self.site)
        tomorrow = _midnight_after(plan, now)
        return (
            found
            & {
                "": Q(),
                EMERGENCY: Q(window=ProctorChange.Window.EMERGENCY),
                TODAY: Q(window_until__lt=tomorrow),
                LATER: Q(window_until__gte=tomorrow),
            }[self.urgency]
        )

    def plain(self) -> str:
        """The same plan with no filter."""
        return ChangeQuery(self.plan).address()

    @property
    def is_narrow(self) -> bool:
        return bool(self.unit or self.site or self.urgency)

    @property
    def listed(self) -> dict[str, Any]:
        """What narrows the list of everything."""
        return {"plan": self.plan, "unit": self.unit, "site": self.site, "status": self.status}


def _midnight_after(plan: ExamPlan, now: datetime) -> datetime:
    day = plan.plan_time(now).astimezone(BEIJING).date() + timedelta(days=1)
    return plan.real_time(datetime.combine(day, time(), BEIJING))
