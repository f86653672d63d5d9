"""What 编排检查 is asked for in its address: plan, branch, unit, words, one kind of trouble, the order of lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, TimeUnit
from proctors.selectors.roster_check import SEE, STATES, Asked, Line

BY_NAME = "name"
LONG = 40


@dataclass(frozen=True, slots=True)
class RosterQuery:
    """An empty text means that nothing was asked for; `past` shows the units that have ended as well."""

    plan: str = ""
    branch: str = ""
    unit: str = ""
    q: str = ""
    state: str = ""
    sort: str = ""
    past: str = ""

    @classmethod
    def of(cls, given: QueryDict) -> "RosterQuery":
        """Reads an address; what it can't mean is left out."""
        said = {name: given.get(name, "").strip()[:LONG] for name in cls.__dataclass_fields__}
        said["state"] = said["state"] if said["state"] in STATES else ""
        said["sort"] = said["sort"] if said["sort"] == BY_NAME else ""
        return cls(**said)

    def on(self, plan: ExamPlan) -> "RosterQuery":
        """The same, with the plan named."""
        return replace(self, plan=plan.code)

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

    def address(self, name: str = "roster-check", **other: Any) -> str:
        """Its address, with some of it otherwise."""
        return reverse(name, query=self._said(other))

    @property
    def is_narrow(self) -> bool:
        return bool(self.unit or self.q or self.state)

    @property
    def plain(self) -> str:
        """The same place with no filter."""
        return self.address(unit="", q="", state="")

    def _said(self, other: dict[str, Any]) -> dict[str, str]:
        said = {name: getattr(self, name) for name in self.__dataclass_fields__} | other
        return {name: str(value) for name, value in said.items() if value}


def has_several(actor: Actor) -> bool:
    """Whether the actor looks at more than one branch."""
    branches = {grant.branch_id for grant in actor.holding(SEE)}
    return None in branches or len(branches) > 1
