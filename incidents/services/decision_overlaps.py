"""What stands in the way of a new time at a site: its other units, their rooms, proctors and candidates (A4)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

from exam_ops.core.models import ExamPlan, RoomSession, RosterRow, SiteUnit, Sitting
from exam_ops.rules.decisions import Standing
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text

Moved = tuple[SiteUnit, Standing, Standing]
Span = tuple[datetime, datetime]

OUTSIDE = Text("新的日期超出考试计划", "The new day lies outside the plan's dates")
UNITS = Text("与本考点其他单元时间重叠", "Overlaps another unit of the site")
SHARED: tuple[tuple[type[Model], str, str, Text], ...] = (
    (RoomSession, "site_unit", "room", Text("考场在同一时间另有单元", "A room has another unit then")),
    (
        RosterRow,
        "room_session__site_unit",
        "proctor",
        Text("监考教师在同一时间另有监考", "A proctor has another room then"),
    ),
    (
        Sitting,
        "site_unit",
        "candidate",
        Text("考生在同一时间另有考试", "A candidate sits another paper then"),
    ),
)


def warnings(moved: Sequence[Moved], plan: ExamPlan) -> dict[int, list[Text]]:
    """By primary key of the site unit: what people should know of its new time before they decide on it."""
    found: dict[int, list[Text]] = defaultdict(list)
    other_times = [m for m in moved if _span(m[1]) != _span(m[2])]
    pairs = _pairs(other_times, plan)
    for model, lookup, what, words in SHARED:
        for pk in _sharing(pairs, model._default_manager.all(), lookup, what):
            found[pk].append(words)
    for site_unit, _, after in other_times:
        if site_unit.pk in pairs and site_unit.pk not in found:
            found[site_unit.pk].append(UNITS)
        if not plan.starts_on <= after.start.astimezone(BEIJING).date() <= plan.ends_on:
            found[site_unit.pk].append(OUTSIDE)
    return found


def _span(standing: Standing) -> Span:
    return standing.start, standing.end


def _pairs(moved: Sequence[Moved], plan: ExamPlan) -> dict[int, set[int]]:
    """Site unit → the others of its site that would run at the same time, those of the decision at their new one."""
    if not moved:
        return {}
    spans = {site_unit.pk: _span(after) for site_unit, _, after in moved}
    by_site: dict[int, dict[int, Span]] = defaultdict(dict)
    for pk, site_id, start, end in _others(moved, plan, spans.values()):
        by_site[site_id][pk] = spans.get(pk, (start, end))
    pairs: dict[int, set[int]] = defaultdict(set)
    for site_unit, _, after in moved:
        start, end = _span(after)
        for pk, (its_start, its_end) in by_site[site_unit.site_id].items():
            if pk != site_unit.pk and its_start < end and start < its_end:
                pairs[site_unit.pk].add(pk)
    return pairs


def _others(moved: Sequence[Moved], plan: ExamPlan, spans: Iterable[Span]) -> Iterable[Any]:
    """Units of the same sites around the new times: of the drill itself, or of all that is no drill."""
    starts, ends = zip(*spans, strict=True)
    rows = SiteUnit.objects.filter(
        site__in={s.site_id for s, _, _ in moved}, start__lt=max(ends), end__gt=min(starts), stopped_at=None
    )
    rows = (
        rows.filter(unit__plan=plan) if plan.is_drill else rows.exclude(unit__plan__kind=ExamPlan.Kind.DRILL)
    )
    near = rows.values_list("pk", "site", "start", "end")
    return {*near, *((s.pk, s.site_id, *_span(after)) for s, _, after in moved)}


def _sharing(pairs: dict[int, set[int]], rows: QuerySet[Any], lookup: str, what: str) -> set[int]:
    """Those of the pairs that have a room, a proctor or a candidate in common."""
    concerned = {*pairs, *(pk for others in pairs.values() for pk in others)}
    held: dict[int, set[int]] = defaultdict(set)
    if concerned:
        for where, which in rows.filter(**{f"{lookup}__in": concerned}).values_list(lookup, what):
            held[where].add(which)
    return {pk for pk, others in pairs.items() if any(held[pk] & held[other] for other in others)}
