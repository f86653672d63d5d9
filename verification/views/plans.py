"""人脸识别签到管理, above the site: plan → unit → branch → site, with figures and bars (C4, E1, E2)."""

from collections.abc import Hashable
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from exam_ops.core import access, policies
from exam_ops.core.errors import NotFound
from exam_ops.core.models import Branch, ExamPlan, SiteUnit, TimeUnit
from exam_ops.core.pages import Page
from exam_ops.rules.moments import BEIJING, entry_window
from verification.forms import PlanFilter
from verification.selectors import figures as figure_rows
from verification.selectors.entry import Stats
from verification.selectors.figures import Figures
from verification.views import parts, words
from verification.views.live import LivePage


class SignInPlans(Page):
    """Choose the exam plan; who has exactly one site is taken to the board of its present unit."""

    action = "sign_in.see"
    template = "verification/plans.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        site = figure_rows.only_site(self.actor)
        if site is not None and not request.GET:
            present = figure_rows.present_site_unit(site, now=self.now)
            if present is not None:
                return redirect("sign-in-board", present.pk)
        form = PlanFilter(request.GET)
        plans = form.narrow(figure_rows.plans_of(self.actor))
        rows = [{"plan": plan, "kind": words.PLAN_KINDS[ExamPlan.Kind(plan.kind)]} for plan in plans[:200]]
        return self.show({"form": form, "rows": rows, "is_narrow": bool(request.GET.get("q"))})


