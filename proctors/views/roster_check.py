"""编排检查: the sites of a branch, or the branches of the nation, by unit, red and green; live (C9)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from exam_ops.core import access, clock, policies
from exam_ops.core.errors import NotFound
from exam_ops.core.models import ExamPlan, SiteUnit, TimeUnit
from exam_ops.core.pages import Page
from exam_ops.core.polls import Basis
from exam_ops.rules.text import Text
from proctors.roster_query import RosterQuery, has_several
from proctors.selectors import roster_check, roster_marks
from proctors.selectors.roster_check import SEE, Line
from proctors.services import pressing_by_hand
from proctors.views import roster_cells
from proctors.views.choosing import ByPlan

PER_PAGE = 50
MINUTE = timedelta(minutes=1)
PRESSED = Text("已催办 {site}：{n} 个考场未配足。", "{site} is pressed: {n} rooms are short.")


class RosterCheck(ByPlan):
    """The page; to htmx its live part alone."""

    action = SEE
    template = "proctors/roster_check.html"
    fragment = "proctors/_roster_check.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def get(self, request: HttpRequest) -> HttpResponseBase:
        self.query = RosterQuery.of(request.GET)
        if getattr(request, "htmx", False) and self.query.plan:
            return self.poll()
        scope = access.visible(self.actor, SiteUnit, SEE)
        plans = self.plans_of(scope)
        plan = self.plan_of(plans, scope)
        if plan is None:
            return self.show({"plans": []})
        self.query = replace(self.query, plan=plan.code)
        units = list(TimeUnit.objects.filter(plan=plan).order_by("start", "code"))
        response = self.show({"plans": plans, "units": units, **self.drawn(plan, units)})
        response["Cache-Control"] = "private, no-cache"
        return response

    def poll(self) -> HttpResponseBase:
        """The live part, or 304 while everything that it says is the same."""
        rows = access.visible(self.actor, TimeUnit, SEE).filter(plan__code=self.query.plan)
        units = list(rows.select_related("plan").order_by("start", "code"))
        if not units:
            raise NotFound()
        plan = units[0].plan
        context = self.drawn(plan, units)
        mark = (self.request.get_full_path(), context["mark"])
        response = self.live(mark, lambda: self.show(context, template=self.fragment))
        facts = (
            ("session", self.request.session.session_key or ""),
            ("account", str(self.actor.user.pk)),
            ("plan", str(plan.pk)),
            roster_marks.key_of(self.actor, plan, SEE),
        )
        response.poll_basis = Basis(facts, _next_minute(self.now), plan.clock_offset)  # type: ignore[attr-defined]
        return response

    def drawn(self, plan: ExamPlan, units: Sequence[TimeUnit]) -> dict[str, Any]:
        """What the live part shows."""
        self.about(plan)
        policy = policies.of(plan)
        shown = self.query.units(units, plan.plan_time(self.now))
        asked = self.query.asked(self.actor, plan, shown)
        every = roster_check.lines(self.actor, asked, needed=policy.proctors_per_room, now=self.now)
        chosen = self.query.chosen(every)
        page: Any = Paginator(chosen, PER_PAGE).get_page(self.request.GET.get("page"))
        lines: list[Line] = list(page.object_list)
        pressed = {} if asked.by_branch else roster_check.presses(plan, [line.pk for line in lines])
        columns = roster_cells.columns(shown, plan, policy, self.query, self.now)
        draw = roster_cells.drawer()
        rows = page.object_list = [
            roster_cells.line(
                line,
                shown,
                self.query,
                draw=draw,
                by_branch=asked.by_branch,
                pressed=pressed.get(line.pk),
                again=lambda row: pressing_by_hand.may_again(row, policy) <= self.now,
            )
            for line in lines
        ]
        return {
            "plan": plan,
            "query": self.query,
            "by_branch": asked.by_branch,
            "names_branches": has_several(self.actor) and not self.query.branch,
            "branch_name": every[0].branch if self.query.branch and every else "",
            "columns": columns,
            "counts": roster_cells.counts(every, self.query),
            "bar": roster_cells.bar(roster_cells.total(every)),
            "page": page,
            "has_any": bool(every),
            "may_press": self.actor.may(pressing_by_hand.ACTION),
            "export_url": self.query.address(name="roster-check-export"),
            "here": self.query.address(page=self.request.GET.get("page", "")),
            "mark": (_said(rows), [c["tone"] for c in columns], roster_cells.total(every), len(chosen)),
        }


class RosterPress(Page):
    """Presses one site by hand; leads back to the page that the button stood on."""

    action = pressing_by_hand.ACTION

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("roster-check")  # after a fresh login: the button is there

    def post(self, request: HttpRequest) -> HttpResponse:
        said = request.POST
        plan = access.get(self.actor, ExamPlan, "plan.see", code=said.get("plan", ""))
        try:
            site, done = pressing_by_hand.press(said.get("site", ""), plan, actor=self.actor, clock=clock.now)
        except (pressing_by_hand.NothingShort, pressing_by_hand.PressedLately) as refusal:
            self.warn(refusal)
        else:
            self.tell(PRESSED.format(site=site.name, n=done.rooms))
        asked = said.get("next", "")
        own = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()})
        return redirect(asked if own and asked.startswith("/") else reverse("roster-check"))


def _said(rows: list[dict[str, Any]]) -> list[Any]:
    """What the lines say: their figures, and who pressed when and may again."""
    return [
        (row["line"].pk, row["line"].cells, row["may_again"], row["pressed"] and row["pressed"].pressed_at)
        for row in rows
    ]


def _next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + MINUTE
