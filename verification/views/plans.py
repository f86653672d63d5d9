"""人脸识别签到管理, above the site: plan → unit → branch → site, with figures and bars (C4, E1, E2)."""

from collections.abc import Callable, Hashable
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
from exam_ops.rules.policy import Policy
from verification.forms import PlanFilter
from verification.selectors import figures as figure_rows
from verification.selectors import kept_figures
from verification.selectors.figures import Figures
from verification.selectors.kept_figures import Kept
from verification.views import counts, lines, parts, words
from verification.views.live import LivePage, as_of


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
    """A page about one plan, found by its code, with figures of the actor's scope."""

    def find(self, plan_code: str) -> ExamPlan:
        plan = access.get(self.actor, ExamPlan, "plan.see", code=plan_code)
        self.plan, self.policy = plan, policies.of(plan)
        return plan

    def unit_of(self, plan: ExamPlan, code: str) -> TimeUnit:
        unit = TimeUnit.objects.filter(plan=plan, code=code).first()
        if unit is None:
            raise NotFound()
        return unit

    def answer(
        self,
        rows: QuerySet[SiteUnit],
        by: str,
        *what: Hashable,
        head: dict[str, Any],
        draw: Callable[[dict[Hashable, Figures]], dict[str, Any]],
    ) -> HttpResponseBase:
        """The fragment when polled, else the page; `what` names `rows` among those of the plan in scope."""
        view = kept_figures.view_of(self.actor, self.plan, by, *what)
        offset, look = self.plan.clock_offset, _looking(view, rows, by, self.policy)

        def drawn(kept: Kept) -> dict[str, Any]:
            return head | {"as_of": as_of(kept, offset)} | draw(kept.found)

        if self.is_poll:
            return self.poll_figures(look, drawn, offset=offset, about=(("plan", str(self.plan.pk)),))
        self.about(self.plan)
        return self.page(drawn(look(self.now)))


def _looking(view: Hashable, rows: QuerySet[SiteUnit], by: str, policy: Policy) -> Callable[[datetime], Kept]:
    """Figures of `rows` as a process keeps them."""

    def look(now: datetime) -> Kept:
        return kept_figures.kept(
            view, lambda: figure_rows.board_figures(rows, by, now=now, policy=policy), now=now
        )

    return look


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
        return self.answer(rows, "unit", day, head=head, draw=lambda found: self._units(plan, rows, found))

    def _units(
        self, plan: ExamPlan, rows: QuerySet[SiteUnit], found: dict[Hashable, Figures]
    ) -> dict[str, Any]:
        spans = figure_rows.spans_of(rows)
        units = TimeUnit.objects.filter(pk__in=spans).order_by("start", "code")
        own = dict(rows.values_list("unit", "pk")) if figure_rows.only_site(self.actor) else {}
        at = plan.plan_time(self.now)
        drawn = [
            self._unit(unit, spans[unit.pk], found.get(unit.pk, Figures()), own.get(unit.pk))
            for unit in units
        ]
        for line, unit in zip(drawn, units, strict=True):
            start, end = spans[unit.pk]
            opens = entry_window(start, self.policy).opens
            line["state"] = "past" if at >= end else "running" if at >= opens else "ahead"
        return {"units": drawn}

    def _unit(
        self, unit: TimeUnit, span: tuple[datetime, datetime], figures: Figures, own: int | None
    ) -> dict[str, Any]:
        to_board = reverse("sign-in-board", args=[own]) if own else ""
        url = to_board or reverse("sign-in-unit", args=[self.plan.code, unit.code])
        return lines.line(str(unit), unit.code, url, figures) | {
            "start": span[0],
            "end": span[1],
            "counts": counts.figure_counts(figures, parts.Filter(), url),
        }


class LinesPage(PlanPage):
    """One unit as lines of branches or sites: troubled ones first, and never hidden by the filter."""

    def head(self, plan: ExamPlan, unit: TimeUnit) -> dict[str, Any]:
        return {
            "plan": plan,
            "unit": unit,
            "unit_name": words.unit_words(unit),
            "url": self.request.get_full_path(),
            "path": self.request.path,
            "chosen": parts.Filter.of(self.request),
            "headings": counts.headings(),
        }


class SignInUnit(LinesPage):
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
            query = f"?{request.GET.urlencode()}" if request.GET else ""
            return redirect(reverse("sign-in-branch", args=[plan_code, unit_code, branches[0][1]]) + query)

        def draw(found: dict[Hashable, Figures]) -> dict[str, Any]:
            made = [
                lines.line(
                    name,
                    code,
                    reverse("sign-in-branch", args=[plan.code, unit.code, code]),
                    found.get(pk, Figures()),
                )
                for pk, code, name in branches
            ]
            return lines.listed(made, found, parts.Filter.of(request), request.path)

        return self.answer(rows, "site__branch", unit_code, head=self.head(plan, unit), draw=draw)


class SignInBranch(LinesPage):
    """One unit of one branch by site."""

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
        has_siblings = any(grant.is_everywhere for grant in self.actor.holding(self.action))
        head = self.head(plan, unit) | {"branch": branch, "has_siblings": has_siblings}

        def draw(found: dict[Hashable, Figures]) -> dict[str, Any]:
            made = [
                lines.line(name, code, reverse("sign-in-board", args=[pk]), found.get(pk, Figures()))
                for pk, code, name in figure_rows.sites_of(rows)
            ]
            return lines.listed(made, found, parts.Filter.of(request), request.path)

        return self.answer(rows, "pk", unit_code, branch_code, head=head, draw=draw)


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
