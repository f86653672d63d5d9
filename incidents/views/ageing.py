"""The unsolved incidents by level and grade: how many, the oldest, how many past their time to say "mine"."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from exam_ops.core.models import ExamPlan
from exam_ops.rules.escalation import Level
from incidents import selectors, words
from incidents.models import Incident

GRADES = (1, 2, 3, 4)


def table(
    rows: QuerySet[Incident],
    levels: Sequence[Level],
    chosen: QueryDict,
    *,
    plan: ExamPlan | None,
    now: datetime,
) -> list[dict[str, Any]]:
    """One row a level, one cell a grade; each cell is a filter. Ages run on the clock of `plan`, else the real one."""
    late = Q(status=Incident.Status.OPEN, until__lte=now)
    counted = (
        rows.order_by()
        .annotate(until=selectors.asked_until())
        .values("level", "grade")
        .annotate(n=Count("pk"), oldest=Min("opened_at"), overdue=Count("pk", filter=late))
    )
    found: dict[tuple[str, int], Any] = {(row["level"], row["grade"]): row for row in counted}

    def cell(level: Level, grade: int) -> dict[str, Any]:
        row = found.get((level.value, grade), {})
        since = row.get("oldest")
        return {
            "grade": grade,
            "grade_label": words.GRADES[grade],
            "count": row.get("n", 0),
            "overdue": row.get("overdue", 0),
            "since": plan.plan_time(since) if since and plan else since,
            **_filter(level, grade, chosen),
        }

    return [
        {
            "level": level.value,
            "label": words.LEVELS[level],
            "cells": [cell(level, grade) for grade in GRADES],
        }
        for level in levels
    ]


def _filter(level: Level, grade: int, chosen: QueryDict) -> dict[str, Any]:
    """The address that narrows the board to one cell, or widens it again."""
    is_chosen = (chosen.get("level"), chosen.get("grade")) == (level.value, str(grade))
    query = chosen.copy()
    for name in ("level", "grade", "page"):
        query.pop(name, None)
    if not is_chosen:
        query.update({"level": level.value, "grade": str(grade)})
    return {"url": f"{reverse('incident-list')}?{query.urlencode()}", "active": is_chosen}
