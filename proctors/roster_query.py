"""What 编排检查 is asked for in its address: plan, branch, unit, words, one kind of trouble, the order of lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, TimeUnit
from proctors.address_query import AddressQuery
from proctors.selectors.roster_check import SEE, STATES, Asked, Line

BY_NAME = "name"


@dataclass(frozen=True, slots=True)
class RosterQuery(AddressQuery):
    """`past` shows the units that have ended as well."""

    url_name = "roster-check"
    known = {"state": STATES, "sort": (BY_NAME,)}

    plan: str = ""
    branch: str = ""
    unit: str = ""
    q: str = ""
    state: str = ""
    sort: str = ""
    past: str = ""

    def units(self, units: Sequence[TimeUnit], at: datetime) -> list[TimeUnit]:
        """The unit asked for; else those that have not ended at `at` (plan time), all of them when none is left."""
        if named := [unit for unit in units if unit.code == self.unit]:
            return named
        ahead = [unit for unit in units if unit.end > at]
        return list(units) if self.past or not ahead else ahead

    def asked(self, actor: Actor, plan: ExamPlan, units: Sequence[TimeUnit]) -> Asked:
        """What is looked up: branches where the actor has several and named neither one nor a site."""
        by_branch = has_several(actor) and not (self.branch or self.q)
        return Asked(plan, units, self.branch, self.q, by_branch)

    def chosen(self, lines: Iterable[Line]) -> list[Line]:
        """The lines with the trouble asked for, in the order asked for."""
        found = [line for line in lines if not self.state or getattr(line.total, self.state)]
        if self.sort == BY_NAME:
            return sorted(found, key=lambda line: line.code)
        return sorted(found, key=lambda line: (line.trouble, line.code))

    @property
    def is_narrow(self) -> bool:
        return bool(self.unit or self.q or self.state)

    @property
    def plain(self) -> str:
        """The same place with no filter."""
        return self.address(unit="", q="", state="")


def has_several(actor: Actor) -> bool:
    """Whether the actor looks at more than one branch."""
    branches = {grant.branch_id for grant in actor.holding(SEE)}
    return None in branches or len(branches) > 1
