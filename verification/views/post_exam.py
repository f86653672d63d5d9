"""考后核验: how far every site is, and one site with its rooms (C16)."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exam_ops.core import access
from exam_ops.core.models import ExamPlan, SiteUnit
from exam_ops.core.pages import Page
from exam_ops.rules import post_exam
from exam_ops.rules.post_exam import Result, State
from verification.selectors import figures, post_exam_overview
from verification.selectors.post_exam import Pair, Progress, Source, pairs, progress
from verification.selectors.post_exam_overview import Site
from verification.views import words

PAGE_SIZE = 50
STATES: dict[State, tuple[str, Any]] = {
    State.AHEAD: ("ahead", _("未到时间")),
    State.OPEN: ("soon", _("核验中")),
    State.DONE: ("fired", _("已完成")),
    State.OVERDUE: ("late", _("已逾期")),
}
"""State → its colour as a deadline, its word."""

RESULTS: dict[Result, tuple[str, Any]] = {
    Result.SAME: ("in", _("一致")),
    Result.DOUBT: ("pending", _("存疑")),
    Result.DIFFERS: ("rejected", _("不一致")),
}
SOURCES: dict[Source, Any] = {
    Source.SIGN_IN: _("签到照片"),
    Source.REQUEST: _("入场审批照片"),
    Source.EVIDENCE: _("只有全景照片"),
    Source.NONE: _("没有照片"),
}


class PostExam(Page):
    """The plan's sites in one unit; for who has one site its units. What is late stands first."""

    action = "post_exam.see"
    template = "verification/post_exam.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        plans = list(post_exam_overview.plans_of(self.actor)[:200])
        plan = chosen_plan(plans, request)
        if plan is None:
            return self.show({"plans": []})
        self.about(plan)
        rows = post_exam_overview.site_units_of(self.actor, plan)
        units = post_exam_overview.units_of(self.actor, plan)
        own = figures.only_site(self.actor)
        unit = next((u for u in units if u.code == request.GET.get("unit")), None)
        if unit is None and own is None:
            last = post_exam_overview.last_ended(rows, now=self.now)
            unit = next((u for u in units if u.pk == last), units[0])
        found = post_exam_overview.sites(rows.filter(unit=unit) if unit else rows, plan, now=self.now)
        sums = post_exam_overview.totals(found)
        page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        return self.show(
            {
                "plans": plans,
                "plan": plan,
                "units": units,
                "unit": unit,
                "is_own_site": own is not None,
                "counts": _counts(sums),
                "page": page,
                "lines": [line(site, site_unit) for site, site_unit in post_exam_overview.loaded(list(page))],
                "findings_url": findings_url(plan, unit.code if unit else ""),
            }
        )


class PostExamSite(Page):
    """One site in one unit: progress, rooms, who has no photo, what was found."""

    action = "post_exam.see"
    template = "verification/post_exam_site.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        site_unit = find(self, pk)
        plan, unit = site_unit.unit.plan, site_unit.unit
        found = pairs(site_unit, now=self.now)
        whole, rooms = progress(found)
        state = post_exam_overview.state_of(site_unit, whole.checked, whole.total, self.now)
        pair_url = reverse("post-exam-pair", args=[pk])
        return self.show(
            {
                "site_unit": site_unit,
                "site": site_unit.site,
                "plan": plan,
                "unit": unit,
                "unit_name": words.unit_words(unit),
                "whole": whole,
                "rooms": [_room(room, pair_url) for room in rooms],
                "state": STATES[state],
                "is_open": self.now >= site_unit.ends_at,
                "is_done": state is State.DONE,
                "due_at": post_exam.due_at(site_unit.start),
                "may_check": access.refused(self.actor, "post_exam.check", site_unit) is None,
                "pair_url": pair_url,
                "without": [person(pair) for pair in found if not pair.photo],
                "found": [
                    person(pair) for pair in found if pair.check and pair.check.result != Result.SAME.value
                ],
                "findings_url": findings_url(plan, unit.code, site_unit.site.code),
            }
        )


def find(page: Page, pk: int, action: str = "") -> SiteUnit:
    """The site unit that the page is about."""
    rows = SiteUnit.objects.select_related("site__branch", "unit__plan")
    site_unit = access.get(page.actor, SiteUnit, action or page.action, rows, pk=pk)
    page.about(site_unit.unit.plan)
    return site_unit


def chosen_plan(plans: list[ExamPlan], request: HttpRequest) -> ExamPlan | None:
    """The plan asked for, else the latest."""
    asked = request.GET.get("plan")
    return next((plan for plan in plans if plan.code == asked), plans[0] if plans else None)


def findings_url(plan: ExamPlan, unit: str = "", site: str = "") -> str:
    query = {"plan": plan.code} | ({"unit": unit} if unit else {}) | ({"site": site} if site else {})
    return reverse("post-exam-findings", query=query)


def line(site: Site, site_unit: SiteUnit) -> dict[str, Any]:
    """A site's line in the list."""
    due, label = STATES[site.state]
    unit = site_unit.unit
    return {
        "site": site,
        "start": site_unit.start,
        "name": site_unit.site.name,
        "unit_name": words.unit_words(unit),
        "url": reverse("post-exam-site", args=[site_unit.pk]),
        "findings_url": findings_url(unit.plan, unit.code, site_unit.site.code),
        "due": due,
        "label": label,
        "due_at": site.due_at,
        "tone": "trouble" if site.state is State.OVERDUE else "watch" if site.open_findings else "",
    }


def person(pair: Pair) -> dict[str, Any]:
    """Somebody of the list as a line."""
    state, label = RESULTS[Result(pair.check.result)] if pair.check else ("none", gettext("未核验"))
    return {
        "pair": pair,
        "place": words.place_of(pair.room_no, pair.seat_no),
        "source": SOURCES[pair.source],
        "state": state,
        "label": label,
        "url": reverse("sitting-detail", args=[pair.sitting_id]),
        "evidence_url": reverse("evidence-room", args=[pair.room_session_id])
        if pair.source is Source.EVIDENCE and pair.room_session_id
        else "",
    }


def _room(room: Progress, pair_url: str) -> dict[str, Any]:
    name = words.room_name(room.name) if room.name else gettext("未编排考场")
    query = f"?room={room.room_session_id}" if room.room_session_id else ""
    return {"room": room, "name": name, "url": pair_url + query}


def _counts(sums: dict[str, int]) -> list[dict[str, Any]]:
    waiting = sums["findings"] - sums["settled"]
    shown = (
        ("total", gettext("应核验"), sums["total"], ""),
        ("checked", gettext("已核验"), sums["checked"], "good" if sums["checked"] else ""),
        ("left", gettext("待核验"), sums["total"] - sums["checked"], ""),
        ("findings", gettext("存疑或不一致"), sums["findings"], "watch" if sums["findings"] else ""),
        ("waiting", gettext("待分部处理"), waiting, "watch" if waiting else ""),
        ("overdue", gettext("逾期考点"), sums["overdue"], "trouble" if sums["overdue"] else ""),
    )
    return [{"key": key, "label": label, "value": value, "tone": tone} for key, label, value, tone in shown]
