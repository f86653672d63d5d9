"""What 编排检查 depends on, in look-ups that cost less than the page: a poll that finds it unchanged is answered with 304.

A certificate that moves while another moves back, or a workbook's rows, move nothing here: the page is counted anew
with every minute as well.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum, TextField, Value

from exam_ops.core import watched
from exam_ops.core.access import Actor
from exam_ops.core.models import ExamPlan, ProctorProfile, RoomSession
from proctors.models import ProctorChange, RosterPress

KIND = "rosters"


def key_of(actor: Actor, plan: ExamPlan, action: str) -> watched.Key:
    """The rosters of `plan` within the reach of those grants that hold `action`: the branches, or everywhere."""
    grants = list(actor.holding(action))
    branches = "" if any(g.branch_id is None for g in grants) else _joined(g.branch_id for g in grants)
    return KIND, f"{plan.pk}/{branches}"


@watched.register(KIND)
def _rosters(keys: Sequence[Any], now: datetime) -> Iterable[QuerySet[Any]]:
    for key in keys:
        plan, _, branches = key.partition("/")
        within = [int(pk) for pk in branches.split(",") if pk]
        rooms = _of(RoomSession, plan, within, "site_unit__unit__plan", "site_unit__site__branch")
        yield _fact(rooms, key, revisions=Sum("revision"), size=Count("pk"))
        changes = _of(ProctorChange, plan, within, "site_unit__unit__plan", "site_unit__site__branch")
        yield _fact(changes, key, asked=Count("pk"), settled=Max("decided_at"), last=Max("requested_at"))
        yield _fact(
            _of(RosterPress, plan, within, "plan", "site__branch"), key, n=Count("pk"), at=Max("pressed_at")
        )
        people = _of(ProctorProfile, None, within, "", "site__branch")
        certified = Count("pk", filter=Q(status=ProctorProfile.Status.CERTIFIED))
        yield _fact(people, key, n=Count("pk"), certified=certified)


def _of(model: Any, plan: str | None, branches: list[int], to_plan: str, to_branch: str) -> QuerySet[Any]:
    found = Q() if plan is None else Q(**{to_plan: plan})
    if branches:
        found &= Q(**{f"{to_branch}__in": branches})
    return model._default_manager.filter(found).order_by()


def _fact(rows: QuerySet[Any], key: str, **figures: Any) -> QuerySet[Any]:
    """One row of figures over all of `rows`, as a fact of `key`."""
    counted = rows.annotate(whose=Value(key, TextField())).values("whose").annotate(**figures)
    return watched.fact(counted, KIND, "whose", *figures)


def _joined(pks: Iterable[int | None]) -> str:
    return ",".join(sorted({str(pk) for pk in pks}))
