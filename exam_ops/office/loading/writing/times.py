"""Plans, units and papers."""

from collections import defaultdict
from datetime import timedelta

from exam_ops.core import drill, schedule
from exam_ops.core.models import ExamPlan, Paper, SiteUnit, TimeUnit
from exam_ops.office.loading.book import Row
from exam_ops.office.loading.report import FileRefused
from exam_ops.office.loading.writing.state import BATCH, Wish, Writing, given, upsert
from exam_ops.rules.text import Text


def write_plans(w: Writing) -> None:
    """Plans under a row lock, so that a drill's jump waits; a stored plan keeps its kind."""
    rows = {row["code"]: row for row in w.book["考试计划"]}
    codes = {row["plan"] for sheet in w.book.sheets.values() for row in sheet if "plan" in row.values} | set(
        rows
    )
    stored = {p.code: p for p in ExamPlan.objects.select_for_update(no_key=True).filter(code__in=codes)}
    wishes = {
        (code,): Wish(
            {"code": code, **given(row, name="name", mode="mode", starts_on="starts_on", ends_on="ends_on")},
            [row],
        )
        for code, row in rows.items()
    }
    fresh = {(code,): _of_a_new_plan(w, row) for code, row in rows.items() if code not in stored}
    known = {(code,): plan for code, plan in stored.items()}
    if w.drill_at:
        _say_clock_stands(w, rows, stored)
    w.plans = stored | {
        key[0]: plan for key, plan in upsert(w, ExamPlan, wishes, known, only_new=fresh).items()
    }


def _kind(w: Writing, row: Row) -> str:
    return str(ExamPlan.Kind.DRILL) if w.as_drill else row["type"]


def _of_a_new_plan(w: Writing, row: Row) -> dict[str, object]:
    kind = _kind(w, row)
    offset = timedelta(0)
    if w.drill_at:
        if kind != ExamPlan.Kind.DRILL:
            raise FileRefused(
                "drill_at",
                "not_a_drill",
                Text(
                    "只有演练可以设时钟起点。请勾选“作为演练”。",
                    "Only a drill's clock can be set. Load it as a drill.",
                ),
            )
        if first := _first_unit(w, row["code"]):
            offset = drill.target_of(first, w.drill_at) - w.now
    return {"kind": kind, "clock_offset": offset}


def _first_unit(w: Writing, code: str) -> TimeUnit | None:
    rows = [row for row in w.book["时间单元"] if row["plan"] == code]
    if not rows:
        return None
    first = min(rows, key=lambda row: row["start"])
    return TimeUnit(code=first["code"], start=first["start"], end=first["end"])


def _say_clock_stands(w: Writing, rows: dict[str, Row], stored: dict[str, ExamPlan]) -> None:
    for code in rows.keys() & stored.keys():
        w.problems.warn(
            rows[code],
            "code",
            Text(
                "演练已存在，时钟未动。要移动时钟请用页面上的演练条，或 manage.py drill。",
                "The drill exists; its clock was not moved. Use its bar or manage.py drill.",
            ),
        )


def write_units(w: Writing) -> None:
    rows = {row.key("plan", "code"): row for row in w.book["时间单元"]}
    stored = {
        (unit.plan.code, unit.code): unit
        for unit in TimeUnit.objects.filter(plan__in=w.plans.values()).select_related("plan")
    }
    moved = [
        (stored[key], row)
        for key, row in rows.items()
        if key in stored and (stored[key].start, stored[key].end) != (row["start"], row["end"])
    ]
    site_units = _movable(w, moved)
    wishes = {
        key: Wish(
            {
                "plan_id": w.plans[key[0]].pk,
                "code": key[1],
                **given(row, name="name", start="start", end="end"),
            },
            [row],
        )
        for key, row in rows.items()
    }
    w.units = stored | upsert(w, TimeUnit, wishes, stored)
    _move(w, site_units)
    w.vanished("时间单元", stored.keys() - rows.keys())


def _movable(w: Writing, moved: list[tuple[TimeUnit, Row]]) -> list[SiteUnit]:
    """Site units that move along with their unit; one whose entry has opened, or that stands apart, does not."""
    rows = {unit.pk: row for unit, row in moved}
    before = {unit.pk: (unit.start, unit.end) for unit, _ in moved}
    found = list(SiteUnit.objects.select_for_update(no_key=True).filter(unit__in=rows)) if rows else []
    refused = {s.unit_id for s in found if s.entry_opens_at <= w.now or (s.start, s.end) != before[s.unit_id]}
    for unit_id in refused:
        w.problems.error(
            rows[unit_id],
            "start",
            Text(
                "该单元已开始入场，或总部已单独调整过时间，不能由工作簿改时间。请由总部作出时间决定。",
                "Entry has opened, or headquarters moved a site: a workbook can't move this unit. Headquarters decide.",
            ),
        )
    return [s for s in found if s.unit_id not in refused]


def _move(w: Writing, site_units: list[SiteUnit]) -> None:
    """The unit's new times for its site units, with instants and deadlines laid anew."""
    units = {unit.pk: (unit, w.plans[code]) for (code, _), unit in w.units.items()}
    by_plan: dict[int, list[SiteUnit]] = defaultdict(list)
    for site_unit in site_units:
        unit, plan = units[site_unit.unit_id]
        site_unit.unit, site_unit.start, site_unit.end = unit, unit.start, unit.end
        site_unit.generation += 1
        by_plan[plan.pk].append(site_unit)
    plans = {plan.pk: plan for plan in w.plans.values()}
    for plan_id, moved in by_plan.items():
        schedule.lay(moved, plans[plan_id], now=w.now)
        fields = ["start", "end", "generation", "next_due_at", *schedule.INSTANTS]
        SiteUnit.objects.bulk_update(moved, fields, batch_size=BATCH)
        schedule.record_skipped(moved, plans[plan_id], now=w.now)


def write_papers(w: Writing) -> None:
    rows = {row.key("plan", "paper_no"): row for row in w.book["试卷"]}
    stored = {
        (paper.plan.code, paper.number): paper
        for paper in Paper.objects.filter(plan__in=w.plans.values()).select_related("plan")
    }
    wishes = {
        key: Wish(
            {
                "plan_id": w.plans[key[0]].pk,
                "number": key[1],
                **given(row, name="name", minutes="minutes", listening="listening"),
            },
            [row],
        )
        for key, row in rows.items()
    }
    w.papers = stored | upsert(w, Paper, wishes, stored)
    w.vanished("试卷", stored.keys() - rows.keys())