class PlanPage(LivePage):
    """A page about one plan, found by its code."""

    def find(self, plan_code: str) -> ExamPlan:
        plan = access.get(self.actor, ExamPlan, "plan.see", code=plan_code)
        self.plan = plan
        return plan

    def unit_of(self, plan: ExamPlan, code: str) -> TimeUnit:
        unit = TimeUnit.objects.filter(plan=plan, code=code).first()
        if unit is None:
            raise NotFound()
        return unit

    def answer(self, rows: QuerySet[SiteUnit], head: dict[str, Any], draw: Any) -> HttpResponseBase:
        """The fragment when polled (figures may be 15 s old), else the page."""
        if self.is_poll:
            mark = (figure_rows.mark_of(rows), int(self.now.timestamp() // 60))
            return self.poll(mark, self.plan.clock_offset, lambda: head | draw())
        self.about(self.plan)
        return self.page(head | draw())


class SignInUnits(PlanPage):
    """The units of one day of a plan, with the figures of the actor's scope."""

    template = "verification/units.html"
    fragment = "verification/_units.html"

    def get(self, request: HttpRequest, plan_code: str) -> HttpResponseBase:
        plan = self.find(plan_code)
        days = figure_rows.days_of(self.actor, plan)
        if not days:
            raise NotFound()
        day = _chosen_day(request.GET.get("day", ""), days, plan.plan_time(self.now))
        rows = figure_rows.site_units_of(self.actor, plan, on=day)
        head = {
            "plan": plan,
            "kind": words.PLAN_KINDS[ExamPlan.Kind(plan.kind)],
            "days": [_day(plan, d, d == day) for d in days],
            "url": request.get_full_path(),
        }
        return self.answer(rows, head, lambda: self._units(plan, rows))

    def _units(self, plan: ExamPlan, rows: QuerySet[SiteUnit]) -> dict[str, Any]:
        found = figure_rows.figures(rows, "unit", now=self.now)
        spans = figure_rows.spans_of(rows)
        units = TimeUnit.objects.filter(pk__in=spans).order_by("start", "code")
        own = dict(rows.values_list("unit", "pk")) if figure_rows.only_site(self.actor) else {}
        at = plan.plan_time(self.now)
        return {"units": [_unit(u, plan, spans[u.pk], found, own.get(u.pk), at) for u in units]}


class SignInUnit(PlanPage):
    """One unit by branch; who sees one branch is taken to it."""

    template = "verification/unit.html"
    fragment = "verification/_unit.html"

    def get(self, request: HttpRequest, plan_code: str, unit_code: str) -> HttpResponseBase:
        plan = self.find(plan_code)
        unit = self.unit_of(plan, unit_code)
        rows = figure_rows.site_units_of(self.actor, plan, unit=unit_code)
        branches = figure_rows.branches_of(rows)
        if not branches:
            raise NotFound()
        if len(branches) == 1 and not self.is_poll:
            return redirect("sign-in-branch", plan_code, unit_code, branches[0][1])
        head = {
            "plan": plan,
            "unit": unit,
            "unit_name": words.unit_words(unit),
            "url": request.get_full_path(),
        }
        return self.answer(rows, head, lambda: self._branches(plan, unit, rows, branches))

    def _branches(
        self, plan: ExamPlan, unit: TimeUnit, rows: QuerySet[SiteUnit], branches: list[tuple[int, str, str]]
    ) -> dict[str, Any]:
        found = figure_rows.figures(rows, "site__branch", now=self.now)
        lines = [
            _line(
                name, reverse("sign-in-branch", args=[plan.code, unit.code, code]), found.get(pk, Figures())
            )
            | {"code": code}
            for pk, code, name in branches
        ]
        return {"lines": _troubled_first(lines), **_total(found)}


class SignInBranch(PlanPage):
    """One unit of one branch by site: troubled ones first, and never hidden by the filter."""

    template = "verification/branch.html"
    fragment = "verification/_branch.html"

    def get(self, request: HttpRequest, plan_code: str, unit_code: str, branch_code: str) -> HttpResponseBase:
        plan = self.find(plan_code)
        unit = self.unit_of(plan, unit_code)
        rows = figure_rows.site_units_of(self.actor, plan, unit=unit_code).filter(
            site__branch__code=branch_code
        )
        branch = Branch.objects.filter(code=branch_code, pk__in=rows.values("site__branch")).first()
        if branch is None:
            raise NotFound()
        chosen = parts.Filter.of(request)
        head = {
            "plan": plan,
            "unit": unit,
            "branch": branch,
            "unit_name": words.unit_words(unit),
            "url": request.get_full_path(),
            "path": request.path,
            "chosen": chosen,
            "has_siblings": any(g.is_everywhere for g in self.actor.holding(self.action)),
        }
        return self.answer(rows, head, lambda: self._sites(rows, chosen, request.path))

    def _sites(self, rows: QuerySet[SiteUnit], chosen: parts.Filter, path: str) -> dict[str, Any]:
        found = figure_rows.figures(rows, "pk", now=self.now)
        lines = [
            _line(su.site.name, reverse("sign-in-board", args=[su.pk]), found.get(su.pk, Figures()))
            | {"code": su.site.code}
            for su in figure_rows.site_rows(rows)
        ]
        kept = [line for line in lines if _is_meant(line, chosen)]
        troubled = [line for line in lines if line not in kept and line["is_troubled"]]
        total = _total(found, chosen, path)
        return {
            "lines": _troubled_first(kept),
            "others": _troubled_first(troubled),
            "hidden": len(lines) - len(kept) - len(troubled),
            **total,
        }


def _chosen_day(asked: str, days: list[date], plan_now: datetime) -> date:
    """The day asked for, else the plan's today, else the next one, else the last."""
    for day in days:
        if day.isoformat() == asked:
            return day
    today = plan_now.astimezone(BEIJING).date()
    return next((day for day in days if day >= today), days[-1])


def _day(plan: ExamPlan, day: date, active: bool) -> dict[str, Any]:
    url = f"{reverse('sign-in-units', args=[plan.code])}?day={day.isoformat()}"
    return {
        "label": words.day_words(datetime(day.year, day.month, day.day, tzinfo=BEIJING)),
        "url": url,
        "active": active,
    }


def _unit(
    unit: TimeUnit,
    plan: ExamPlan,
    span: tuple[datetime, datetime],
    found: dict[Hashable, Figures],
    own: int | None,
    at: datetime,
) -> dict[str, Any]:
    start, end = span
    opens = entry_window(start, policies.of(plan)).opens
    state = "past" if at >= end else "running" if at >= opens else "ahead"
    url = (
        reverse("sign-in-board", args=[own]) if own else reverse("sign-in-unit", args=[plan.code, unit.code])
    )
    return _line(str(unit), url, found.get(unit.pk, Figures())) | {
        "code": unit.code,
        "start": start,
        "end": end,
        "state": state,
    }


def _line(name: str, url: str, figures: Figures) -> dict[str, Any]:
    stats = figures.stats
    return {
        "name": name,
        "url": url,
        "figures": figures,
        "stats": stats,
        "bar": parts.bar(stats),
        "is_troubled": bool(figures.troubled),
        "tone": "trouble" if figures.incidents else "watch" if figures.troubled else "",
    }


def _troubled_first(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(
        lines,
        key=lambda line: (
            not line["is_troubled"],
            -line["figures"].incidents,
            -line["stats"].pending,
            -line["figures"].troubled,
            line["code"],
        ),
    )


def _is_meant(line: dict[str, Any], chosen: parts.Filter) -> bool:
    text = chosen.text.lower()
    if text and text not in line["name"].lower() and text not in line["code"].lower():
        return False
    return not chosen.show or getattr(line["stats"], chosen.show, 0) > 0


def _total(
    found: dict[Hashable, Figures], chosen: parts.Filter | None = None, path: str = ""
) -> dict[str, Any]:
    stats = sum((f.stats for f in found.values()), Stats())
    link = None
    if chosen is not None:
        link = lambda key: chosen.address(path, show="" if key == chosen.show else key)  # noqa: E731
    counts = parts.figure_counts(stats, link)
    for count in counts:
        count["active"] = chosen is not None and bool(chosen.show) and count["key"] == chosen.show
    return {"counts": counts, "bar": parts.bar(stats), "stats": stats}
